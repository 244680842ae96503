/** What follows the last frame, frames that are missing, and MP4 files that end before their tables. */
import { describe, expect, test } from 'vitest';
import { decodeAudio } from '../../../audio/decode/decode.ts';
import type { DecodedAudio } from '../../../audio/decode/decoded.ts';
import { readMpegHeader, walkFrames } from '../../../audio/decode/mpegFrames.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { readSound } from '../vectors.ts';

function hashOf({ channels }: DecodedAudio): string[] {
  return channels.map((samples) => sha256Hex(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)));
}

function apeTag(numBytes: number, hasHeader: boolean): Buffer {
  const footer = Buffer.alloc(32);
  footer.write('APETAGEX', 0, 'latin1');
  footer.writeUInt32LE(numBytes + 32, 12);
  footer.writeUInt32LE(hasHeader ? 0x8000_0000 : 0, 20);
  return Buffer.concat([Buffer.alloc(hasHeader ? 32 : 0, 0x41), Buffer.alloc(numBytes, 0xff), footer]);
}

const ID3V1 = Buffer.from('TAG'.padEnd(128, 'x'));
const LYRICS = Buffer.from(`LYRICSBEGIN${'la '.repeat(30)}${String(11 + 90).padStart(6, '0')}LYRICS200`);

describe.each(['mp3', 'aac'])('%s', (ending) => {
  const file = readSound(`audiolena_lena.${ending}`);

  test.each([
    ['an ID3v1 tag', ID3V1],
    ['an APE tag', apeTag(300, false)],
    ['an APE tag with its header, and an ID3v1 tag', Buffer.concat([apeTag(300, true), ID3V1])],
    ['lyrics, and an ID3v1 tag', Buffer.concat([LYRICS, ID3V1])],
    ['zeros', Buffer.alloc(5_000)],
    ['zeros around a tag', Buffer.concat([Buffer.alloc(700), ID3V1, Buffer.alloc(3)])],
  ])('followed by %s is whole', async (_name, rest) => {
    const plain = await decodeAudio(file);
    const audio = await decodeAudio(Buffer.concat([file, rest]));
    expect(audio.losses).toEqual([]);
    expect(hashOf(audio)).toEqual(hashOf(plain));
  });

  test('followed by anything else: one loss, of no sound, and none of it is played', async () => {
    const plain = await decodeAudio(file);
    // Holds what begins a frame, though none that another follows.
    const rest = Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * index * 31 + (index >> 3)) & 0xff));
    const audio = await decodeAudio(Buffer.concat([file, rest]));
    expect(hashOf(audio)).toEqual(hashOf(plain));
    const atSeconds = plain.channels[0]!.length / plain.sampleRateHz;
    expect(audio.losses).toEqual([{ what: '20000 bytes after the last frame are no sound', atSeconds }]);
    expect(audio.numSamplesLost).toBe(0);
  });
});

describe('frames of MP3 that are missing', () => {
  const whole = readSound('audiolena_lena.mp3');
  const walk = walkFrames(whole, 0, readMpegHeader, 65_536)!;
  /** With a tag that says how many frames follow, whatever the clip had. */
  const file = Buffer.concat([infoFrame(walk.numFrames), whole.subarray(walk.firstFrameAt, walk.end)]);

  function infoFrame(numFrames: number): Buffer {
    const frame = Buffer.alloc(walk.first.numBytes);
    frame.set(whole.subarray(walk.firstFrameAt, walk.firstFrameAt + 4));
    // No checksum: the side information follows the header.
    frame[1]! |= 1;
    const tagAt = 4 + (walk.first.numChannels === 1 ? 17 : 32);
    frame.write('Info', tagAt, 'latin1');
    frame.writeUInt32BE(1, tagAt + 4);
    frame.writeUInt32BE(numFrames, tagAt + 8);
    return frame;
  }

  test('in the middle are counted once', async () => {
    const damaged = Buffer.from(file);
    let at = 0;
    for (let frame = 0; frame < 100; frame++) at += readMpegHeader(file, at)!.numBytes;
    const { numBytes } = readMpegHeader(file, at)!;
    damaged.fill(0x55, at, at + 200);
    expect((await decodeAudio(file)).losses).toEqual([]);
    const audio = await decodeAudio(damaged);
    expect(audio.losses).toEqual([{ what: `${numBytes} bytes between frames are no frames`, atSeconds: null }]);
    expect(audio.numSamplesLost).toBe(1_152);
  });

  test('at the end too, beside damage', async () => {
    const damaged = Buffer.from(file);
    let at = 0;
    for (let frame = 0; frame < 100; frame++) at += readMpegHeader(file, at)!.numBytes;
    damaged.fill(0x55, at, at + 200);
    let end = at;
    for (let frame = 100; frame < 200; frame++) end += readMpegHeader(file, end)!.numBytes;
    const audio = await decodeAudio(damaged.subarray(0, end));
    const numAtEnd = walk.numFrames - 199;
    expect(audio.losses.map(({ what }) => what)).toEqual([
      expect.stringMatching(/bytes between frames are no frames/),
      `${numAtEnd} of ${walk.numFrames} frames are missing`,
    ]);
    expect(audio.numSamplesLost).toBe((1 + numAtEnd) * 1_152);
  });
});

describe('an MP4 without a table of samples', () => {
  const box = (type: string, body = Buffer.alloc(0), claimed = 8 + body.length): Buffer => {
    const header = Buffer.alloc(8);
    header.writeUInt32BE(claimed);
    header.write(type, 4, 'latin1');
    return Buffer.concat([header, body]);
  };
  const ftyp = box('ftyp', Buffer.from('M4A \0\0\0\0', 'latin1'));

  test.each([
    ['cut before it', [ftyp, box('mdat', Buffer.alloc(92), 5_000)], /it ends 4900 bytes early, before its table/],
    ['in fragments', [ftyp, box('moov'), box('moof'), box('mdat', Buffer.alloc(92))], /it is fragmented \(DASH\)/],
    ['for no known reason', [ftyp, box('moov')], /no table of samples$/],
  ])('%s says so', async (_name, boxes, message) => {
    await expect(decodeAudio(Buffer.concat(boxes))).rejects.toMatchObject({
      type: 'AudioUndecodable',
      message: expect.stringMatching(message),
    });
  });
});
