/** The choices that make one spectrogram different from another of the same sound; `audio/` says what each does. */

/** The window must be named: the two differ by up to 6 log units, and a model fits only the one it was trained on. */
export const FBANK_WINDOWS = ['hanning', 'povey'] as const;
/** `hanning` is the Audio Spectrogram Transformer's, `povey` Kaldi's default and the original system's. */
export type FbankWindow = (typeof FBANK_WINDOWS)[number];

/** `mean` of all channels, or `left`: the first channel alone, as the original system had it. */
export const CHANNEL_POLICIES = ['mean', 'left'] as const;
export type ChannelPolicy = (typeof CHANNEL_POLICIES)[number];
