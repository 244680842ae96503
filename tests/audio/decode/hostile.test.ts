/** A few bytes that ask for gigabytes: refused before anything is allocated for them. */
import { describe, expect, test } from 'vitest';
import { decodeAudio } from '../../../audio/decode/decode.ts';
import { isChartlifeError } from '../../../contracts/errors.ts';

const MEBIBYTE = 2 ** 20;

function box(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + body.length);
  header.write(type, 4, 'latin1');
  return Buffer.concat([header, body]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

function mp4(...tables: readonly Buffer[]): Buffer {
  const track = box('trak', box('mdia', box('minf', box('stbl', ...tables))));
  return Buffer.concat([box('ftyp', Buffer.from('M4A \0\0\0\0', 'latin1')), box('moov', track)]);
}

/** STREAMINFO for 44.1 kHz, two channels of 16 bits. */
function flac(numSamples: number): Buffer {
  const info = Buffer.alloc(34);
  info.writeUInt16BE(4_096, 0);
  info.writeUInt16BE(4_096, 2);
  info.writeUInt32BE(((44_100 << 12) >>> 0) + (1 << 9) + (15 << 4) + Math.floor(numSamples / 2 ** 32), 10);
  info.writeUInt32BE(numSamples % 2 ** 32, 14);
  return Buffer.concat([Buffer.from('fLaC'), Buffer.from([0x80, 0, 0, 34]), info, Buffer.alloc(400)]);
}

/** Silent MPEG 2.5 layer III at 8 kHz: 24 bytes a frame of 72 ms. */
function longMp3(numFrames: number): Buffer {
  const frame = Buffer.alloc(72);
  frame.set([0xff, 0xe3, 0x18, 0xc4]);
  return Buffer.concat(Array.from({ length: numFrames }, () => frame));
}

const HUGE = 0xffff_ffff;

describe('refused', () => {
  test.each([
    ['an MP4 of 4 billion sizes', mp4(box('stsz', words(0, 0, HUGE))), 'AudioUndecodable', /stsz claims 4294967295/],
    ['an MP4 of 4 billion frames of a byte', mp4(box('stsz', words(0, 1, HUGE))), 'AudioUndecodable', /stsz claims/],
    ['an MP4 of 4 billion places', mp4(box('stco', words(0, HUGE))), 'AudioUndecodable', /stco claims 4294967295/],
    ['an MP4 of 4 billion runs', mp4(box('stsc', words(0, HUGE))), 'AudioUndecodable', /stsc claims/],
    ['an MP4 of 4 billion times', mp4(box('stts', words(0, HUGE))), 'AudioUndecodable', /stts claims/],
    [
      'an MP4 with a box of 3 bytes',
      Buffer.concat([mp4(), words(3, 0x66726565)]),
      'AudioUndecodable',
      /a box of 3 bytes/,
    ],
    ['a FLAC of 18 days', flac(2 ** 36 - 1), 'AudioTooLarge', /declares 15582\d\d seconds/],
    ['an MP3 of 2 hours', longMp3(100_000), 'AudioTooLarge', /the frames make 7200 seconds/],
  ])('%s', async (_name, bytes, type, message) => {
    const before = process.memoryUsage().arrayBuffers;
    const error: unknown = await decodeAudio(bytes).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(isChartlifeError(error)).toBe(true);
    expect(error).toMatchObject({ type, message: expect.stringMatching(message) });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MEBIBYTE);
  });

  test('a FLAC that claims what the limits allow and holds nothing allocates for what it holds', async () => {
    const before = process.memoryUsage().arrayBuffers;
    await expect(decodeAudio(flac(20 * 60 * 44_100))).rejects.toMatchObject({ type: 'AudioUndecodable' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 * MEBIBYTE);
  });
});
