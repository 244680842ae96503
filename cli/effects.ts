/** All that a command may touch outside its arguments: given by main.ts to people, by a test to itself. */
import type { ProgressClock } from '../runtime/progress.ts';

/** Where text and bytes go. */
export interface Output {
  readonly isTerminal: boolean;
  /** Width in characters, read when it is used. */
  readonly columns: number;
  /**
   * Resolves once the reader has taken the chunk, so that a slow reader slows the writer.
   *
   * @throws OutputClosed when nobody reads any more (`| head`).
   */
  write(chunk: string | Uint8Array): Promise<void>;
}

/** The width to lay text out for: elsewhere than on a terminal nothing is cut or wrapped. */
export function widthOf(output: Output): number {
  return output.isTerminal ? output.columns : Number.POSITIVE_INFINITY;
}

/** The reader of the output went away. Not an error: the command ends quietly. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** The person pressed Ctrl-C, or the process was told to end (SIGTERM, SIGHUP). */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export interface Clock extends ProgressClock {
  now(): Date;
  /** Waits; throws `Interrupted` at once when the signal fires. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export interface Interruption {
  /** Fires at the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /**
   * From here on this command drains by itself when the signal fires. Without it the process ends at once; a second
   * Ctrl-C always does.
   */
  drainsItself(): void;
}

export interface Effects {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly readStdin: () => Promise<Uint8Array>;
  readonly stdinIsTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  readonly interruption: Interruption;
}

/** The promise, or `Interrupted` at Ctrl-C; what the promise stands for goes on unheard. */
export async function orInterrupted<T>(promise: Promise<T>, { signal }: Interruption): Promise<T> {
  let onAbort = (): void => undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new Interrupted('interrupted'));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, interrupted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
