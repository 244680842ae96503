/** The pool of threads: real files through the real worker, and a worker that hangs, dies and eats memory. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AudioPool, type AudioPoolOptions } from '../../../audio/decode/pool.ts';
import { computeFeatures, featureSettings } from '../../../audio/features.ts';
import { type BuiltWorker, buildWorker } from '../buildWorker.ts';
import { readSound, soundFile } from '../vectors.ts';
import { sineWave, waveFile } from '../waves.ts';
import { BAD } from './badWorkerOrders.ts';

const SETTINGS = featureSettings({ window: 'hanning' });

let real: BuiltWorker;
let bad: BuiltWorker;
const pools: AudioPool[] = [];

beforeAll(async () => {
  real = await buildWorker('audio/decode/worker.ts');
  bad = await buildWorker('tests/audio/decode/badWorker.ts');
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

afterAll(async () => {
  await Promise.all([real.remove(), bad.remove()]);
});

function poolOf(worker: BuiltWorker, options: Partial<AudioPoolOptions> = {}): AudioPool {
  const pool = new AudioPool({ numThreads: 2, workerPath: worker.workerPath, ...options });
  pools.push(pool);
  return pool;
}

describe('the real worker', () => {
  test('gives what this thread gives, to the bit', async () => {
    const bytes = sineWave(16_000);
    const there = await poolOf(real).features(bytes, SETTINGS);
    expect(there).toEqual(await computeFeatures(bytes, SETTINGS));
    expect(bytes.length).toBe(44 + 32_000);
  });

  test('hands results over without large buffers around them', async () => {
    const { channels } = await poolOf(real).decode(waveFile(new Uint8Array(64), { numChannels: 2 }));
    expect(channels.map((channel) => [channel.length, channel.buffer.byteLength])).toEqual([
      [16, 64],
      [16, 64],
    ]);
  });

  test('answers bad files with typed errors, and goes on', async () => {
    const pool = poolOf(real, { numThreads: 1 });
    const wrong = [
      [Buffer.from('text'), 'AudioUndecodable'],
      [waveFile(new Uint8Array(10), { declaredBytes: 0x7fff_ffff }), 'AudioTooLarge'],
      [sineWave(200), 'AudioTooShort'],
    ] as const;
    for (const [bytes, type] of wrong) {
      await expect(pool.features(bytes, SETTINGS)).rejects.toMatchObject({ name: 'ChartlifeError', type });
    }
    expect((await pool.features(sineWave(800), SETTINGS)).spectrogram.numFrames).toBe(3);
  });

  test('many files at once, each with its own answer', async () => {
    const names = ['audiolena_lena.mp3', 'trumpet.ogg', 'audiolena_lena.m4a', 'derived_trumpet_16k.wav'];
    const files = names.map(readSound);
    const pool = poolOf(real);
    const answers = await Promise.all([...files, ...files].map((bytes) => pool.features(bytes, SETTINGS)));
    expect(answers.map((answer) => answer.spectrogram.numFrames)).toEqual([1225, 531, 1225, 531, 1225, 531, 1225, 531]);
    const bytesOf = (values: Float32Array): Buffer => Buffer.from(values.buffer);
    for (const [index, { spectrogram }] of answers.slice(0, 4).entries()) {
      expect(bytesOf(spectrogram.values).equals(bytesOf(answers[index + 4]!.spectrogram.values))).toBe(true);
    }
  });
});

describe('a thread that', () => {
  const fine = Uint8Array.of(9, 8);

  test.each([
    ['hangs', BAD.hang, /took longer than 5000 ms/],
    ['exits', BAD.exit, /ended with code 7/],
    ['throws', BAD.throw, /thrown in the thread/],
    ['eats memory', BAD.fillHeap, /memory/],
    ['answers with an error of no known type', BAD.answerUntyped, /allocation failed/],
  ])('%s: a typed error, another thread in its place', async (name, order, message) => {
    const timeLimitMs = name === 'hangs' ? 5_000 : 60_000;
    const pool = poolOf(bad, { numThreads: 1, timeLimitMs });
    const first = pool.decode(Uint8Array.of(order));
    const second = pool.decode(fine);
    await expect(first).rejects.toMatchObject({ type: 'AudioUndecodable', message: expect.stringMatching(message) });
    expect((await second).losses.map((loss) => loss.what)).toEqual(['9', '8']);
  });

  test('hangs does not hold up the others', async () => {
    const pool = poolOf(bad, { numThreads: 2 });
    const controller = new AbortController();
    const hanging = pool.decode(Uint8Array.of(BAD.hang), { signal: controller.signal });
    for (let turn = 0; turn < 5; turn++) expect((await pool.decode(fine)).losses.length).toBe(2);
    controller.abort(new Error('enough'));
    await expect(hanging).rejects.toThrow('enough');
    expect((await pool.decode(fine)).losses.length).toBe(2);
  });
});

test('an idle pool, and one that met damage, lets the process end, with nothing on the console', async () => {
  const script = await buildWorker('tests/audio/decode/usePool.ts');
  try {
    const args = [script.workerPath, real.workerPath, soundFile('audiolena_lena.opus') ?? ''];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 25_000 });
    expect([stdout, stderr]).toEqual(['done\n', '']);
  } finally {
    await script.remove();
  }
});

describe('giving up', () => {
  test('what waits goes at once; what is closed takes nothing', async () => {
    const pool = poolOf(bad, { numThreads: 1 });
    const hanging = pool.decode(Uint8Array.of(BAD.hang));
    const controller = new AbortController();
    const waiting = pool.decode(Uint8Array.of(9), { signal: controller.signal });
    controller.abort(new Error('no need'));
    await expect(waiting).rejects.toThrow('no need');
    await Promise.all([expect(hanging).rejects.toThrow(/closed/), pool.close()]);
    await expect(pool.decode(Uint8Array.of(9))).rejects.toThrow(/closed/);
  });

  test('a worker that is not built is said at once', () => {
    expect(() => new AudioPool({ numThreads: 1, workerPath: '/nowhere/worker.js' })).toThrow(
      expect.objectContaining({ type: 'SetupMissing' }),
    );
  });
});
