/** One sound file for the lake: its spectrogram, or why it has none. */
import { isChartlifeError } from '../contracts/errors.ts';
import type { PreviewAudio } from '../contracts/sound.ts';
import { sha256Hex } from '../runtime/files.ts';
import type { AudioJobOptions, AudioPool } from './decode/pool.ts';
import type { Spectrogram } from './fbank/fbank.ts';
import type { DecodedSummary, FeatureSettings } from './features.ts';

export interface HeardFile {
  readonly audio: PreviewAudio;
  /** null where `audio.error` says why. */
  readonly spectrogram: Spectrogram | null;
}

/** What is wrong with the file itself: no other try will hear more in it. */
const DEAF_ERRORS = ['AudioUndecodable', 'AudioTooLarge', 'AudioTooShort'] as const;

/**
 * A file that can't be decoded is an answer, not a failure.
 *
 * @param isKept whether the file stays in the home, if anything can be heard in it
 * @throws ChartlifeError SetupMissing where a decoder is not installed; the signal's reason
 */
export async function hear(
  pool: AudioPool,
  bytes: Uint8Array,
  settings: FeatureSettings,
  isKept: boolean,
  options: AudioJobOptions = {},
): Promise<HeardFile> {
  try {
    const { spectrogram, audioSha256, decoded } = await pool.features(bytes, settings, options);
    const audio = { sha256: audioSha256, numBytes: bytes.length, decoded: summaryOf(decoded), error: null, isKept };
    return { spectrogram, audio };
  } catch (error) {
    const errorType = DEAF_ERRORS.find((type) => isChartlifeError(error, type));
    if (errorType === undefined || !(error instanceof Error)) throw error;
    const why = { errorType, message: error.message };
    const file = { sha256: sha256Hex(bytes), numBytes: bytes.length, isKept: false };
    return { spectrogram: null, audio: { ...file, decoded: null, error: why } };
  }
}

function summaryOf(decoded: DecodedSummary): PreviewAudio['decoded'] {
  const { format, sampleRateHz, numChannels, seconds, losses, numLosses, numSamplesLost } = decoded;
  const words = losses.map(({ what, atSeconds }) =>
    atSeconds === null ? what : `${what} (at ${atSeconds.toFixed(2)} s)`,
  );
  return { format, sampleRateHz, numChannels, seconds, losses: words, numLosses, numSamplesLost };
}
