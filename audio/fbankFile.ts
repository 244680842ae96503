/** A file of sound to a file with its spectrogram, for the command line. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError } from '../contracts/errors.ts';
import { systemErrorCode } from '../runtime/files.ts';
import { DEFAULT_AUDIO_LIMITS, refuseManyBytes } from './decode/limits.ts';
import type { AudioPool } from './decode/pool.ts';
import { fbank, type Spectrogram } from './fbank/fbank.ts';
import { SAMPLE_RATE_HZ } from './fbank/settings.ts';
import { type DecodedSummary, type FeatureSettings, featureVersion } from './features.ts';
import { writeNpy } from './npy.ts';

export interface FbankFileOptions {
  /** Any sound file, told by its bytes; or `.f32`: float32 samples, little-endian, mono, 16 kHz, without a header. */
  readonly inputPath: string;
  /** Gets float32 [frames, mel bins]; never half written. */
  readonly outputPath: string;
  readonly settings: FeatureSettings;
  readonly pool: AudioPool;
}

export interface FbankFileResult {
  readonly numFrames: number;
  readonly numMelBins: number;
  readonly featureVersion: string;
  /** null for `.f32`, which is not decoded. */
  readonly decoded: DecodedSummary | null;
}

/** @throws ChartlifeError InvalidInput, AudioUndecodable, AudioTooLarge, AudioTooShort, DiskFull */
export async function writeFbankFile(options: FbankFileOptions): Promise<FbankFileResult> {
  const { inputPath, outputPath, settings, pool } = options;
  const bytes = await readInput(inputPath);
  const isRaw = path.extname(inputPath).toLowerCase() === '.f32';
  const features = isRaw ? null : await pool.features(bytes, settings);
  const spectrogram: Spectrogram = features?.spectrogram ?? fbank(readRawSamples(bytes, inputPath), settings);
  const { numFrames, numMelBins, values } = spectrogram;
  await writeNpy(outputPath, { shape: [numFrames, numMelBins], values });
  return { numFrames, numMelBins, featureVersion: featureVersion(settings), decoded: features?.decoded ?? null };
}

/** Refused by its size before it is read. */
async function readInput(inputPath: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(inputPath);
    refuseManyBytes(size, DEFAULT_AUDIO_LIMITS);
    return await readFile(inputPath);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new ChartlifeError('InvalidInput', `${inputPath} can't be read: ${code}`, {
      next: 'Give the path of a sound file that you may read.',
      details: { path: inputPath },
      cause: error,
    });
  }
}

function readRawSamples(bytes: Uint8Array, inputPath: string): Float32Array {
  if (bytes.length % 4 !== 0) {
    throw new ChartlifeError('InvalidInput', `${inputPath} has ${bytes.length} bytes: not whole float32 samples`, {
      next: `Write float32, little-endian, mono, ${SAMPLE_RATE_HZ} Hz, without a header.`,
      details: { path: inputPath, numBytes: bytes.length },
    });
  }
  return new Float32Array(new Uint8Array(bytes).buffer);
}
