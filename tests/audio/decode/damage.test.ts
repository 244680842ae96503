/** Sound files, broken on purpose in ways that the real ones are not. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAudio } from '../../../audio/decode/decode.ts';
import type { DecodedAudio } from '../../../audio/decode/decoded.ts';
import { DEFAULT_AUDIO_LIMITS } from '../../../audio/decode/limits.ts';
import { isChartlifeError } from '../../../contracts/errors.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { oggPage } from '../oggPage.ts';
import { readSound as read } from '../vectors.ts';

/** Of the samples: comparing millions one by one takes seconds. */
function hashOf({ channels }: DecodedAudio): string[] {
  return channels.map((samples) => sha256Hex(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)));
}

const CLIPS = [
  ...['mp3', 'aac', 'm4a', 'flac', 'ogg', 'opus'].map((ending) => `audiolena_lena.${ending}`),
  'derived_trumpet_16k.wav',
];

describe('cut in the middle', () => {
  // An M4A made for streaming has its tables first; this one may not.
  test.each(CLIPS)('%s gives what is there and says that it ends early', async (file) => {
    const whole = read(file);
    const half = whole.subarray(0, Math.floor(whole.length / 2));
    const full = (await decodeAudio(whole)).channels[0]?.length ?? 0;
    try {
      const audio = await decodeAudio(half);
      const share = (audio.channels[0]?.length ?? 0) / full;
      expect(share).toBeGreaterThan(0.3);
      expect(share).toBeLessThan(0.7);
      expect(audio.numLosses).toBeGreaterThan(0);
    } catch (error) {
      // Without its tables nobody knows where the sound is.
      expect(file).toBe('audiolena_lena.m4a');
      expect(isChartlifeError(error, 'AudioUndecodable')).toBe(true);
    }
  });
});

describe('before the sound', () => {
  test('a tag with a large picture is skipped, before MP3, AAC and FLAC', async () => {
    const picture = Buffer.alloc(300_000, 0xff);
    const size = [picture.length >> 21, picture.length >> 14, picture.length >> 7, picture.length].map((n) => n & 0x7f);
    const tag = Buffer.concat([Buffer.from('ID3\x04\x00\x00', 'latin1'), Buffer.from(size), picture]);
    for (const file of ['audiolena_lena.mp3', 'audiolena_lena.aac', 'audiolena_lena.flac']) {
      const plain = await decodeAudio(read(file));
      const tagged = await decodeAudio(Buffer.concat([tag, read(file)]));
      expect(tagged.format).toBe(plain.format);
      expect(hashOf(tagged)).toEqual(hashOf(plain));
      expect(tagged.numLosses).toBe(0);
    }
  });

  test('a picture inside FLAC is skipped', async () => {
    const plain = read('audiolena_lena.flac');
    const streamInfo = plain.subarray(0, 42);
    const picture = Buffer.concat([Buffer.from([6, 0x03, 0x0d, 0x40]), Buffer.alloc(200_000, 0xff)]);
    const open = Buffer.from(streamInfo);
    open[4] = 0;
    const withPicture = Buffer.concat([open, picture, plain.subarray(42)]);
    // Only where STREAMINFO was not the last block already does this keep the file's form.
    expect(plain[4]).toBe(0);
    expect(hashOf(await decodeAudio(withPicture))).toEqual(hashOf(await decodeAudio(plain)));
  });
});

describe('other streams in Ogg', () => {
  test('links one after another are joined', async () => {
    const file = read('trumpet.ogg');
    const once = await decodeAudio(file);
    const twice = await decodeAudio(Buffer.concat([file, file]));
    expect(twice.channels[0]?.length).toBe(2 * (once.channels[0]?.length ?? 0));
    expect(twice.numLosses).toBe(0);
  });

  test('a stream of something else beside the sound is left out', async () => {
    const file = read('trumpet.ogg');
    const firstPage = file.subarray(0, 58);
    expect(file.toString('latin1', 58, 62)).toBe('OggS');
    const other = oggPage(0x7e57, 0, 2, Buffer.from('fishead\0 nothing that sounds'));
    const audio = await decodeAudio(
      Buffer.concat([other, firstPage, oggPage(0x7e57, 1, 4, Buffer.alloc(200, 7)), file.subarray(58)]),
    );
    expect(hashOf(audio)).toEqual(hashOf(await decodeAudio(file)));
    expect(audio.numLosses).toBe(0);
  });
});

describe('any bytes changed', () => {
  test.each(CLIPS)('%s gives sound or a typed error, never another', async (file) => {
    const original = read(file).subarray(0, 60_000);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 60 }),
        async (changes) => {
          const bytes = Buffer.from(original);
          for (const [at, value] of changes) bytes[at] = value;
          try {
            const audio = await decodeAudio(bytes, { ...DEFAULT_AUDIO_LIMITS, maxSeconds: 60 });
            expect(audio.channels.length).toBeGreaterThan(0);
          } catch (error) {
            expect(isChartlifeError(error)).toBe(true);
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});
