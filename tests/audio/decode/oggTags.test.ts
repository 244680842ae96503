/** Ogg files with long tags and cover pictures: they sound as the same files without. */
import { describe, expect, test } from 'vitest';
import { decodeAudio } from '../../../audio/decode/decode.ts';
import type { DecodedAudio } from '../../../audio/decode/decoded.ts';
import { AudioPool } from '../../../audio/decode/pool.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { buildWorker } from '../buildWorker.ts';
import { FLAC_BLOCK, flacFrames, flacHeader } from '../flacFile.ts';
import { packetPages, pageStarts, setChecksum } from '../oggPage.ts';
import { readSound } from '../vectors.ts';

function hashOf({ channels }: DecodedAudio): string[] {
  return channels.map((samples) => sha256Hex(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)));
}

/** Tags of one comment of that many bytes, after the codec's mark. */
function tags(mark: string, comment: string): Buffer {
  const sizes = [0, 1, comment.length].map((value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  });
  return Buffer.concat([Buffer.from(mark, 'latin1'), ...sizes, Buffer.from(comment, 'latin1')]);
}

/** Base64, as a picture has in the tags; neither all alike nor short of any byte. */
function pictureOf(numBytes: number): string {
  const bytes = Buffer.alloc(numBytes);
  for (let index = 0, state = 1; index < numBytes; index++) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    bytes[index] = state >> 16;
  }
  return `METADATA_BLOCK_PICTURE=${bytes.toString('base64')}`;
}

/** A clip with another comment. @param damagedPage of those with the comment, one to flip a bit in */
function vorbisWith(comment: string, damagedPage?: number): Buffer {
  const file = readSound('trumpet.ogg');
  const [, headersAt = 0, soundAt = 0] = pageStarts(file);
  const setup = file.subarray(file.indexOf('\x05vorbis', headersAt, 'latin1'), soundAt);
  const serial = file.readUInt32LE(14);
  const comments = packetPages(serial, 1, Buffer.concat([tags('\x03vorbis', comment), Buffer.from([1])]));
  if (damagedPage !== undefined) comments[damagedPage]![1_000]! ^= 1;
  const pages = [file.subarray(0, headersAt), ...comments, ...packetPages(serial, 1 + comments.length, setup)];
  return withPages(file, pages, 2);
}

/** FLAC in Ogg, a frame a page. */
function oggFlac(values: readonly number[], numChannels: number, serial: number, comment = 'TITLE=la'): Buffer {
  const info = flacHeader(values.length * FLAC_BLOCK, { numChannels });
  info[4] = 0;
  const comments = tags('', comment);
  const block = Buffer.concat([Buffer.from([0x84, 0, 0, 0]), comments]);
  block.writeUIntBE(comments.length, 1, 3);
  const first = Buffer.concat([Buffer.from('\x7fFLAC\x01\x00\x00\x01', 'latin1'), info]);
  const pages = [...packetPages(serial, 0, first), ...packetPages(serial, 1, block)];
  pages[0]![5] = 2;
  setChecksum(pages[0]!);
  for (const [index, frame] of flacFrames(values, { numChannels }).entries()) {
    const [page = Buffer.alloc(0)] = packetPages(serial, pages.length, frame);
    page.writeBigUInt64LE(BigInt((index + 1) * FLAC_BLOCK), 6);
    page[5] = index === values.length - 1 ? 4 : 0;
    setChecksum(page);
    pages.push(page);
  }
  return Buffer.concat(pages);
}

const COMMENTS: readonly (readonly [string, string])[] = [
  ['a title of 5 KB', `TITLE=${'la '.repeat(1_700)}`],
  ['lyrics of 70 KB', `LYRICS=${'la '.repeat(24_000)}`],
  ['a picture of 20 KB', pictureOf(20_000)],
  ['a picture of 600 KB', pictureOf(600_000)],
];

/** The same file with other pages for some of its first, all later ones renumbered. */
function withPages(file: Buffer, first: readonly Buffer[], soundFromPage: number): Buffer {
  const starts = pageStarts(file);
  const later = starts.slice(soundFromPage, -1).map((start, index) => {
    const page = Buffer.from(file.subarray(start, starts[soundFromPage + index + 1]));
    page.writeUInt32LE(first.length + index, 18);
    setChecksum(page);
    return page;
  });
  return Buffer.concat([...first, ...later]);
}

describe.each(COMMENTS)('with %s', (_name, comment) => {
  test('Opus', async () => {
    const file = readSound('audiolena_lena.opus').subarray(0, 60_000);
    const [, tagsAt = 0] = pageStarts(file);
    const head = file.subarray(0, tagsAt);
    const tagPages = packetPages(file.readUInt32LE(14), 1, tags('OpusTags', comment));
    const audio = await decodeAudio(withPages(file, [head, ...tagPages], 2));
    const plain = await decodeAudio(file);
    expect(hashOf(audio)).toEqual(hashOf(plain));
    expect(audio.losses).toEqual(plain.losses);
  });

  test('Vorbis', async () => {
    const plain = await decodeAudio(readSound('trumpet.ogg'));
    const audio = await decodeAudio(vorbisWith(comment));
    expect(hashOf(audio)).toEqual(hashOf(plain));
    expect(audio.losses).toEqual([]);
  });

  test('FLAC', async () => {
    const values = Array.from({ length: 60 }, (_, index) => 100 * index);
    const audio = await decodeAudio(oggFlac(values, 1, 7, comment));
    expect(audio).toMatchObject({ format: 'ogg-flac', losses: [] });
    expect([...audio.channels[0]!]).toEqual(
      values.flatMap((value) => new Array<number>(FLAC_BLOCK).fill(value / 2 ** 15)),
    );
  });
});

test('Vorbis with a picture of 1.5 MB fits the memory of a thread', async () => {
  const worker = await buildWorker('audio/decode/worker.ts');
  const pool = new AudioPool({ numThreads: 1, workerPath: worker.workerPath });
  try {
    expect((await pool.decode(vorbisWith(pictureOf(1_500_000)))).losses).toEqual([]);
  } finally {
    await pool.close();
    await worker.remove();
  }
});

test('Vorbis whose tags are damaged is heard by its setup', async () => {
  const damaged = vorbisWith(pictureOf(200_000), 10);
  const audio = await decodeAudio(damaged);
  expect(hashOf(audio)).toEqual(hashOf(await decodeAudio(readSound('trumpet.ogg'))));
  expect(audio.losses.map(({ what }) => what)).toEqual(['1 pages fail their checksum and were left out']);
});

describe('the output gain of Opus', () => {
  test.each([
    [-6 * 256, 10 ** (-6 / 20)],
    [2_560, 10 ** 0.5],
    [1, 10 ** (1 / 256 / 20)],
  ])('of %i 256ths of a decibel is heard', async (gain, factor) => {
    const file = Buffer.from(readSound('audiolena_lena.opus').subarray(0, 40_000));
    const plain = await decodeAudio(file);
    const [, tagsAt = 0] = pageStarts(file);
    file.writeInt16LE(gain, 28 + 16);
    setChecksum(file.subarray(0, tagsAt));
    const audio = await decodeAudio(file);
    expect(plain.channels[0]!.some((sample) => sample !== 0)).toBe(true);
    expect(hashOf(audio)).toEqual(
      hashOf({ ...plain, channels: plain.channels.map((samples) => samples.map((sample) => sample * factor)) }),
    );
  });
});

describe('links one after another', () => {
  test('of another rate are resampled to the first’s', async () => {
    const [slow, fast] = [readSound('trumpet.ogg'), readSound('audiolena_lena.ogg')];
    const parts = await Promise.all([slow, fast].map((file) => decodeAudio(file)));
    expect(parts.map(({ sampleRateHz }) => sampleRateHz)).toEqual([22_050, 44_100]);
    const audio = await decodeAudio(Buffer.concat([slow, fast]));
    const [slowLength = 0, fastLength = 0] = parts.map(({ channels }) => channels[0]?.length);
    expect(audio).toMatchObject({ sampleRateHz: 22_050, losses: [], numSamplesLost: 0 });
    expect(audio.channels[0]?.length).toBe(slowLength + fastLength / 2);
    const rms = (samples: Float32Array): number =>
      Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);
    expect(rms(audio.channels[0]!.subarray(slowLength))).toBeCloseTo(rms(parts[1]!.channels[0]!), 2);
  });

  test('of another number of channels are mixed', async () => {
    const file = oggFlac([3_000, 3_000], 1, 11);
    const two = oggFlac([5_000, 5_000], 2, 12);
    const mono = await decodeAudio(Buffer.concat([file, two]));
    expect([mono.numChannels, mono.channels[0]?.length, mono.losses]).toEqual([1, 4 * FLAC_BLOCK, []]);
    expect([mono.channels[0]![0], mono.channels[0]!.at(-1)]).toEqual([3_000 / 2 ** 15, 5_000 / 2 ** 15]);
    const stereo = await decodeAudio(Buffer.concat([two, file]));
    expect(stereo.channels.map((samples) => samples.at(-1))).toEqual([3_000 / 2 ** 15, 3_000 / 2 ** 15]);
  });
});
