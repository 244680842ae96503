/** A file of sound as its spectrogram, for the command line. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError } from '../contracts/errors.ts';
import { systemErrorCode } from '../runtime/files.ts';
import { DEFAULT_AUDIO_LIMITS, refuseManyBytes } from './decode/limits.ts';
import type { AudioPool } from './decode/pool.ts';
import { fbank, type Spectrogram } from './fbank/fbank.ts';
import { SAMPLE_RATE_HZ } from './fbank/settings.ts';
import type { DecodedSummary, FeatureSettings } from './features.ts';

export interface SoundFile {
  readonly spectrogram: Spectrogram;
  readonly seconds: number;
  /** null for `.f32`, which is not decoded. */
  readonly decoded: DecodedSummary | null;
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'you may not read it',
};

/**
 * @param inputPath any sound file, told by its bytes; or `.f32`: float32 samples, little-endian, mono, 16 kHz, without a
 * header
 * @throws ChartlifeError InvalidInput, AudioUndecodable, AudioTooLarge, AudioTooShort, each naming the file
 */
export async function readSoundFile(inputPath: string, settings: FeatureSettings, pool: AudioPool): Promise<SoundFile> {
  try {
    const bytes = await readInput(inputPath);
    if (path.extname(inputPath).toLowerCase() !== '.f32') {
      const { spectrogram, decoded } = await pool.features(bytes, settings);
      return { spectrogram, seconds: decoded.seconds, decoded };
    }
    const samples = rawSamples(bytes);
    return { spectrogram: fbank(samples, settings), seconds: samples.length / SAMPLE_RATE_HZ, decoded: null };
  } catch (error) {
    if (!(error instanceof ChartlifeError)) throw error;
    throw new ChartlifeError(error.type, `${inputPath}: ${error.message}`, {
      next: error.next,
      details: { ...error.details, path: inputPath },
      cause: error,
    });
  }
}

/** Refused by its size before it is read. */
async function readInput(inputPath: string): Promise<Uint8Array> {
  try {
    const found = await stat(inputPath);
    // A pipe or a device has no size to refuse it by, and may never end.
    if (!found.isFile() && !found.isDirectory()) {
      throw new ChartlifeError('InvalidInput', 'it is not a plain file', { next: 'Give the path of a sound file.' });
    }
    refuseManyBytes(found.size, DEFAULT_AUDIO_LIMITS);
    return await readFile(inputPath);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new ChartlifeError('InvalidInput', UNREADABLE[code] ?? `it can't be read: ${code}`, {
      next: 'Give the path of a sound file.',
      cause: error,
    });
  }
}

function rawSamples(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) {
    throw new ChartlifeError('InvalidInput', `${bytes.length} bytes are not whole float32 samples`, {
      next: `Write float32, little-endian, mono, ${SAMPLE_RATE_HZ} Hz, without a header.`,
      details: { numBytes: bytes.length },
    });
  }
  return new Float32Array(new Uint8Array(bytes).buffer);
}
