/** A thread that assembles batches, one after the other; their buffers are handed over, not copied. */
import { parentPort, workerData } from 'node:worker_threads';
import { toSentError } from '../../contracts/sentError.ts';
import { openShardReader } from '../../data/shards/shardReader.ts';
import { openShardStore } from '../../data/shards/shardStore.ts';
import { assembleBatch, type Batch } from './assembleBatch.ts';
import type { BatchAnswer, BatchJob, BatchThreadData } from './batchMessages.ts';

const { spectrogramsDir, table, settings }: BatchThreadData = workerData;
const reader = openShardReader(openShardStore(spectrogramsDir));

/** One at a time: answers come in the order of the questions. */
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (step: BatchJob) => {
  last = last.then(() => answer(step));
});

async function answer(step: BatchJob): Promise<void> {
  try {
    const batch = await assembleBatch(table, reader, settings, step);
    parentPort?.postMessage({ kind: 'batch', batch } satisfies BatchAnswer, buffersOf(batch));
  } catch (error) {
    parentPort?.postMessage({ kind: 'error', error: toSentError(error) } satisfies BatchAnswer);
  }
}

/** All of a batch was made for it alone. */
function buffersOf({ rows, weight_B, spectrogram_BFM, columns }: Batch): ArrayBuffer[] {
  const arrays = [rows, weight_B, spectrogram_BFM, ...Object.values(columns)];
  return arrays.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
}
