/** Files for the lake: what is wrong with one is an answer of its own, whatever it did to its thread. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AudioPool } from '../../audio/decode/pool.ts';
import { computeFeatures, featureSettings } from '../../audio/features.ts';
import { hear } from '../../audio/hear.ts';
import { type BuiltWorker, buildWorker } from './buildWorker.ts';
import { BAD } from './decode/badWorkerOrders.ts';
import { sineWave, waveFile } from './waves.ts';

const SETTINGS = featureSettings({ window: 'hanning' });

let real: BuiltWorker;
let bad: BuiltWorker;
beforeAll(async () => {
  real = await buildWorker('audio/decode/worker.ts');
  bad = await buildWorker('tests/audio/decode/badWorker.ts');
});
afterAll(() => Promise.all([real.remove(), bad.remove()]));

async function withPool<T>({ workerPath }: BuiltWorker, work: (pool: AudioPool) => Promise<T>): Promise<T> {
  const pool = new AudioPool({ numThreads: 1, workerPath });
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}

test('a WAV with samples that are no sound is heard without them', async () => {
  const samples = Float32Array.from({ length: 1_600 }, (_, index) => (index === 800 ? 1e20 : Math.sin(index)));
  const file = waveFile(new Uint8Array(samples.buffer), { tag: 3, bitsPerSample: 32 });
  const { audio, spectrogram } = await withPool(real, (pool) => hear(pool, file, SETTINGS, false));
  expect(audio).toMatchObject({ error: null, decoded: { numLosses: 1 } });
  expect(spectrogram?.values.every(Number.isFinite)).toBe(true);
});

test('samples as loud as is believed stay so when they are resampled', async () => {
  const samples = Float32Array.from({ length: 4_410 }, (_, index) => (index % 7 < 3 ? 1e12 : -1e12));
  const file = waveFile(new Uint8Array(samples.buffer), { tag: 3, bitsPerSample: 32, sampleRateHz: 44_100 });
  const { spectrogram, decoded } = await computeFeatures(file, SETTINGS);
  expect([spectrogram.values.every(Number.isFinite), decoded.numLosses]).toEqual([true, 0]);
});

test.each([
  ['exits', BAD.exit, /ended with code 7/],
  ['throws', BAD.throw, /thrown in the thread/],
  ['answers with an error of no known type', BAD.answerUntyped, /allocation failed/],
])('a file whose thread %s is undecodable', async (_name, order, message) => {
  const { audio, spectrogram } = await withPool(bad, (pool) => hear(pool, Uint8Array.of(order), SETTINGS, true));
  expect(spectrogram).toBeNull();
  expect(audio).toMatchObject({
    isKept: false,
    numBytes: 1,
    error: { errorType: 'AudioUndecodable', message: expect.stringMatching(message) },
  });
});

test('giving up is no answer', async () => {
  const reason = new Error('enough');
  await withPool(real, async (pool) => {
    const signal = AbortSignal.abort(reason);
    await expect(hear(pool, sineWave(1_600), SETTINGS, false, { signal })).rejects.toBe(reason);
  });
});
