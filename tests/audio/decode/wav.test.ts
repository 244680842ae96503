/** WAV in all its kinds of samples, and headers that lie. */
import { describe, expect, test } from 'vitest';
import { decodeAudio } from '../../../audio/decode/decode.ts';
import { type ChartlifeError, isChartlifeError } from '../../../contracts/errors.ts';
import { largeWaveFile, sineWave, waveFile } from '../waves.ts';

async function errorOf(bytes: Uint8Array): Promise<ChartlifeError> {
  try {
    await decodeAudio(bytes);
  } catch (error) {
    if (isChartlifeError(error)) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('samples', () => {
  test.each([
    ['8 bits', 1, 8, Uint8Array.of(0, 128, 255), [-1, 0, 127 / 128]],
    ['16 bits', 1, 16, new Uint8Array(Int16Array.of(-32_768, 0, 32_767).buffer), [-1, 0, 32_767 / 32_768]],
    ['24 bits', 1, 24, Uint8Array.of(0, 0, 0x80, 0, 0, 0, 0xff, 0xff, 0x7f), [-1, 0, 8_388_607 / 8_388_608]],
    ['32 bits', 1, 32, new Uint8Array(Int32Array.of(-(2 ** 31), 0, 2 ** 30).buffer), [-1, 0, 0.5]],
    ['float', 3, 32, new Uint8Array(Float32Array.of(-1.5, 0, 0.25).buffer), [-1.5, 0, 0.25]],
    ['double', 3, 64, new Uint8Array(Float64Array.of(-1.5, 0, 0.25).buffer), [-1.5, 0, 0.25]],
    // Loudest and softest codes of G.711.
    ['A-law', 6, 8, Uint8Array.of(0x2a, 0xd5, 0xaa), [-32_256 / 32_768, 8 / 32_768, 32_256 / 32_768]],
    ['mu-law', 7, 8, Uint8Array.of(0x00, 0xff, 0x80), [-32_124 / 32_768, 0, 32_124 / 32_768]],
  ])('of %s', async (_name, tag, bitsPerSample, data, expected) => {
    const { channels, numLosses } = await decodeAudio(waveFile(data, { tag, bitsPerSample }));
    expect([...(channels[0] ?? [])]).toEqual(expected.map(Math.fround));
    expect(numLosses).toBe(0);
  });

  test('of two channels, taken apart', async () => {
    const data = new Uint8Array(Float32Array.of(1, -1, 0.5, -0.5).buffer);
    const { channels } = await decodeAudio(waveFile(data, { tag: 3, bitsPerSample: 32, numChannels: 2 }));
    expect(channels.map((channel) => [...channel])).toEqual([
      [1, 0.5],
      [-1, -0.5],
    ]);
  });

  test.each([
    ['float', 32, Float32Array.of(0.5, Number.NaN, Number.NEGATIVE_INFINITY, 1e20)],
    // Finite here, infinite as float32.
    ['double', 64, Float64Array.of(0.5, Number.NaN, 1e300, -1e20)],
  ])('that are no numbers, or past any loudness, are silent, and told: %s', async (_name, bitsPerSample, samples) => {
    const { channels, losses } = await decodeAudio(waveFile(new Uint8Array(samples.buffer), { tag: 3, bitsPerSample }));
    expect([...(channels[0] ?? [])]).toEqual([0.5, 0, 0, 0]);
    expect(losses.map(({ what }) => what)).toEqual([
      '3 samples are no sound (not finite, or past any loudness); silence stands for them',
    ]);
  });

  test.each([
    ['20 bits in 3 bytes', 20, 3, Uint8Array.of(0, 0, 0x80, 0xf0, 0xff, 0x7f), [-1, 524_287 / 524_288]],
    ['12 bits in 2 bytes', 12, 2, Uint8Array.of(0, 0x80, 0xf0, 0x7f), [-1, 2_047 / 2_048]],
    ['24 bits in 4 bytes', 24, 4, Uint8Array.of(0, 0, 0, 0x80, 0, 0xff, 0xff, 0x7f), [-1, 8_388_607 / 8_388_608]],
  ])(
    'of %s: the container is read, whose high bits they are',
    async (_name, bitsPerSample, containerBytes, data, expected) => {
      const { channels, numLosses } = await decodeAudio(waveFile(data, { bitsPerSample, containerBytes }));
      expect([[...(channels[0] ?? [])], numLosses]).toEqual([expected, 0]);
    },
  );

  test('of whole bytes, with wrong bytes per frame in the header, are read by their bits', async () => {
    const file = Buffer.from(sineWave(800));
    const plain = await decodeAudio(file);
    file.writeUInt16LE(4, 32);
    expect(await decodeAudio(file)).toEqual(plain);
  });
});

describe('a header that', () => {
  const numBytes = 3_200;
  const data = sineWave(numBytes / 2).subarray(44);

  test.each([0x7fff_ffff, 0x8000_0000, 0xffff_fff0])(
    'claims %i bytes: AudioTooLarge, nothing allocated',
    async (claim) => {
      const before = process.memoryUsage().arrayBuffers;
      const error = await errorOf(waveFile(data, { declaredBytes: claim }));
      expect(error.type).toBe('AudioTooLarge');
      expect(error.message).toMatch(/the header declares \d+ seconds; the limit is 1200 seconds/);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
    },
  );

  test.each([0, 0xffff_ffff])('does not know the size (%i) is read to the end', async (claim) => {
    const { channels, numLosses } = await decodeAudio(waveFile(data, { declaredBytes: claim }));
    expect([channels[0]?.length, numLosses]).toEqual([numBytes / 2, 0]);
  });

  test.each([
    ['two bytes', 1, 16, 0x7fff_f000],
    // Down to whole frames: `sox -b 24 -c 2 -t wav -`.
    ['six bytes', 2, 24, 0x7fff_effc],
  ])(
    'was written by SoX to a pipe, with frames of %s, is read to the end',
    async (_name, numChannels, bitsPerSample, claim) => {
      const frames = data.subarray(0, 3_000);
      const file = waveFile(frames, { numChannels, bitsPerSample, declaredBytes: claim });
      const { channels, losses } = await decodeAudio(file);
      expect([channels[0]?.length, losses]).toEqual([(3_000 * 8) / (numChannels * bitsPerSample), []]);
    },
  );

  test.each(['RF64', 'BW64'] as const)('has its sizes elsewhere (%s) is believed', async (form) => {
    const plain = await decodeAudio(waveFile(data));
    expect(await decodeAudio(largeWaveFile(form, data))).toEqual(plain);
    const longer = await decodeAudio(largeWaveFile(form, data, 2 * numBytes));
    expect(longer.losses).toEqual([{ what: 'the file ends 1600 of 3200 samples early', atSeconds: 0.1 }]);
    expect((await errorOf(largeWaveFile(form, data, 2 ** 40))).type).toBe('AudioTooLarge');
  });

  test('claims more than is there: what is there, and how much is not', async () => {
    const { channels, losses, numSamplesLost } = await decodeAudio(waveFile(data, { declaredBytes: 2 * numBytes }));
    expect(channels[0]?.length).toBe(numBytes / 2);
    expect(numSamplesLost).toBe(numBytes / 2);
    expect(losses).toEqual([{ what: 'the file ends 1600 of 3200 samples early', atSeconds: 0.1 }]);
  });

  test.each([
    ['no channels', { numChannels: 0 }, 'AudioUndecodable'],
    ['no rate', { sampleRateHz: 0 }, 'AudioUndecodable'],
    ['65,535 channels', { numChannels: 65_535 }, 'AudioTooLarge'],
    ['4 GHz', { sampleRateHz: 4_000_000_000 }, 'AudioTooLarge'],
    ['12 bits', { bitsPerSample: 12 }, 'AudioUndecodable'],
    ['a codec inside', { tag: 0x55 }, 'AudioUndecodable'],
  ])('has %s: %o is %s', async (_name, options, type) => {
    expect((await errorOf(waveFile(data, options))).type).toBe(type);
  });
});

describe('no sound', () => {
  test.each([
    ['an empty file', new Uint8Array()],
    ['a text', Buffer.from('Artist,Title\n'.repeat(500))],
    ['a page', Buffer.from('<!doctype html><title>429</title>'.repeat(99))],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, ...new Array<number>(5_000).fill(0xff)])],
    ['one byte', Uint8Array.of(0xff)],
    ['a RIFF without samples', waveFile(new Uint8Array()).subarray(0, 40)],
    ['a header alone', waveFile(new Uint8Array())],
    ['an Ogg mark alone', Buffer.from('OggS')],
    ['a FLAC mark alone', Buffer.from('fLaC')],
    ['an MP4 without tables', Buffer.from('\0\0\0\x10ftypM4A \0\0\0\0', 'latin1')],
    ['a tag alone', Buffer.from('ID3\x04\0\0\0\0\x7f\x7f', 'latin1')],
  ])('%s: AudioUndecodable, with what to do', async (_name, bytes) => {
    const error = await errorOf(bytes);
    expect(error.type).toBe('AudioUndecodable');
    expect(error.next).not.toBe('');
  });

  test('more bytes than the limit: AudioTooLarge', async () => {
    const limits = { maxBytes: 1_000, maxSeconds: 10, maxChannels: 2, maxSamples: 1_000 };
    await expect(decodeAudio(sineWave(800), limits)).rejects.toMatchObject({ type: 'AudioTooLarge' });
  });
});
