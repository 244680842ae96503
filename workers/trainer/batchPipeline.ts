/**
 * Batches ahead of the step that uses them: threads read, augment and assemble while TensorFlow computes. Whatever the
 * threads' number and luck, step s gets the batch of step s.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { ChartlifeError } from '../../contracts/errors.ts';
import { fromSentError } from '../../contracts/sentError.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { type Batch, checkBatchSettings } from './assembleBatch.ts';
import type { BatchAnswer, BatchJob, BatchThreadData } from './batchMessages.ts';

/** Built from `batchThread.ts`: a thread starts from JavaScript, whatever the process was started from. */
const BUILT_THREAD_PATH = path.join(PROJECT_ROOT, 'dist', 'workers', 'trainer', 'batchThread.js');

export interface BatchPipelineOptions extends BatchThreadData {
  readonly numThreads: number;
  /** Batches made ahead of the one in hand. Default: two per thread. */
  readonly numAhead?: number;
  /** Another build of `batchThread.ts`; tests make their own. */
  readonly threadPath?: string;
}

export interface BatchPipeline {
  /**
   * The batches of these steps, in order. What is made ahead of a consumer that stops is dropped.
   *
   * @throws ChartlifeError as `assembleBatch`, at the step whose batch could not be made
   */
  batches(fromStep: number, toStep: number): AsyncGenerator<Batch>;
  /** Milliseconds that consumers have waited for a batch, the first of each call left out. */
  readonly waitedMs: number;
  close(): Promise<void>;
}

/** @throws ChartlifeError SetupMissing if the thread has not been built; InvalidInput as checkBatchSettings() */
export function openBatchPipeline(options: BatchPipelineOptions): BatchPipeline {
  const { numThreads, numAhead = 2 * numThreads, threadPath = BUILT_THREAD_PATH, ...threadData } = options;
  if (!existsSync(threadPath)) {
    throw new ChartlifeError('SetupMissing', `the thread that assembles batches is not built: no ${threadPath}`, {
      next: 'Run `npm run build`.',
      details: { path: threadPath },
    });
  }
  checkBatchSettings(threadData.table, threadData.settings);
  if (!Number.isSafeInteger(numThreads) || numThreads < 1) {
    throw new ChartlifeError('InvalidInput', `${numThreads} threads can't assemble batches`, {
      next: 'Give a whole number from 1.',
      details: { numThreads },
    });
  }
  const threads = Array.from({ length: numThreads }, () => new BatchThread(threadPath, threadData));
  let waitedMs = 0;
  return {
    async *batches(fromStep, toStep) {
      const underWay: Promise<Batch>[] = [];
      let next = fromStep;
      const askAhead = (): void => {
        while (next < toStep && underWay.length <= numAhead) {
          const batch = (threads[next % numThreads] as BatchThread).assemble(next++);
          // Its failure is told when its turn comes; until then nobody listens.
          batch.catch(() => undefined);
          underWay.push(batch);
        }
      };
      askAhead();
      for (let step = fromStep; underWay.length > 0; step++) {
        const startMs = performance.now();
        const batch = (await underWay.shift()) as Batch;
        if (step > fromStep) waitedMs += performance.now() - startMs;
        askAhead();
        yield batch;
      }
    },
    get waitedMs() {
      return waitedMs;
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

interface Waiting {
  readonly resolve: (batch: Batch) => void;
  readonly reject: (error: Error) => void;
}

/** A thread answers in the order in which it is asked. */
class BatchThread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #ended: Error | null = null;

  constructor(threadPath: string, workerData: BatchThreadData) {
    this.#worker = new Worker(threadPath, { name: 'batches', workerData });
    this.#worker.on('message', (answer: BatchAnswer) => {
      const waiting = this.#waiting.shift();
      if (answer.kind === 'batch') waiting?.resolve(answer.batch);
      else waiting?.reject(fromSentError(answer.error));
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`the thread that assembles batches ended with ${code}`)));
    // What waits for a batch keeps the process alive, not the thread.
    this.#worker.unref();
  }

  assemble(step: BatchJob): Promise<Batch> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    this.#worker.ref();
    return new Promise<Batch>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(step);
    }).finally(() => {
      if (this.#waiting.length === 0) this.#worker.unref();
    });
  }

  async close(): Promise<void> {
    this.#fail(new Error('the pipeline is closed'));
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
