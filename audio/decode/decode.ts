/**
 * Sound from a file's bytes. What the file is called or was served as does not count.
 *
 * Runs in the caller's thread and can't be stopped there: for files from outside use the pool (`pool.ts`).
 */
import { ChartlifeError } from '../../contracts/errors.ts';
import { decodeAdts, decodeM4a } from './aac.ts';
import { hasAscii } from './bytes.ts';
import type { DecodedAudio, DecodeOptions, KeptChannels } from './decoded.ts';
import { decodeFlac } from './flac.ts';
import { skipId3 } from './id3.ts';
import { type AudioLimits, DEFAULT_AUDIO_LIMITS, refuseManyBytes } from './limits.ts';
import { decodeMp3 } from './mp3.ts';
import { isMp4 } from './mp4Outline.ts';
import { readAdtsHeader, readMpegHeader, walkFrames } from './mpegFrames.ts';
import { decodeOgg } from './ogg.ts';
import { decodeWav, isWav } from './wav.ts';

/** How far from the start the first frame of MP3 or AAC may be: what stands before it has no mark of its own. */
const SEARCH_BYTES = 65_536;
const SHOWN_BYTES = 8;

/**
 * Decodes MP3, AAC (ADTS, M4A), Apple Lossless in M4A, Ogg (Vorbis, Opus, FLAC), FLAC and WAV. Pictures and other
 * streams are skipped. Of a damaged file the sound parts are decoded, and `losses` says what is missing.
 *
 * @throws ChartlifeError AudioUndecodable if nothing can be decoded; AudioTooLarge past a limit
 */
export async function decodeAudio(
  bytes: Uint8Array,
  limits: AudioLimits = DEFAULT_AUDIO_LIMITS,
  keep: KeptChannels = 'all',
): Promise<DecodedAudio> {
  refuseManyBytes(bytes.length, limits);
  try {
    return await decodeByMagic(bytes, { limits, keep });
  } catch (error) {
    if (error instanceof ChartlifeError) throw error;
    throw new ChartlifeError('AudioUndecodable', `the decoder failed: ${String(error)}`, {
      next: 'Get the file again, or convert it with ffmpeg.',
      cause: error,
    });
  }
}

async function decodeByMagic(bytes: Uint8Array, options: DecodeOptions): Promise<DecodedAudio> {
  if (isWav(bytes)) return decodeWav(bytes, options);
  if (hasAscii(bytes, 0, 'OggS')) return decodeOgg(bytes, options);
  if (isMp4(bytes)) return decodeM4a(bytes, options);
  const start = skipId3(bytes);
  if (hasAscii(bytes, start, 'fLaC')) return decodeFlac(bytes, start, options);
  const mpeg = walkFrames(bytes, start, readMpegHeader, SEARCH_BYTES);
  const adts = walkFrames(bytes, start, readAdtsHeader, SEARCH_BYTES);
  // Either may be found by chance inside the other, later and shorter.
  if (mpeg !== null && (adts === null || mpeg.firstFrameAt <= adts.firstFrameAt))
    return decodeMp3(bytes, mpeg, options);
  if (adts !== null) return decodeAdts(bytes, adts, options);
  throw unknownFormat(bytes);
}

function unknownFormat(bytes: Uint8Array): ChartlifeError {
  const start = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString('hex');
  const what = bytes.length === 0 ? 'the file is empty' : `no sound in a known format: the bytes begin with ${start}`;
  return new ChartlifeError('AudioUndecodable', what, {
    next: 'Give MP3, AAC, M4A, Ogg Vorbis, Ogg Opus, FLAC or WAV.',
    details: { numBytes: bytes.length, start },
  });
}
