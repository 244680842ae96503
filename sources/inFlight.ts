/** The requests a driver has under way, so that closing it ends them. */
import { ChartlifeError } from '../contracts/errors.ts';

export class InFlight {
  readonly #controllers = new Set<AbortController>();
  readonly #settled = new Set<Promise<unknown>>();
  #isClosed = false;

  /**
   * Runs a task under a signal that aborts with the caller's, or when the driver closes.
   *
   * @throws ChartlifeError SourceUnavailable if the driver is closed, or closes meanwhile.
   */
  async run<T>(signal: AbortSignal | undefined, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closedError();
    signal?.throwIfAborted();
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#controllers.add(controller);
    const running = task(controller.signal);
    const settled = running.catch(() => undefined);
    this.#settled.add(settled);
    try {
      return await running;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#controllers.delete(controller);
      this.#settled.delete(settled);
    }
  }

  /** Ends all tasks and waits for them to have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const controller of this.#controllers) controller.abort(closedError());
    await Promise.all(this.#settled);
  }
}

/** What a request ends with when its driver goes down. */
export function closedError(): ChartlifeError {
  return new ChartlifeError('SourceUnavailable', 'the page fetcher is closed', {
    next: 'The process is going down; the request is made again by the next one.',
  });
}
