/** What @wasm-audio-decoders/flac gives, at the scale of all else here. */
import type { DecodedPiece } from './decoded.ts';

/** Up to here a float32 sample still tells which integer it was. */
const MOST_EXACT_BITS = 24;

/**
 * The package divides integers by 2^(bits - 1) - 1, which lifts -2^(bits - 1) past full scale; ffmpeg, torchaudio and
 * `wav.ts` divide by 2^(bits - 1). In place.
 */
export function rescaleFlac<Piece extends DecodedPiece & { readonly bitDepth: number }>(piece: Piece): Piece {
  const { bitDepth, channelData } = piece;
  if (bitDepth < 2 || bitDepth > MOST_EXACT_BITS) return piece;
  const full = 2 ** (bitDepth - 1);
  for (const samples of channelData) {
    for (let index = 0; index < samples.length; index++) {
      samples[index] = Math.round(samples[index]! * (full - 1)) / full;
    }
  }
  return piece;
}
