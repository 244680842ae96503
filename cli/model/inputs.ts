/** What `model embed` reads besides weights, checked before anything is computed. */
import { readFile, stat } from 'node:fs/promises';
import { decodeNpy, type NpyArray } from '../../audio/npy.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import { type AstConfig, parseAstConfig } from '../../models/ast/config.ts';

export interface Spectrograms {
  readonly numSamples: number;
  /** Sample by sample, frame by frame. */
  readonly values: Float32Array;
}

/** Reading a folder fails without its name. @throws ChartlifeError InvalidInput for a folder; the system's error where nothing is there */
export async function refuseFolder(filePath: string, name: string): Promise<void> {
  if ((await stat(filePath)).isDirectory()) throw refused(name, `${name} is a folder`, 'Give a file.');
}

/** @throws ChartlifeError InvalidInput, with the file's name */
export async function readAstConfig(filePath: string, name: string): Promise<AstConfig> {
  await refuseFolder(filePath, name);
  const text = await readFile(filePath, 'utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw refused(name, `${name} is no JSON: ${why}`, 'Give the config.json that belongs to the weights.', cause);
  }
  return parseAstConfig(json, name);
}

/**
 * @throws ChartlifeError InvalidInput where the file is no array of floats, has another size than the model takes, or
 * holds a value that is no number
 */
export async function readSpectrograms(filePath: string, name: string, config: AstConfig): Promise<Spectrograms> {
  await refuseFolder(filePath, name);
  const { shape, values } = readArray(await readFile(filePath), name);
  const [numFrames, numMelBins] = shape.slice(-2);
  const [numSamples = 1] = shape.slice(0, -2);
  if (shape.length < 2 || shape.length > 3 || numSamples < 1) {
    const form = '[frames, mel bins] or [samples, frames, mel bins]';
    throw refused(name, `${name} has the shape [${shape.join(', ')}], not ${form}`, 'Save an array of that form.');
  }
  if (numFrames !== config.numFrames || numMelBins !== config.numMelBins) {
    const wanted = `${config.numFrames} frames of ${config.numMelBins} mel bins`;
    throw refused(
      name,
      `${name} has ${numFrames} frames of ${numMelBins}; the model takes ${wanted}`,
      `Cut the spectrograms, or pad them before they are normalised, to ${wanted}.`,
    );
  }
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken !== -1) {
    throw refused(name, `${name} holds ${values[broken]} at value ${broken}`, 'Mend what made the spectrograms.');
  }
  return { numSamples, values: values instanceof Float32Array ? values : Float32Array.from(values) };
}

function readArray(bytes: Uint8Array, name: string): NpyArray {
  try {
    return decodeNpy(bytes);
  } catch (cause) {
    // A file that ends within its head is a RangeError of the reader.
    const { message, next } =
      cause instanceof ChartlifeError ? cause : { message: 'the file ends within its head', next: 'Save it again.' };
    throw refused(name, `${name}: ${message}`, next, cause);
  }
}

function refused(name: string, message: string, next: string, cause?: unknown): ChartlifeError {
  return new ChartlifeError('InvalidInput', message, { next, details: { path: name }, cause });
}
