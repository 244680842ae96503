/**
 * Threads that decode, so that a bad file can neither stall nor take down the process: each job has a time limit,
 * and a thread that passes it or dies is replaced.
 */
import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { ChartlifeError } from '../../contracts/errors.ts';
import { fromSentError, type SentError } from '../../contracts/sentError.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import type { AudioFeatures, FeatureSettings } from '../features.ts';
import type { DecodedAudio } from './decoded.ts';
import { type AudioLimits, DEFAULT_AUDIO_LIMITS, refuseManyBytes } from './limits.ts';
import type { AudioAnswer, AudioJob } from './workerMessages.ts';

/** Built from `worker.ts`: a thread starts from JavaScript, whatever the process was started from. */
const BUILT_WORKER_PATH = path.join(PROJECT_ROOT, 'dist', 'audio', 'decode', 'worker.js');
const DEFAULT_TIME_LIMIT_MS = 60_000;
/** For a thread's objects; samples lie outside and are bounded by the limits. */
const THREAD_HEAP_MB = 512;

export interface AudioPoolOptions {
  readonly numThreads: number;
  /** For one file, from when a thread takes it. */
  readonly timeLimitMs?: number;
  readonly limits?: AudioLimits;
  /** Another build of `worker.ts`; tests make their own. */
  readonly workerPath?: string;
}

export interface AudioJobOptions {
  /** Gives the job up: at once if it waits, with its thread if it runs. The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

interface Task {
  readonly job: AudioJob;
  readonly resolve: (answer: AudioAnswer) => void;
  readonly reject: (reason: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  task: Task | null;
  timer: NodeJS.Timeout | null;
}

export class AudioPool {
  readonly #workerPath: string;
  readonly #numThreads: number;
  readonly #timeLimitMs: number;
  readonly #limits: AudioLimits;
  readonly #threads = new Set<Thread>();
  readonly #waiting: Task[] = [];
  #isClosed = false;

  /** @throws ChartlifeError SetupMissing if the worker has not been built */
  constructor(options: AudioPoolOptions) {
    this.#workerPath = options.workerPath ?? BUILT_WORKER_PATH;
    this.#numThreads = Math.max(1, Math.floor(options.numThreads));
    this.#timeLimitMs = options.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS;
    this.#limits = options.limits ?? DEFAULT_AUDIO_LIMITS;
    if (!existsSync(this.#workerPath)) {
      throw new ChartlifeError('SetupMissing', `the audio worker is not built: no ${this.#workerPath}`, {
        next: 'Run `npm run build`.',
        details: { path: this.#workerPath },
      });
    }
  }

  /**
   * As `computeFeatures`, in a thread.
   *
   * @throws ChartlifeError AudioUndecodable, AudioTooLarge, AudioTooShort; AudioUndecodable too for a file that takes
   * longer than the time limit or brings its thread down
   */
  async features(bytes: Uint8Array, settings: FeatureSettings, options: AudioJobOptions = {}): Promise<AudioFeatures> {
    const answer = await this.#run({ kind: 'features', bytes, settings, limits: this.#limits }, options);
    if (answer.kind !== 'features') throw new Error(`a thread answered ${answer.kind}`);
    return answer.features;
  }

  /** As `decodeAudio`, in a thread. Throws as {@link features}. */
  async decode(bytes: Uint8Array, options: AudioJobOptions = {}): Promise<DecodedAudio> {
    const answer = await this.#run({ kind: 'decode', bytes, limits: this.#limits }, options);
    if (answer.kind !== 'decode') throw new Error(`a thread answered ${answer.kind}`);
    return answer.decoded;
  }

  /** Ends all threads; what waits or runs is rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const task of this.#waiting.splice(0)) task.reject(closedError());
    await Promise.all([...this.#threads].map((thread) => this.#end(thread, closedError())));
  }

  #run(job: AudioJob, { signal }: AudioJobOptions): Promise<AudioAnswer> {
    return new Promise<AudioAnswer>((resolve, reject) => {
      if (this.#isClosed) throw closedError();
      // Here, so that a file that is refused is not copied to a thread.
      refuseManyBytes(job.bytes.length, this.#limits);
      signal?.throwIfAborted();
      const onAbort = (): void => this.#giveUp(task, signal?.reason);
      const settle = (): void => signal?.removeEventListener('abort', onAbort);
      const task: Task = {
        job,
        resolve: (answer) => {
          settle();
          if (answer.kind === 'error') reject(ofTheFile(answer.error));
          else resolve(answer);
        },
        reject: (reason) => {
          settle();
          reject(reason);
        },
      };
      // A batch waits on one signal with a listener each: that is no leak, which Node would warn of.
      if (signal !== undefined) setMaxListeners(0, signal);
      signal?.addEventListener('abort', onAbort);
      this.#waiting.push(task);
      this.#startNext();
    });
  }

  #startNext(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#idleThread();
      if (thread === null) return;
      const task = this.#waiting.shift();
      if (task !== undefined) this.#start(thread, task);
    }
  }

  #idleThread(): Thread | null {
    for (const thread of this.#threads) if (thread.task === null) return thread;
    return this.#threads.size < this.#numThreads ? this.#createThread() : null;
  }

  #createThread(): Thread {
    const worker = new Worker(this.#workerPath, {
      name: 'audio',
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
    });
    const thread: Thread = { worker, task: null, timer: null };
    worker.on('message', (answer: AudioAnswer) => {
      this.#release(thread)?.resolve(answer);
      this.#startNext();
    });
    worker.on('error', (error) => void this.#end(thread, undecodable(`the decoder crashed: ${error.message}`, error)));
    worker.on('exit', (code) => void this.#end(thread, undecodable(`the decoder's thread ended with code ${code}`)));
    // An idle pool does not keep the process alive.
    worker.unref();
    this.#threads.add(thread);
    return thread;
  }

  #start(thread: Thread, task: Task): void {
    thread.task = task;
    thread.worker.ref();
    thread.timer = setTimeout(() => {
      void this.#end(thread, undecodable(`took longer than ${this.#timeLimitMs} ms`));
    }, this.#timeLimitMs);
    // A copy of its own: the caller keeps the bytes, and a view would take its whole buffer along.
    const bytes = new Uint8Array(task.job.bytes);
    thread.worker.postMessage({ ...task.job, bytes } satisfies AudioJob, [bytes.buffer]);
  }

  #release(thread: Thread): Task | null {
    const { task } = thread;
    if (thread.timer !== null) clearTimeout(thread.timer);
    thread.timer = null;
    thread.task = null;
    thread.worker.unref();
    return task;
  }

  #giveUp(task: Task, reason: unknown): void {
    const index = this.#waiting.indexOf(task);
    if (index >= 0) {
      this.#waiting.splice(index, 1);
      task.reject(reason);
      return;
    }
    for (const thread of this.#threads) if (thread.task === task) void this.#end(thread, reason);
  }

  /** Takes a thread out; the next job gets a new one. */
  async #end(thread: Thread, reason: unknown): Promise<void> {
    if (!this.#threads.delete(thread)) return;
    this.#release(thread)?.reject(reason);
    if (!this.#isClosed) this.#startNext();
    await thread.worker.terminate();
  }
}

/** An error of no known type (no memory left, say) came of the one file that the thread had, and belongs to it. */
/** An error of no known type (no memory left, say) came of the one file that the thread had, and belongs to it. */
function ofTheFile(error: SentError): Error {
  return error.type === null
    ? undecodable(`the decoder failed: ${error.name}: ${error.message}`)
    : fromSentError(error);
}

function undecodable(why: string, cause?: unknown): ChartlifeError {
  return new ChartlifeError('AudioUndecodable', why, {
    next: 'Get the file again; if it plays elsewhere, convert it with ffmpeg and report it.',
    details: { why },
    ...(cause === undefined ? {} : { cause }),
  });
}

function closedError(): Error {
  return new Error('the pool of audio threads is closed');
}
