/** The choices that make one spectrogram different from another of the same sound; `audio/` says what each does. */

/** The window must be named: the two differ by up to 6 log units, and a model fits only the one it was trained on. */
export const FBANK_WINDOWS = ['hanning', 'povey'] as const;
/** `hanning` is the Audio Spectrogram Transformer's, `povey` Kaldi's default and the original system's. */
export type FbankWindow = (typeof FBANK_WINDOWS)[number];

/** `mean` of all channels, or `left`: the first channel alone, as the original system had it. */
export const CHANNEL_POLICIES = ['mean', 'left'] as const;
export type ChannelPolicy = (typeof CHANNEL_POLICIES)[number];

/** `signal-power` is a louder or softer sound; `log-values` the original system's multiplication of logarithms. */
export const GAIN_TARGETS = ['signal-power', 'log-values'] as const;
export type GainTarget = (typeof GAIN_TARGETS)[number];

/** What training does to a spectrogram before it is seen; drawn anew for each example. */
export interface AugmentSettings {
  /** Frames of the result: a longer spectrogram is cut at a drawn place, a shorter one padded at its end. */
  readonly numFrames: number;
  /** The gain is drawn from minus this to this. */
  readonly maxGainDb: number;
  readonly gainOf: GainTarget;
  /** The shift is drawn from minus this to this. */
  readonly maxRollFrames: number;
  /** The masks' widths are drawn from 0 to this share of the mel bins, of the frames. */
  readonly maxMelBinMaskShare: number;
  readonly maxFrameMaskShare: number;
  /** What masked and padded cells hold. */
  readonly fillValue: number;
}
