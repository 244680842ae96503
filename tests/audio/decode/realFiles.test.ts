/** Real files in every format against what ffprobe and ffmpeg say of them (tests/golden/audio, made by make.py). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeAudio } from '../../../audio/decode/decode.ts';
import type { DecodedAudio } from '../../../audio/decode/decoded.ts';
import { fbank } from '../../../audio/fbank/fbank.ts';
import { fbankSettings, LOG_ENERGY_FLOOR } from '../../../audio/fbank/settings.ts';
import { resample } from '../../../audio/resample.ts';
import type { ChannelPolicy } from '../../../contracts/features.ts';
import { GOLDEN_AUDIO, lacksSound, readNpy, readSound } from '../vectors.ts';

interface Probe {
  readonly codec: string;
  readonly sampleRateHz: number;
  readonly numChannels: number;
  readonly startSeconds: number;
  readonly seconds: number;
  readonly numSamples: number;
}

const FORMATS: Readonly<Record<string, string>> = {
  mp3: 'mp3',
  aac: 'aac',
  m4a: 'm4a',
  flac: 'flac',
  wav: 'wav',
  ogg: 'ogg-vorbis',
  opus: 'ogg-opus',
};
/** Samples that one frame of a codec holds, at most. */
const FRAME_SAMPLES: Readonly<Record<string, number>> = {
  mp3: 1_152,
  aac: 1_024,
  flac: 4_608,
  pcm_s16le: 1,
  vorbis: 2_048,
  opus: 960,
};
/** ffprobe guesses the length of a bare AAC stream from its bit rate; ffmpeg's own decode tells better. */
const GUESSED = ['audiolena_lena.aac'];
const FRAMES_PER_BLOCK = 50;

const { files }: { files: Readonly<Record<string, Probe>> } = JSON.parse(
  readFileSync(path.join(GOLDEN_AUDIO, 'ffmpeg.json'), 'utf8'),
);
const present = Object.entries(files).filter(([file]) => !lacksSound(file));
const sound = present.filter(([file]) => !file.includes('errors'));

const decodedFiles = new Map<string, Promise<DecodedAudio>>();

/** Each file once: some take a while. */
function decoded(file: string): Promise<DecodedAudio> {
  const audio = decodedFiles.get(file) ?? decodeAudio(readSound(file));
  decodedFiles.set(file, audio);
  return audio;
}

function mono16k({ channels, sampleRateHz }: DecodedAudio, policy: ChannelPolicy): Float32Array {
  const mono = (channels[0] ?? new Float32Array(0)).map((first, index) =>
    policy === 'left' ? first : channels.reduce((sum, channel) => sum + channel[index]!, 0) / channels.length,
  );
  return resample(mono, sampleRateHz, 16_000);
}

/** Each half-second's frames averaged, as make.py does. */
function blocksOf(audio: DecodedAudio, numBlocks: number, policy: ChannelPolicy): Float64Array {
  const { values, numMelBins } = fbank(mono16k(audio, policy), fbankSettings({ window: 'hanning' }));
  const means = new Float64Array(numBlocks * numMelBins);
  for (let frame = 0; frame < numBlocks * FRAMES_PER_BLOCK; frame++) {
    const block = Math.floor(frame / FRAMES_PER_BLOCK);
    for (let bin = 0; bin < numMelBins; bin++) {
      means[block * numMelBins + bin]! += values[frame * numMelBins + bin]! / FRAMES_PER_BLOCK;
    }
  }
  return means;
}

describe('a sound file', () => {
  test('of each format is there', () => {
    expect(new Set(sound.map(([file]) => path.extname(file).slice(1)))).toEqual(new Set(Object.keys(FORMATS)));
  });

  test.each(sound)("%s has ffprobe's length and nothing is lost", async (file, probe) => {
    const audio = await decoded(file);
    expect(audio.format).toBe(FORMATS[path.extname(file).slice(1)]);
    expect(audio.sampleRateHz).toBe(probe.sampleRateHz);
    expect(audio.channels.length).toBe(probe.numChannels);
    expect([audio.losses, audio.numLosses, audio.numSamplesLost]).toEqual([[], 0, 0]);
    const numSamples = audio.channels[0]?.length ?? 0;
    const frame = FRAME_SAMPLES[probe.codec] ?? 0;
    // ffprobe's duration of an MP3 counts what the encoder put before the sound; its start says how much.
    const expected = (probe.seconds - probe.startSeconds) * probe.sampleRateHz;
    if (!GUESSED.includes(file)) expect(Math.abs(numSamples - expected)).toBeLessThanOrEqual(frame + 1);
    expect(Math.abs(numSamples - probe.numSamples)).toBeLessThanOrEqual(frame);
  });

  test.each(sound)('%s sounds as ffmpeg decodes it', async (file) => {
    const { values, shape } = readNpy(GOLDEN_AUDIO, `${file}.npy`);
    const actual = blocksOf(await decoded(file), shape[0] ?? 0, 'mean');
    let largest = 0;
    let sum = 0;
    for (const [cell, value] of values.entries()) {
      const apart = Math.abs(actual[cell]! - value);
      largest = Math.max(largest, apart);
      sum += apart;
    }
    const mean = sum / values.length;
    console.log(`${file}: mean ${mean.toExponential(1)}, largest ${largest.toExponential(1)}`);
    expect(values.length).toBeGreaterThanOrEqual(128);
    expect(mean).toBeLessThan(0.02);
    expect(largest).toBeLessThan(1);
  });
});

describe('the same clip in each format', () => {
  const clips = present.map(([file]) => file).filter((file) => file.startsWith('audiolena_'));
  let lossless: Float64Array;

  beforeAll(async () => {
    lossless = blocksOf(await decoded('audiolena_lena.flac'), 20, 'left');
  });

  test.each(clips)('%s is in time and in tune with the FLAC', async (file) => {
    const actual = blocksOf(await decoded(file), 20, 'left');
    // Loud cells alone: what a codec leaves out is quiet.
    const loud = [...lossless.keys()].filter((cell) => lossless[cell]! > LOG_ENERGY_FLOOR + 12);
    expect(loud.length).toBeGreaterThan(200);
    // The clips are not equally loud.
    const offset = loud.reduce((sum, cell) => sum + actual[cell]! - lossless[cell]!, 0) / loud.length;
    const apart = loud.reduce((sum, cell) => sum + Math.abs(actual[cell]! - lossless[cell]! - offset), 0) / loud.length;
    expect(Math.abs(offset)).toBeLessThan(1);
    expect(apart).toBeLessThan(0.25);
  });
});

describe('a damaged file', () => {
  test.skipIf(lacksSound('eshaz_mpeg.cbr.errors.mp3'))(
    'MP3: the sound frames play, and the report says what was between them',
    async () => {
      const audio = await decoded('eshaz_mpeg.cbr.errors.mp3');
      expect(audio.channels[0]?.length).toBeGreaterThan(78 * 44_100);
      expect(audio.numLosses).toBeGreaterThan(0);
      // Two frames of 418 bytes.
      expect(audio.numSamplesLost).toBe(2 * 1_152);
      expect(audio.losses[0]?.what).toMatch(/bytes between frames are no frames/);
    },
  );

  test.skipIf(lacksSound('eshaz_ogg.errors.opus'))(
    'Opus: the page that fails its checksum is silent, the rest keeps its time',
    async () => {
      const file = 'eshaz_ogg.errors.opus';
      const audio = await decoded(file);
      const probe = files[file];
      expect(Math.abs((audio.channels[0]?.length ?? 0) - (probe?.seconds ?? 0) * 48_000)).toBeLessThanOrEqual(960);
      expect(audio.losses.map((loss) => loss.what)).toEqual([
        '1 pages fail their checksum and were left out',
        'a hole; silence stands for it',
      ]);
      // One second of the file's clock, and what a decoder needs to start again.
      expect(audio.numSamplesLost).toBe(48_000 + 312);
      const at = Math.round((audio.losses[1]?.atSeconds ?? 0) * 48_000);
      const hole = audio.channels[0]?.subarray(at, at + audio.numSamplesLost);
      expect(hole?.every((sample) => sample === 0)).toBe(true);
      expect(audio.channels[0]?.subarray(at + audio.numSamplesLost).some((sample) => sample !== 0)).toBe(true);
    },
  );
});
