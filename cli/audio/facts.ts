/** What there is to say of a sound and its spectrogram: for programs, and in a few lines for people. */
import type { AudioFormat, AudioLoss } from '../../audio/decode/decoded.ts';
import { SAMPLE_RATE_HZ } from '../../audio/fbank/settings.ts';
import { featureSettings, featureVersion } from '../../audio/features.ts';
import type { SoundFile } from '../../audio/soundFile.ts';
import { count, plural } from '../output/numbers.ts';
import type { FeatureOptions } from './options.ts';

export interface SoundFacts extends FeatureOptions {
  readonly numFrames: number;
  readonly numMelBins: number;
  readonly seconds: number;
  /** `f32`: raw samples. */
  readonly format: AudioFormat | 'f32';
  /** Of the file, as are the channels. */
  readonly sampleRateHz: number;
  readonly numChannels: number;
  readonly featureVersion: string;
  readonly numLosses: number;
  readonly secondsLost: number;
  /** The first ones. */
  readonly losses: readonly AudioLoss[];
}

const SHORT_VERSION_LENGTH = 12;
/** Below this a tenth of a second says too little. */
const SHORT_SOUND_SECONDS = 10;

export function soundFacts({ spectrogram, seconds, decoded }: SoundFile, options: FeatureOptions): SoundFacts {
  const { window, channels } = options;
  return {
    numFrames: spectrogram.numFrames,
    numMelBins: spectrogram.numMelBins,
    seconds,
    format: decoded?.format ?? 'f32',
    sampleRateHz: decoded?.sampleRateHz ?? SAMPLE_RATE_HZ,
    numChannels: decoded?.numChannels ?? 1,
    window,
    channels,
    featureVersion: featureVersion(featureSettings(options)),
    numLosses: decoded?.numLosses ?? 0,
    secondsLost: decoded === null ? 0 : decoded.numSamplesLost / decoded.sampleRateHz,
    losses: decoded?.losses ?? [],
  };
}

/** The sound, then the features. */
export function describeSound(facts: SoundFacts): [sound: string, features: string] {
  const { format, sampleRateHz, numChannels, channels, seconds, window } = facts;
  const taken = numChannels === 1 ? '' : ` (${channels})`;
  const version = facts.featureVersion.slice(0, SHORT_VERSION_LENGTH);
  return [
    `${format}, ${count(sampleRateHz)} Hz, ${plural(numChannels, 'channel')}${taken}, ${formatSeconds(seconds)}`,
    `${window} window, feature version ${version}`,
  ];
}

/** Such as `damaged: 3 losses, at least 0.120 s of sound missing`. */
export function describeDamage({ numLosses, secondsLost }: SoundFacts): string {
  const losses = `damaged: ${plural(numLosses, 'loss', 'losses')}`;
  return secondsLost === 0 ? losses : `${losses}, at least ${formatSeconds(secondsLost)} of sound missing`;
}

export function formatSeconds(seconds: number): string {
  return `${seconds.toFixed(seconds < SHORT_SOUND_SECONDS ? 3 : 1)} s`;
}
