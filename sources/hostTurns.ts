/**
 * One request at a time per host, with a pause between two. This is the floor inside one process; the pace over all
 * workers together is the task queue's rate limit.
 */
import { sleep, waitFor } from '../runtime/deadline.ts';

export interface Pace {
  /** The least pause between the end of a request and the start of the next, in milliseconds. */
  readonly minIntervalMs: number;
  /** Up to so many milliseconds more, drawn anew each time. */
  readonly jitterMs: number;
}

/** What of the outside a pause depends on; tests bring their own. */
export interface PaceClock {
  /** Milliseconds on a clock that never goes back. */
  nowMs(): number;
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
}

const SYSTEM_CLOCK: PaceClock = { nowMs: () => performance.now(), sleep, random: Math.random };

interface Host {
  /** Settles when everyone who came before has had their turn. */
  queue: Promise<void>;
  /** The earliest start of the next request. */
  dueMs: number;
}

export class HostTurns {
  readonly #hosts = new Map<string, Host>();
  readonly #pace: Pace;
  readonly #clock: PaceClock;

  constructor(pace: Pace, clock: PaceClock = SYSTEM_CLOCK) {
    this.#pace = pace;
    this.#clock = clock;
  }

  /**
   * Runs the task when all earlier ones for the host have ended and the pause is over. In order of arrival.
   *
   * @param floorMs a longer pause for this host, as its robots.txt may ask.
   */
  async take<T>(
    hostName: string,
    floorMs: number,
    signal: AbortSignal | undefined,
    task: () => Promise<T>,
  ): Promise<T> {
    const host = this.#host(hostName);
    const before = host.queue;
    let release = (): void => {};
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Whoever gives up while waiting must not let the next one in before the one ahead has ended.
    host.queue = before.then(() => mine);
    try {
      await waitFor(before, signal);
      await this.#clock.sleep(host.dueMs - this.#clock.nowMs(), signal);
      try {
        return await task();
      } finally {
        host.dueMs = this.#clock.nowMs() + this.#intervalMs(floorMs);
      }
    } finally {
      release();
    }
  }

  /**
   * Waits for the pause before a further request by whoever has the turn, such as a page's own script. Callers at the
   * same time get one pause after another.
   */
  async pause(hostName: string, floorMs: number, signal?: AbortSignal): Promise<void> {
    const host = this.#host(hostName);
    const nowMs = this.#clock.nowMs();
    const startMs = Math.max(nowMs, host.dueMs);
    host.dueMs = startMs + this.#intervalMs(floorMs);
    await this.#clock.sleep(startMs - nowMs, signal);
  }

  #intervalMs(floorMs: number): number {
    return Math.max(this.#pace.minIntervalMs, floorMs) + this.#pace.jitterMs * this.#clock.random();
  }

  #host(name: string): Host {
    let host = this.#hosts.get(name);
    if (host === undefined) {
      host = { queue: Promise.resolve(), dueMs: Number.NEGATIVE_INFINITY };
      this.#hosts.set(name, host);
    }
    return host;
  }
}
