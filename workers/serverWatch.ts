/** Notices a Temporal server that stays away: a worker would otherwise wait for it in silence, for ever. */
import { ChartlifeError } from '../contracts/errors.ts';

export interface ServerWatchOptions {
  /** Asks the server for a sign of life; throws where there is none. */
  readonly ask: () => Promise<unknown>;
  readonly address: string;
  readonly askEveryMs: number;
  /** How long the server may be away. */
  readonly patienceMs: number;
}

export interface ServerWatch {
  /** Rejects with ServerUnavailable once the patience is over; never resolves. */
  readonly lost: Promise<never>;
  stop(): void;
}

export function watchServer(options: ServerWatchOptions): ServerWatch {
  const { ask, address, askEveryMs, patienceMs } = options;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let lastSeenMs = performance.now();
  const lost = new Promise<never>((_resolve, reject) => {
    const askAgain = async (): Promise<void> => {
      try {
        await ask();
        lastSeenMs = performance.now();
      } catch (error) {
        const awayMs = performance.now() - lastSeenMs;
        if (awayMs >= patienceMs) {
          reject(serverLost(address, awayMs, error));
          return;
        }
      }
      if (!isStopped) timer = setTimeout(askAgain, askEveryMs);
    };
    timer = setTimeout(askAgain, askEveryMs);
  });
  // Whoever stops the watch has no more use for its verdict.
  lost.catch(() => undefined);
  return {
    lost,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

export function serverLost(address: string, awayMs: number, cause: unknown): ChartlifeError {
  return new ChartlifeError(
    'ServerUnavailable',
    `the Temporal server at ${address} has not answered for ${Math.round(awayMs / 1000)} s`,
    {
      next: 'Start it, or set TEMPORAL_ADDRESS to where it is; then start the worker again.',
      details: { address },
      cause,
    },
  );
}
