/**
 * Checkpoints of a run in a folder: whole or not there, named by what they are and by their SHA-256. A damaged one is
 * skipped for the one before, as is one of another run: to the same final bits, as a step is a function of the state and
 * its number.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { decodeSafetensors, encodeSafetensors, type StoredTensors } from '../../models/weights/safetensors.ts';
import { systemErrorCode, writeFileAtomic } from '../../runtime/files.ts';

export interface Checkpoint {
  /** Such as `mp2`. */
  readonly stage: string;
  /** Steps that were taken. */
  readonly step: number;
  readonly tensors: StoredTensors;
  /** What else the state is: run, seed, hashes. */
  readonly facts: Readonly<Record<string, string>>;
}

export interface WantedCheckpoint {
  /** Told of each that is skipped; it is not counted among those that are kept. */
  readonly onSkipped?: (file: string, why: string) => void;
  /** That it must have been written with. */
  readonly facts?: Checkpoint['facts'];
  /** Steps whose losses are there: one of more steps would leave a gap in them. */
  readonly mostSteps?: number;
}

export interface CheckpointStore {
  /**
   * @returns the file's SHA-256
   * @throws ChartlifeError DiskFull; what was there before is there still
   */
  write(checkpoint: Checkpoint): Promise<string>;
  /**
   * The newest of a stage that is sound; null where there is none.
   *
   * A read that fails for the system's own reasons skips it too: the disk may be damaged there.
   */
  newest(stage: string, wanted?: WantedCheckpoint): Promise<Checkpoint | null>;
  /** Names of all files, the newest of each stage last. */
  list(): Promise<string[]>;
  /** Removes what was being written when a process died; one that only slept fails at its write when it wakes. */
  removeUnfinished(): Promise<void>;
}

const NAME = /^([a-z0-9]+)-(\d{8})-([0-9a-f]{64})\.safetensors$/;
/** Of files that are being written: see writeFileAtomic. */
const TEMPORARY = '.tmp';

/** @param numKept of each stage; two at least, so that a damaged one has one before it */
export function openCheckpointStore(folder: string, numKept = 3): CheckpointStore {
  /** Not to go on from: the ones that are must not go for them. */
  const skipped = new Set<string>();
  return {
    async write({ stage, step, tensors, facts }) {
      const bytes = encodeSafetensors({ tensors, metadata: { ...facts, stage, step: String(step) } });
      const sha256 = await sha256Of(bytes);
      const name = `${stage}-${String(step).padStart(8, '0')}-${sha256}.safetensors`;
      await writeFileAtomic(path.join(folder, name), bytes);
      skipped.delete(name);
      await prune(folder, stage, numKept, skipped);
      return sha256;
    },
    async newest(stage, { onSkipped = () => undefined, facts = {}, mostSteps = Number.POSITIVE_INFINITY } = {}) {
      const names = (await namesIn(folder)).filter((name) => stageOf(name) === stage).reverse();
      for (const name of names) {
        const file = path.join(folder, name);
        const { step, sha256 } = readCheckpointName(name);
        const skip = (why: string): void => {
          skipped.add(name);
          onSkipped(file, why);
        };
        if (step > mostSteps) {
          skip(`of its ${step} steps the losses of ${mostSteps} alone are kept`);
          continue;
        }
        const bytes = await readFile(file).catch((error: unknown) => skip(`it can't be read (${String(error)})`));
        if (bytes === undefined) continue;
        if ((await sha256Of(bytes)) !== sha256) {
          skip('its bytes are not those of its name');
          continue;
        }
        const { tensors, metadata } = decodeSafetensors(bytes, file);
        const other = Object.keys(facts).find((fact) => metadata[fact] !== facts[fact]);
        if (other !== undefined) {
          skip(`its ${other} is ${metadata[other] ?? 'not told'}, not ${facts[other]}`);
          continue;
        }
        return { stage, step, tensors, facts: metadata };
      }
      return null;
    },
    list: () => namesIn(folder),
    async removeUnfinished() {
      const left = (await filesIn(folder)).filter((name) => name.endsWith(TEMPORARY));
      for (const name of left) await rm(path.join(folder, name), { force: true });
    },
  };
}

/** In the order of stage and step; what was being written when a process died is not among them. */
async function namesIn(folder: string): Promise<string[]> {
  return (await filesIn(folder)).filter((name) => NAME.test(name)).sort();
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

export interface CheckpointName {
  readonly stage: string;
  readonly step: number;
  readonly sha256: string;
}

/** @param name as a store lists it */
export function readCheckpointName(name: string): CheckpointName {
  const [, stage, step, sha256] = NAME.exec(name) ?? [];
  if (stage === undefined || step === undefined || sha256 === undefined) {
    throw new TypeError(`${name} is no checkpoint's name`);
  }
  return { stage, step: Number(step), sha256 };
}

function stageOf(name: string): string | undefined {
  return NAME.exec(name)?.[1];
}

/** The oldest go. What is being written stays: another attempt may be at it. */
async function prune(folder: string, stage: string, numKept: number, uncounted: ReadonlySet<string>): Promise<void> {
  const own = (await namesIn(folder)).filter((name) => stageOf(name) === stage && !uncounted.has(name));
  for (const name of own.slice(0, -Math.max(2, numKept))) await rm(path.join(folder, name), { force: true });
}

/** Off the main thread. */
async function sha256Of(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString('hex');
}
