/** Downloads one file from a vendor: gives up soon where the vendor is out of reach, shows progress where it isn't. */
import { open } from 'node:fs/promises';
import { systemErrorCode } from '../../runtime/files.ts';
import type { Step } from '../report.mjs';

export interface DownloadLimits {
  /** Until the answer begins. */
  readonly answerTimeoutMs: number;
  /** Without a byte. */
  readonly stallTimeoutMs: number;
}

const DEFAULT_LIMITS: DownloadLimits = { answerTimeoutMs: 4_000, stallTimeoutMs: 20_000 };
const BYTES_PER_MB = 1_000_000;

/** Why a host did not answer this process: one wait for each is enough. */
const unreachableHosts = new Map<string, string>();

/** Why a URL's host could not be reached before; null if it could, or was not asked. */
export function whyUnreachable(url: string): string | null {
  return unreachableHosts.get(new URL(url).host) ?? null;
}

/**
 * Writes the body of the answer to the file. The caller checks its hash.
 *
 * @throws Error that says what went wrong, in a few words.
 */
export async function download(
  url: string,
  filePath: string,
  step: Pick<Step, 'progress'>,
  limits: DownloadLimits = DEFAULT_LIMITS,
): Promise<void> {
  const patience = new Patience();
  try {
    const response = await answerOf(url, 'GET', patience, limits);
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    const totalBytes = Number(response.headers.get('content-length')) || null;
    const reader = response.body.getReader();
    const file = await open(filePath, 'w');
    try {
      let numBytes = 0;
      for (;;) {
        const because = `nothing came for ${limits.stallTimeoutMs / 1000} s`;
        const { done, value } = await patience.waitFor(reader.read(), limits.stallTimeoutMs, because);
        if (done) break;
        await file.writeFile(value);
        numBytes += value.byteLength;
        step.progress(numBytes / BYTES_PER_MB, totalBytes === null ? null : totalBytes / BYTES_PER_MB, 'MB');
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new Error(explain(error), { cause: error });
  } finally {
    patience.end();
  }
}

/**
 * Whether a host answers at all; what it answers doesn't matter.
 *
 * @throws Error that says why it doesn't.
 */
export async function canReach(url: string, limits: DownloadLimits = DEFAULT_LIMITS): Promise<void> {
  const patience = new Patience();
  try {
    await answerOf(url, 'HEAD', patience, limits);
  } catch (error) {
    throw new Error(`${new URL(url).host}: ${explain(error)}`, { cause: error });
  } finally {
    patience.end();
  }
}

async function answerOf(
  url: string,
  method: 'GET' | 'HEAD',
  patience: Patience,
  { answerTimeoutMs }: DownloadLimits,
): Promise<Response> {
  try {
    const answer = fetch(url, { method, signal: patience.signal, redirect: 'follow' });
    return await patience.waitFor(answer, answerTimeoutMs, `no answer within ${answerTimeoutMs / 1000} s`);
  } catch (error) {
    unreachableHosts.set(new URL(url).host, explain(error));
    throw error;
  }
}

/**
 * Waits for so long and no longer. fetch has its signal for that, but a body whose signal fires at the wrong moment may
 * neither end nor fail (undici of Node 20), so the wait itself has an end too.
 */
class Patience {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async waitFor<T>(work: Promise<T>, limitMs: number, because: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(because)), limitMs);
    });
    try {
      return await Promise.race([work, limit]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Drops whatever is still under way. */
  end(): void {
    this.#controller.abort();
  }
}

/** fetch says "fetch failed"; the reason is in its cause. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = systemErrorCode(cause);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its host is not known here';
  if (code === 'ECONNREFUSED') return 'the connection was refused';
  return cause.message === '' ? (code ?? error.message) : cause.message;
}
