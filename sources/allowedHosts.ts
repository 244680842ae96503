/** Which addresses may be asked at all. Nothing outside this list is ever contacted, not even after a redirect. */
import { ChartlifeError } from '../contracts/errors.ts';

const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?$/;
/** At least two labels follow, the last of letters: `*.net` would allow half the world, `*.0.0.1` a machine's inside. */
const HOSTS_BELOW = /^\*(?:\.[a-z0-9_-]+)+\.[a-z]{2,}(?::\d{1,5})?$/;

export class AllowedHosts {
  readonly #hosts: ReadonlySet<string>;

  /**
   * @param hosts `host` (on its scheme's own port) or `host:port`; `*.host` for all hosts below one, not for itself.
   * @throws ChartlifeError InvalidInput for an entry that is neither, or an empty list.
   */
  constructor(hosts: readonly string[]) {
    const normalised = hosts.map((host) => host.trim().toLowerCase());
    const wrong = normalised.find((host) => !HOST.test(host) && !HOSTS_BELOW.test(host));
    if (wrong !== undefined || normalised.length === 0) {
      throw new ChartlifeError(
        'InvalidInput',
        wrong === undefined ? 'the list of allowed hosts is empty' : `"${wrong}" is not a host`,
        { next: 'Give hosts as kworb.net, 127.0.0.1:8080 or *.dzcdn.net.', details: { hosts } },
      );
    }
    this.#hosts = new Set(normalised);
  }

  allows(url: URL): boolean {
    // URL leaves the scheme's own port out of `host`; an entry may name it.
    const ports = url.port === '' ? ['', `:${ownPort(url)}`] : [`:${url.port}`];
    return namesFor(url.hostname).some((name) => ports.some((port) => this.#hosts.has(name + port)));
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

/** The entries that a host can stand under: its own name, and `*.` before each name that it is below. */
function namesFor(hostname: string): string[] {
  const labels = hostname.split('.');
  return [hostname, ...labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`)];
}

function ownPort(url: URL): number {
  return url.protocol === 'https:' ? 443 : 80;
}
