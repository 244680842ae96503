/** A worker that does to its pool what a bad file could: the first byte says what. */
import { parentPort } from 'node:worker_threads';
import type { AudioAnswer, AudioJob } from '../../../audio/decode/workerMessages.ts';
import { BAD } from './badWorkerOrders.ts';

parentPort?.on('message', (job: AudioJob) => {
  const order = job.bytes[0];
  if (order === BAD.hang) for (;;);
  if (order === BAD.exit) process.exit(7);
  if (order === BAD.throw) throw new Error('thrown in the thread');
  if (order === BAD.fillHeap) {
    const kept: number[][] = [];
    for (;;) kept.push(new Array<number>(100_000).fill(kept.length));
  }
  if (order === BAD.answerUntyped) {
    const error = { type: null, name: 'RangeError', message: 'Array buffer allocation failed', next: '', details: {} };
    parentPort?.postMessage({ kind: 'error', error } satisfies AudioAnswer);
    return;
  }
  const losses = Array.from(job.bytes, (byte) => ({ what: String(byte), atSeconds: null }));
  const decoded = {
    format: 'wav',
    sampleRateHz: 1,
    numChannels: 1,
    channels: [],
    losses,
    numLosses: 0,
    numSamplesLost: 0,
  } as const;
  parentPort?.postMessage({ kind: 'decode', decoded } satisfies AudioAnswer);
});
