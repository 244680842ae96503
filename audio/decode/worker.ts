/** A thread of the pool: one job at a time, its results' buffers handed over, not copied. */
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { parentPort } from 'node:worker_threads';
import { toSentError } from '../../contracts/sentError.ts';
import { computeFeatures } from '../features.ts';
import { decodeAudio } from './decode.ts';
import type { AudioAnswer, AudioJob } from './workerMessages.ts';

// The decoders' packages print the damage that they also return; nobody could tell which file it was.
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
globalThis.console = new Console({ stdout: nowhere, stderr: nowhere });

parentPort?.on('message', (job: AudioJob) => {
  void answer(job).then(({ message, buffers }) => parentPort?.postMessage(message, buffers));
});

async function answer(job: AudioJob): Promise<{ message: AudioAnswer; buffers: ArrayBuffer[] }> {
  try {
    if (job.kind === 'decode') {
      const decoded = await decodeAudio(job.bytes, job.limits);
      return { message: { kind: 'decode', decoded }, buffers: decoded.channels.flatMap(ownBuffer) };
    }
    const features = await computeFeatures(job.bytes, job.settings, job.limits);
    return { message: { kind: 'features', features }, buffers: ownBuffer(features.spectrogram.values) };
  } catch (error) {
    return { message: { kind: 'error', error: toSentError(error) }, buffers: [] };
  }
}

/** Results are made for this answer alone, so their buffers can go with them. */
function ownBuffer({ buffer }: Float32Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}
