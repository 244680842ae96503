/** What is refused, before memory is taken for it where the header says so, and while decoding where it does not. */
import { ChartlifeError } from '../../contracts/errors.ts';
import { LARGEST_SAMPLE_RATE_HZ } from '../resample.ts';

export interface AudioLimits {
  /** Of the file. */
  readonly maxBytes: number;
  /** Of the sound, as declared and as decoded. */
  readonly maxSeconds: number;
  readonly maxChannels: number;
  /** Over all channels: this times four bytes is what decoded sound may take. */
  readonly maxSamples: number;
}

/** Generous for songs (20 minutes, 512 MiB decoded), far from what could take a machine down. */
export const DEFAULT_AUDIO_LIMITS: AudioLimits = {
  maxBytes: 256 * 2 ** 20,
  maxSeconds: 1_200,
  maxChannels: 8,
  maxSamples: 2 ** 27,
};

export interface SoundSize {
  readonly sampleRateHz: number;
  readonly numChannels: number;
  /** Per channel. */
  readonly numSamples: number;
}

/** @throws ChartlifeError AudioTooLarge */
export function refuseManyBytes(numBytes: number, limits: AudioLimits): void {
  if (numBytes > limits.maxBytes) throw tooLarge(`${numBytes} bytes`, `${limits.maxBytes} bytes`);
}

/**
 * @param where such as `the header declares`
 * @throws ChartlifeError AudioTooLarge past a limit; AudioUndecodable for a size that no sound has
 */
export function refuseLargeSound(size: SoundSize, limits: AudioLimits, where: string): void {
  const { sampleRateHz, numChannels, numSamples } = size;
  if (!(sampleRateHz >= 1 && numChannels >= 1 && numSamples >= 0)) {
    throw new ChartlifeError('AudioUndecodable', `${where} ${numChannels} channels at ${sampleRateHz} Hz`, {
      next: 'The file is damaged or no sound; get it again.',
      details: { sampleRateHz, numChannels },
    });
  }
  if (sampleRateHz > LARGEST_SAMPLE_RATE_HZ) {
    throw tooLarge(`${where} ${sampleRateHz} Hz`, `${LARGEST_SAMPLE_RATE_HZ} Hz`);
  }
  if (numChannels > limits.maxChannels) {
    throw tooLarge(`${where} ${numChannels} channels`, `${limits.maxChannels} channels`);
  }
  const seconds = numSamples / sampleRateHz;
  if (seconds > limits.maxSeconds) {
    throw tooLarge(`${where} ${Math.round(seconds)} seconds`, `${limits.maxSeconds} seconds`);
  }
  if (numSamples * numChannels > limits.maxSamples) {
    throw tooLarge(`${where} ${numSamples} samples in ${numChannels} channels`, `${limits.maxSamples} in all channels`);
  }
}

function tooLarge(what: string, limit: string): ChartlifeError {
  return new ChartlifeError('AudioTooLarge', `${what}; the limit is ${limit}`, {
    next: 'Give a shorter file, or cut it to the part that counts; previews are 30 seconds.',
    details: { what, limit },
  });
}
