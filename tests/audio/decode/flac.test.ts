/** Native FLAC: its scale, and that damage costs the frames that it hits and no more. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAudio } from '../../../audio/decode/decode.ts';
import type { DecodedAudio } from '../../../audio/decode/decoded.ts';
import { walkFlacFrames } from '../../../audio/decode/flacFrames.ts';
import { FLAC_BLOCK, flacFile, flacFrames, flacHeader } from '../flacFile.ts';
import { readSound } from '../vectors.ts';

const RATE_HZ = 44_100;

/** The value of each block, where all its samples have one. */
function blocksOf({ channels }: DecodedAudio): number[] {
  const samples = channels[0] ?? new Float32Array(0);
  const numBlocks = samples.length / FLAC_BLOCK;
  return Array.from({ length: numBlocks }, (_, block) => {
    const part = samples.subarray(block * FLAC_BLOCK, (block + 1) * FLAC_BLOCK);
    expect(part.every((sample) => sample === part[0])).toBe(true);
    return part[0]!;
  });
}

describe('scale', () => {
  test.each([8, 16, 24] as const)('of %i bits is that of WAV: the lowest integer is -1', async (bitsPerSample) => {
    const full = 2 ** (bitsPerSample - 1);
    const values = [-full, -1, 0, 1, full / 2, full - 1];
    const audio = await decodeAudio(flacFile(values, { bitsPerSample, numChannels: 2 }));
    expect(blocksOf(audio)).toEqual(values.map((value) => value / full));
    expect(audio).toMatchObject({ format: 'flac', sampleRateHz: RATE_HZ, numChannels: 2, numLosses: 0 });
  });
});

describe('a damaged frame', () => {
  const values = Array.from({ length: 40 }, (_, index) => 1_000 + index);
  const heard = values.map((value) => value / 2 ** 15);
  const damagedAt = (...numbers: readonly number[]): Buffer => {
    const frames = flacFrames(values);
    for (const number of numbers) frames[number]![7]! ^= 0x10;
    return Buffer.concat([flacHeader(values.length * FLAC_BLOCK), ...frames]);
  };

  test.each([
    ['in the middle', 17],
    ['first of all', 0],
  ])('%s is silent, its place is told, and all later sound keeps its time', async (_name, number) => {
    const audio = await decodeAudio(damagedAt(number));
    expect(blocksOf(audio)).toEqual(heard.map((value, block) => (block === number ? 0 : value)));
    expect(audio.losses).toEqual([
      {
        what: '11 bytes are no whole frame; silence stands for them',
        atSeconds: (number * FLAC_BLOCK) / RATE_HZ,
      },
    ]);
    expect(audio.numSamplesLost).toBe(FLAC_BLOCK);
  });

  test('at the end is missing', async () => {
    const audio = await decodeAudio(damagedAt(39));
    expect(blocksOf(audio)).toEqual(heard.slice(0, 39));
    expect(audio.losses).toEqual([{ what: '192 of 7680 samples are missing', atSeconds: (39 * FLAC_BLOCK) / RATE_HZ }]);
    expect(audio.numSamplesLost).toBe(FLAC_BLOCK);
  });

  test('at several places', async () => {
    const audio = await decodeAudio(damagedAt(0, 5, 6, 20));
    expect(blocksOf(audio)).toEqual(heard.map((value, block) => ([0, 5, 6, 20].includes(block) ? 0 : value)));
    expect([audio.numLosses, audio.numSamplesLost]).toEqual([3, 4 * FLAC_BLOCK]);
  });

  test('and no other: there is nothing to hear', async () => {
    const damaged = damagedAt(...values.keys());
    await expect(decodeAudio(damaged)).rejects.toMatchObject({ type: 'AudioUndecodable' });
  });

  test('in a stream of unknown length', async () => {
    const file = damagedAt(17);
    file.writeUInt32BE(0, 8 + 14);
    const audio = await decodeAudio(file);
    expect([audio.channels[0]?.length, audio.numSamplesLost]).toEqual([values.length * FLAC_BLOCK, FLAC_BLOCK]);
  });

  test('is not filled up to a position that the stream does not have', async () => {
    const [first, damaged, , ...others] = flacFrames(values);
    damaged![7]! ^= 1;
    const file = Buffer.concat([flacHeader(2 * FLAC_BLOCK), first!, damaged!, ...others]);
    const audio = await decodeAudio(file);
    expect(audio.channels[0]?.length).toBe((values.length - 2) * FLAC_BLOCK);
  });
});

describe('one flipped bit anywhere in the frames', () => {
  const whole = readSound('audiolena_lena.flac');
  // Enough frames to lose a few; the clip's own header, with their number.
  const { framesAt, frames } = framesOf(whole);
  const kept = frames.slice(0, 12);
  const file = Buffer.from(whole.subarray(0, kept.at(-1)!.end));
  const numSamples = kept.reduce((sum, frame) => sum + frame.numSamples, 0);
  file.writeUInt32BE(numSamples, 8 + 14);

  test('loses at most two frames, and the rest is equal', async () => {
    const plain = await decodeAudio(file);
    expect([plain.channels[0]?.length, plain.numLosses]).toEqual([numSamples, 0]);
    await fc.assert(
      fc.asyncProperty(fc.nat((file.length - framesAt) * 8 - 1), async (bit) => {
        const flipped = Buffer.from(file);
        flipped[framesAt + (bit >> 3)]! ^= 1 << (bit & 7);
        const audio = await decodeAudio(flipped);
        expect(audio.numLosses).toBe(1);
        expect(audio.losses[0]?.atSeconds).not.toBeNull();
        const lost = kept.filter((frame) => !isEqual(audio, plain, frame.position, frame.numSamples));
        expect(lost.length).toBeLessThanOrEqual(2);
        expect(audio.numSamplesLost).toBe(lost.reduce((sum, frame) => sum + frame.numSamples, 0));
      }),
      { numRuns: 150 },
    );
  });
});

function framesOf(file: Buffer) {
  let framesAt = 4;
  for (let isLast = false; !isLast; framesAt += 4 + file.readUIntBE(framesAt + 1, 3)) isLast = file[framesAt]! >= 0x80;
  return { framesAt, frames: walkFlacFrames(file, framesAt, file.readUInt16BE(8 + 2)) };
}

function isEqual(a: DecodedAudio, b: DecodedAudio, start: number, numSamples: number): boolean {
  return b.channels.every((samples, channel) => {
    const expected = samples.subarray(start, start + numSamples);
    const actual = a.channels[channel]!.subarray(start, start + numSamples);
    return actual.length === expected.length && actual.every((sample, index) => sample === expected[index]);
  });
}

describe('after the last frame', () => {
  const values = Array.from({ length: 20 }, (_, index) => 7 * index);

  test.each([
    ['an ID3v1 tag', Buffer.from('TAG'.padEnd(128, 'x'))],
    ['zeros', Buffer.alloc(500)],
    ['both', Buffer.concat([Buffer.alloc(40), Buffer.from('TAG'.padEnd(128, '\0'))])],
  ])('%s are no loss', async (_name, rest) => {
    const audio = await decodeAudio(Buffer.concat([flacFile(values), rest]));
    expect([audio.channels[0]?.length, audio.losses]).toEqual([values.length * FLAC_BLOCK, []]);
  });

  test('a checksum that ends in a zero is a part of it', async () => {
    const value = Array.from({ length: 2 ** 15 }, (_, index) => index).find((n) => flacFrames([n])[0]!.at(-1) === 0)!;
    const audio = await decodeAudio(flacFile([value]));
    expect([audio.channels[0]?.length, audio.losses]).toEqual([FLAC_BLOCK, []]);
  });
});
