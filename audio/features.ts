/** From a file's bytes to its spectrogram, in one call: decode, one channel, 16 kHz, filterbank. */
import { ChartlifeError, isChartlifeError } from '../contracts/errors.ts';
import { CHANNEL_POLICIES, type ChannelPolicy } from '../contracts/features.ts';
import type { FeatureVersion } from '../contracts/sound.ts';
import { canonicalJson } from '../runtime/canonicalJson.ts';
import { sha256Hex } from '../runtime/files.ts';
import { decodeAudio } from './decode/decode.ts';
import type { AudioFormat, AudioLoss, DecodedAudio } from './decode/decoded.ts';
import { type AudioLimits, DEFAULT_AUDIO_LIMITS } from './decode/limits.ts';
import { fbank, type Spectrogram } from './fbank/fbank.ts';
import {
  ENERGY_FLOOR,
  type FbankSettings,
  FFT_LENGTH,
  FRAME_LENGTH_SAMPLES,
  FRAME_SHIFT_SAMPLES,
  fbankSettings,
  HIGH_FREQUENCY_HZ,
  LOW_FREQUENCY_HZ,
  PRE_EMPHASIS,
  SAMPLE_RATE_HZ,
} from './fbank/settings.ts';
import { RESAMPLE_SETTINGS, resample } from './resample.ts';

export interface FeatureSettings extends FbankSettings {
  readonly channels: ChannelPolicy;
}

/** What was decoded, without the sound itself. */
export interface DecodedSummary {
  readonly format: AudioFormat;
  readonly sampleRateHz: number;
  readonly numChannels: number;
  readonly seconds: number;
  readonly losses: readonly AudioLoss[];
  readonly numLosses: number;
  /** Per channel, at the decoded rate. */
  readonly numSamplesLost: number;
}

export interface AudioFeatures {
  readonly spectrogram: Spectrogram;
  /** Of the file's bytes. */
  readonly audioSha256: string;
  readonly decoded: DecodedSummary;
}

/**
 * Raised when the same settings come to give other values: another algorithm, a decoder that hears differently. Every
 * home then computes its spectrograms again as sound comes in, beside the old ones.
 *
 * 2: Opus files' output gain is heard; FLAC's full scale is that of WAV.
 */
const REVISION = 2;

/** @throws ChartlifeError InvalidInput for a window, a number of mel bins or a channel policy that does not exist */
export function featureSettings(options: {
  readonly window: string;
  readonly channels?: string;
  readonly numMelBins?: number;
}): FeatureSettings {
  const wanted = options.channels ?? 'mean';
  const channels = CHANNEL_POLICIES.find((policy) => policy === wanted);
  if (channels === undefined) {
    throw new ChartlifeError('InvalidInput', `"${wanted}" is not a channel policy`, {
      next: `Use ${CHANNEL_POLICIES.join(' or ')}.`,
      details: { channels: wanted },
    });
  }
  return { ...fbankSettings(options), channels };
}

/** Every setting that shapes a spectrogram, as JSON with sorted keys. */
export function featureSettingsJson(settings: FeatureSettings): string {
  return canonicalJson({
    algorithm: 'kaldi-fbank',
    arithmetic: 'float32',
    channels: settings.channels,
    dither: 0,
    energyFloor: ENERGY_FLOOR,
    fftLength: FFT_LENGTH,
    frameLengthSamples: FRAME_LENGTH_SAMPLES,
    frameShiftSamples: FRAME_SHIFT_SAMPLES,
    highFrequencyHz: HIGH_FREQUENCY_HZ,
    lowFrequencyHz: LOW_FREQUENCY_HZ,
    numMelBins: settings.numMelBins,
    preEmphasis: PRE_EMPHASIS,
    removeDcOffset: true,
    resample: RESAMPLE_SETTINGS,
    revision: REVISION,
    sampleRateHz: SAMPLE_RATE_HZ,
    snipEdges: true,
    window: settings.window,
  });
}

/** SHA-256 over {@link featureSettingsJson}: spectrograms of one version may be mixed, others not. */
export function featureVersion(settings: FeatureSettings): string {
  return sha256Hex(featureSettingsJson(settings));
}

/** The version with its settings, as the lake records it. */
export function describeFeatures(settings: FeatureSettings): FeatureVersion {
  return {
    version: featureVersion(settings),
    settingsJson: featureSettingsJson(settings),
    numMelBins: settings.numMelBins,
  };
}

/**
 * @throws ChartlifeError AudioUndecodable, AudioTooLarge, and AudioTooShort below 25 ms
 */
export async function computeFeatures(
  bytes: Uint8Array,
  settings: FeatureSettings,
  limits: AudioLimits = DEFAULT_AUDIO_LIMITS,
): Promise<AudioFeatures> {
  const audio = await decodeAudio(bytes, limits, settings.channels);
  const samples = resample(audio.channels[0] ?? new Float32Array(0), audio.sampleRateHz, SAMPLE_RATE_HZ);
  return {
    spectrogram: fbankOfFile(samples, settings),
    audioSha256: sha256Hex(bytes),
    decoded: summarize(audio),
  };
}

/** Samples that are no sound are the caller's mistake, except where a decoder made them of a file. */
function fbankOfFile(samples: Float32Array, settings: FeatureSettings): Spectrogram {
  try {
    return fbank(samples, settings);
  } catch (error) {
    if (!isChartlifeError(error, 'InvalidInput')) throw error;
    throw new ChartlifeError('AudioUndecodable', `what was decoded is no sound: ${error.message}`, {
      next: 'Get the file again, or convert it with ffmpeg.',
      details: error.details,
      cause: error,
    });
  }
}

function summarize(audio: DecodedAudio): DecodedSummary {
  const { format, sampleRateHz, numChannels, channels, losses, numLosses, numSamplesLost } = audio;
  const seconds = (channels[0]?.length ?? 0) / sampleRateHz;
  return { format, sampleRateHz, numChannels, seconds, losses, numLosses, numSamplesLost };
}
