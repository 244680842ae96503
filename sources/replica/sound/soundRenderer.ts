/**
 * Previews on demand, rendered in a thread so that pages are served meanwhile: one after the other, a few waiting, the
 * last few kept. Whoever goes away takes his job along.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { ChartlifeError } from '../../../contracts/errors.ts';
import type { TrackId } from '../../../contracts/ids.ts';
import type { AudioDescriptors } from '../../../contracts/trackFacts.ts';
import { PROJECT_ROOT } from '../../../runtime/projectRoot.ts';
import type { RenderAnswer, RenderJob } from './renderMessages.ts';

/** Built from `renderThread.ts`: a thread starts from JavaScript, whatever the process was started from. */
const BUILT_THREAD_PATH = path.join(PROJECT_ROOT, 'dist', 'sources', 'replica', 'sound', 'renderThread.js');
/** Some 240 kB each: what a night of one chart asks for, so that asked again it need not be rendered again. */
const MAX_KEPT = 64;
/** At some five previews a second, the last of them waits six seconds. */
const MAX_WAITING = 32;

interface Task {
  readonly job: RenderJob;
  readonly promise: Promise<Uint8Array>;
  readonly resolve: (mp3: Uint8Array) => void;
  readonly reject: (reason: unknown) => void;
  numAsking: number;
}

export interface SoundRendererOptions {
  /** Another build of `renderThread.ts`; tests make their own. */
  readonly threadPath?: string;
  /** Previews that are kept. */
  readonly maxKept?: number;
}

export class SoundRenderer {
  readonly #threadPath: string;
  readonly #maxKept: number;
  readonly #kept = new Map<string, Uint8Array>();
  readonly #waiting: Task[] = [];
  #running: Task | null = null;
  #worker: Worker | null = null;
  #numRendered = 0;
  #isClosed = false;

  /** @throws ChartlifeError SetupMissing if the thread has not been built */
  constructor({ threadPath = BUILT_THREAD_PATH, maxKept = MAX_KEPT }: SoundRendererOptions = {}) {
    this.#threadPath = threadPath;
    this.#maxKept = maxKept;
    if (existsSync(this.#threadPath)) return;
    throw new ChartlifeError('SetupMissing', `the replica's sound is not built: no ${this.#threadPath}`, {
      next: 'Run `npm run build`.',
      details: { path: this.#threadPath },
    });
  }

  /** How many previews the thread has made, those nobody waited for any longer included. */
  get numRendered(): number {
    return this.#numRendered;
  }

  /**
   * The track's preview as an MP3 file: the same bytes at every call.
   *
   * @throws ChartlifeError SourceUnavailable if too many wait already; the signal's reason once it is aborted
   */
  async render(trackId: TrackId, descriptors: AudioDescriptors, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    if (this.#isClosed) throw closedError();
    const kept = this.#kept.get(trackId);
    if (kept !== undefined) {
      this.#keep(trackId, kept);
      return kept;
    }
    const task = this.#findTask(trackId) ?? this.#addTask({ trackId, descriptors });
    task.numAsking += 1;
    try {
      return await unlessAborted(task.promise, signal);
    } finally {
      task.numAsking -= 1;
      if (task.numAsking === 0) this.#drop(task);
    }
  }

  /** Ends the thread; what waits or runs is rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const task of this.#waiting.splice(0)) task.reject(closedError());
    await this.#endThread(closedError());
  }

  #findTask(trackId: TrackId): Task | undefined {
    return [...(this.#running === null ? [] : [this.#running]), ...this.#waiting].find(
      ({ job }) => job.trackId === trackId,
    );
  }

  #addTask(job: RenderJob): Task {
    if (this.#waiting.length >= MAX_WAITING) {
      throw new ChartlifeError('SourceUnavailable', `${MAX_WAITING} previews wait to be rendered already`, {
        next: 'Ask again in some seconds.',
      });
    }
    const settlers: Pick<Task, 'resolve' | 'reject'>[] = [];
    const promise = new Promise<Uint8Array>((resolve, reject) => settlers.push({ resolve, reject }));
    // It may be rejected when nobody asks any longer.
    promise.catch(() => {});
    const task: Task = { job, promise, ...settlers[0]!, numAsking: 0 };
    this.#waiting.push(task);
    this.#startNext();
    return task;
  }

  /** A waiting job that nobody asks for any longer is forgotten. The running one is nearly done, and may be kept. */
  #drop(task: Task): void {
    const place = this.#waiting.indexOf(task);
    if (place >= 0) this.#waiting.splice(place, 1);
  }

  #startNext(): void {
    if (this.#running !== null) return;
    const task = this.#waiting.shift();
    if (task === undefined) return;
    this.#running = task;
    this.#worker ??= this.#createWorker();
    this.#worker.ref();
    this.#worker.postMessage(task.job);
  }

  #createWorker(): Worker {
    const worker = new Worker(this.#threadPath, { name: 'replica-sound' });
    worker.on('message', (answer: RenderAnswer) => this.#finish(answer));
    worker.on('error', (error) => void this.#endThread(error));
    worker.on('exit', (code) => {
      if (worker === this.#worker) void this.#endThread(new Error(`the rendering thread ended with code ${code}`));
    });
    return worker;
  }

  #finish(answer: RenderAnswer): void {
    const task = this.#running;
    this.#running = null;
    // An idle thread does not keep the process alive.
    this.#worker?.unref();
    if (task !== null) {
      if ('mp3' in answer) {
        this.#numRendered += 1;
        this.#keep(task.job.trackId, answer.mp3);
        task.resolve(answer.mp3);
      } else {
        task.reject(new Error(answer.error));
      }
    }
    this.#startNext();
  }

  /** As the one used last: the one that was used longest ago makes room. */
  #keep(trackId: string, mp3: Uint8Array): void {
    this.#kept.delete(trackId);
    this.#kept.set(trackId, mp3);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#maxKept && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** The next job gets a new thread. */
  async #endThread(reason: unknown): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#running?.reject(reason);
    this.#running = null;
    if (!this.#isClosed) this.#startNext();
    await worker?.terminate();
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function closedError(): Error {
  return new Error("the replica's sound is closed");
}
