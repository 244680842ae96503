/** All of it in one call, the settings' version, and files in and out. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AudioPool } from '../../audio/decode/pool.ts';
import { fbank } from '../../audio/fbank/fbank.ts';
import { writeFbankFile } from '../../audio/fbankFile.ts';
import { computeFeatures, featureSettings, featureVersion } from '../../audio/features.ts';
import { decodeNpy, encodeNpy } from '../../audio/npy.ts';
import { isChartlifeError } from '../../contracts/errors.ts';
import { type BuiltWorker, buildWorker } from './buildWorker.ts';
import { sineWave, waveFile } from './waves.ts';

const HANNING = featureSettings({ window: 'hanning' });

/** Left and right of a stereo WAV as 32-bit floats at 16 kHz. */
function stereo(left: number[], right: number[]): Uint8Array {
  const samples = Float32Array.from(left.flatMap((value, index) => [value, right[index] ?? 0]));
  return waveFile(new Uint8Array(samples.buffer), { tag: 3, bitsPerSample: 32, numChannels: 2 });
}

describe('channels', () => {
  const left = Array.from({ length: 800 }, (_, index) => Math.sin(index * 0.3));
  const right = Array.from({ length: 800 }, (_, index) => Math.sin(index * index));

  test('are averaged by default, or the first alone', async () => {
    const file = stereo(left, right);
    const mean = await computeFeatures(file, HANNING);
    const middle = Float32Array.from(left, (value, index) => (Math.fround(value) + Math.fround(right[index]!)) / 2);
    expect(mean.spectrogram).toEqual(fbank(middle, HANNING));
    const first = await computeFeatures(file, featureSettings({ window: 'hanning', channels: 'left' }));
    expect(first.spectrogram).toEqual(fbank(Float32Array.from(left), HANNING));
    expect(mean.decoded).toMatchObject({ format: 'wav', numChannels: 2, seconds: 0.05, numLosses: 0 });
  });

  test('another policy is refused', () => {
    expect(() => featureSettings({ window: 'hanning', channels: 'loudest' })).toThrow(
      /"loudest" is not a channel policy/,
    );
  });
});

describe('featureVersion', () => {
  const version = (window: string, channels: string, numMelBins = 128): string =>
    featureVersion(featureSettings({ window, channels, numMelBins }));

  test('differs for any setting that differs', () => {
    const versions = [
      version('hanning', 'mean'),
      version('povey', 'mean'),
      version('hanning', 'left'),
      version('hanning', 'mean', 80),
    ];
    expect(new Set(versions).size).toBe(versions.length);
    expect(version('hanning', 'mean')).toBe(featureVersion(HANNING));
  });

  test('is frozen: another value makes every spectrogram in every lake stale', () => {
    expect(version('hanning', 'mean')).toMatchInlineSnapshot(
      `"1ef0d20746a398cc71ad037c020c9f700934caf1ebd93145f6569f24895f6216"`,
    );
    expect(version('povey', 'left')).toMatchInlineSnapshot(
      `"f1d6b17860e644229939a320f87fb4707f9544e1a828f58c8b7b0c88aefc0d1a"`,
    );
  });
});

describe('npy', () => {
  test.each([
    [[2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)],
    [[3], Float64Array.of(1, Math.PI, -0)],
    [[0, 128], new Float32Array(0)],
  ])('%o comes back', (shape, values) => {
    const file = encodeNpy({ shape, values });
    expect(decodeNpy(file)).toEqual({ shape, values });
    // Values lie where NumPy maps them to memory without a copy.
    expect((file.length - values.byteLength) % 64).toBe(0);
  });

  test.each([
    ['text', Buffer.from('no array')],
    [
      'integers',
      Buffer.from(encodeNpy({ shape: [1], values: Float32Array.of(1) }).map((byte) => (byte === 0x66 ? 0x69 : byte))),
    ],
    ['a cut file', encodeNpy({ shape: [9], values: new Float32Array(9) }).subarray(0, 140)],
  ])('%s: InvalidInput', (_name, bytes) => {
    let error: unknown;
    try {
      decodeNpy(bytes);
    } catch (caught) {
      error = caught;
    }
    expect(isChartlifeError(error, 'InvalidInput')).toBe(true);
  });
});

describe('writeFbankFile', () => {
  let folder: string;
  let worker: BuiltWorker;
  let pool: AudioPool;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-fbank-'));
    worker = await buildWorker('audio/decode/worker.ts');
    pool = new AudioPool({ numThreads: 1, workerPath: worker.workerPath });
  });

  afterAll(async () => {
    await pool.close();
    await Promise.all([worker.remove(), rm(folder, { recursive: true })]);
  });

  const run = (inputPath: string, output = 'out.npy') =>
    writeFbankFile({ inputPath, outputPath: path.join(folder, output), settings: HANNING, pool });

  test('raw samples and the same samples as WAV give the same file', async () => {
    const wav = sineWave(1_600);
    const samples = Float32Array.from(
      new Int16Array(new Uint8Array(wav.subarray(44)).buffer),
      (value) => value / 32_768,
    );
    await writeFile(path.join(folder, 'in.f32'), new Uint8Array(samples.buffer));
    // The name does not count.
    await writeFile(path.join(folder, 'in.mp3'), wav);
    const raw = await run(path.join(folder, 'in.f32'), 'raw.npy');
    const decoded = await run(path.join(folder, 'in.mp3'), 'wav.npy');
    expect(raw).toMatchObject({ spectrogram: { numFrames: 8, numMelBins: 128 }, seconds: 0.1, decoded: null });
    expect(decoded.decoded).toMatchObject({ format: 'wav', seconds: 0.1 });
    const [rawFile, wavFile] = await Promise.all(
      ['raw.npy', 'wav.npy'].map((name) => readFile(path.join(folder, name))),
    );
    expect(rawFile!.equals(wavFile!)).toBe(true);
    expect(decodeNpy(rawFile!)).toEqual({ shape: [8, 128], values: fbank(samples, HANNING).values });
  });

  test.each([
    ['missing.wav', null, 'InvalidInput'],
    ['odd.f32', new Uint8Array(1_601), 'InvalidInput'],
    ['short.f32', new Uint8Array(4 * 399), 'AudioTooShort'],
    ['text.mp3', Buffer.from('not music'), 'AudioUndecodable'],
    ['empty.ogg', new Uint8Array(), 'AudioUndecodable'],
  ])('%s: a typed error and no output', async (name, bytes, type) => {
    if (bytes !== null) await writeFile(path.join(folder, name), bytes);
    await expect(run(path.join(folder, name), 'none.npy')).rejects.toMatchObject({ type });
    expect((await readdir(folder)).filter((file) => file.startsWith('none.npy'))).toEqual([]);
  });
});
