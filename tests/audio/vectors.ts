/** Reference vectors: those committed here, and more where `../shared` lies beside the checkout. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeNpy, type NpyArray } from '../../audio/npy.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';

export const GOLDEN_FBANK: string = path.join(PROJECT_ROOT, 'tests', 'golden', 'fbank');
export const GOLDEN_AUDIO: string = path.join(PROJECT_ROOT, 'tests', 'golden', 'audio');

/** A file of sound: one of those committed here, or of `../shared`; null where it is in neither. */
export function soundFile(name: string): string | null {
  const places = [path.join(GOLDEN_AUDIO, 'clips'), path.join(PROJECT_ROOT, '..', 'shared', 'data', 'audio')];
  return places.map((folder) => path.join(folder, name)).find((file) => existsSync(file)) ?? null;
}

/** Its bytes, of a file that is committed or that the test was not skipped without. */
export function readSound(name: string): Buffer {
  const file = soundFile(name);
  if (file === null) throw new Error(`${name} is neither in tests/golden/audio/clips nor in ../shared`);
  return readFileSync(file);
}

/** Whether a sound is missing; the reason for the skip is printed. */
export function lacksSound(name: string): boolean {
  if (soundFile(name) !== null) return false;
  console.log(`skipped: ${name} is not committed and there is no ../shared/data/audio beside the checkout`);
  return true;
}

/** A folder of `../shared/data`; null, and the reason printed, where it is absent. */
export function sharedFolder(name: string): string | null {
  const folder = path.join(PROJECT_ROOT, '..', 'shared', 'data', name);
  if (existsSync(folder)) return folder;
  console.log(`skipped: no ../shared/data/${name} beside the checkout; its vectors are not committed`);
  return null;
}

export interface FbankVector {
  readonly name: string;
  readonly samples: Float32Array;
  readonly window: 'hanning' | 'povey';
  readonly numMelBins: number;
  readonly reference: NpyArray;
}

/** What ends the names of torchaudio's results, here and in `../shared`. */
const KINDS = [
  { ending: 'hanning.npy', window: 'hanning' },
  { ending: 'hanning80.npy', window: 'hanning' },
  { ending: 'ast.npy', window: 'hanning' },
  { ending: 'povey.npy', window: 'povey' },
] as const;

export function fbankVectors(folder: string): FbankVector[] {
  return signals(folder).flatMap((name) =>
    KINDS.filter(({ ending }) => existsSync(path.join(folder, `${name}.${ending}`))).map(({ ending, window }) => {
      const reference = readNpy(folder, `${name}.${ending}`);
      const samples = readSamples(folder, `${name}.in.f32`);
      return { name: `${name}.${ending}`, samples, window, numMelBins: reference.shape[1] ?? 0, reference };
    }),
  );
}

export function exactVectors(folder: string): FbankVector[] {
  return signals(folder)
    .filter((name) => existsSync(path.join(folder, `${name}.ast64.npy`)))
    .map((name) => ({
      name,
      samples: readSamples(folder, `${name}.in.f32`),
      window: 'hanning',
      numMelBins: 128,
      reference: readNpy(folder, `${name}.ast64.npy`),
    }));
}

function signals(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.in.f32') && !file.startsWith('resample_'))
    .map((file) => file.slice(0, -'.in.f32'.length));
}

export function readSamples(folder: string, file: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path.join(folder, file))).buffer);
}

export function readNpy(folder: string, file: string): NpyArray {
  return decodeNpy(readFileSync(path.join(folder, file)));
}
