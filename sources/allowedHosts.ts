/** Which addresses may be asked at all. Nothing outside this list is ever contacted, not even after a redirect. */
import { ChartlifeError } from '../contracts/errors.ts';

const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?$/;

export class AllowedHosts {
  readonly #hosts: ReadonlySet<string>;

  /**
   * @param hosts `host` (on its scheme's own port) or `host:port`.
   * @throws ChartlifeError InvalidInput for an entry that is neither, or an empty list.
   */
  constructor(hosts: readonly string[]) {
    const normalised = hosts.map((host) => host.trim().toLowerCase());
    const wrong = normalised.find((host) => !HOST.test(host));
    if (wrong !== undefined || normalised.length === 0) {
      throw new ChartlifeError(
        'InvalidInput',
        wrong === undefined ? 'the list of allowed hosts is empty' : `"${wrong}" is not a host`,
        { next: 'Give hosts as kworb.net or 127.0.0.1:8080.', details: { hosts } },
      );
    }
    this.#hosts = new Set(normalised);
  }

  allows(url: URL): boolean {
    // URL leaves the scheme's own port out of `host`; an entry may name it.
    return this.#hosts.has(url.host) || (url.port === '' && this.#hosts.has(`${url.hostname}:${ownPort(url)}`));
  }

  /** @throws ChartlifeError HostNotAllowed */
  check(url: URL): void {
    if (this.allows(url)) return;
    throw new ChartlifeError('HostNotAllowed', `${url.href} is not on an allowed host`, {
      next: `Only these hosts are asked: ${[...this.#hosts].join(', ')}.`,
      details: { url: url.href, allowedHosts: [...this.#hosts] },
    });
  }
}

/**
 * An address we can ask.
 *
 * @throws ChartlifeError InvalidInput if it is not http(s), or carries a name and password.
 */
export function parsePageUrl(value: string, base?: URL): URL {
  const url = URL.canParse(value, base?.href) ? new URL(value, base) : null;
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.username + url.password === '') {
    url.hash = '';
    return url;
  }
  throw new ChartlifeError('InvalidInput', `"${value}" is not the address of a page`, {
    next: 'Give an http or https address without a name and password in it.',
    details: { value },
  });
}

function ownPort(url: URL): number {
  return url.protocol === 'https:' ? 443 : 80;
}
