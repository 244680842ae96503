/** A decoder that gives samples which are no sound: the file is to blame, not who asked for its features. */
import { expect, test, vi } from 'vitest';
import { computeFeatures, featureSettings } from '../../audio/features.ts';

vi.mock('../../audio/decode/decode.ts', () => ({
  decodeAudio: async () => ({
    format: 'ogg-vorbis',
    sampleRateHz: 16_000,
    numChannels: 1,
    channels: [new Float32Array(800).fill(Number.POSITIVE_INFINITY)],
    losses: [],
    numLosses: 0,
    numSamplesLost: 0,
  }),
}));

test('is AudioUndecodable', async () => {
  const settings = featureSettings({ window: 'hanning' });
  await expect(computeFeatures(new Uint8Array(1), settings)).rejects.toMatchObject({
    type: 'AudioUndecodable',
    message: 'what was decoded is no sound: sample 0 is Infinity: not sound',
  });
});
