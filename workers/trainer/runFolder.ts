/** The folder of a run: what is in it, and the one file that says what the run is. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
import { type Decision, type RunId, tryParseRunId } from '../../contracts/runs.ts';
import type { DatasetSummary } from '../../data/dataset/dataset.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import { canonicalJson } from '../../runtime/canonicalJson.ts';
import { sha256Hex, systemErrorCode, writeFileAtomic } from '../../runtime/files.ts';
import type { Evaluation } from './evaluation.ts';
import type { StageName } from './runPaths.ts';
import type { StageBackends } from './stageBackends.ts';
import type { Normalisers } from './trainingTable.ts';

/** What a run is, decided before it begins: its id is the hash of this. */
export interface RunSpec {
  readonly recipe: Recipe;
  readonly snapshotId: number;
  readonly seed: number;
  /** Of chartlife, its deciding code and TensorFlow: see `runVersions`. */
  readonly versions: Readonly<Record<string, string>>;
  /** The run that this one trains again, to see whether it comes to the same bits. */
  readonly reproduces?: RunId;
  /** From 2 on, where that was done before. */
  readonly attempt?: number;
}

export function runIdOf({ recipe, snapshotId, seed, versions, reproduces, attempt }: RunSpec): RunId {
  // As JSON: what is undefined is not there.
  const spec = { recipe, snapshotId, seed, versions, reproduces, attempt };
  return sha256Hex(canonicalJson(spec)).slice(0, 16) as RunId;
}

/** What is known of a run so far, as `run.json` of its folder. Each activity adds its part; none takes one away. */
export interface RunRecord extends RunSpec {
  readonly runId: RunId;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly dataset?: DatasetSummary & { readonly sha256: string; readonly featureVersion: string };
  readonly normalisers?: Normalisers;
  readonly evaluations?: Readonly<Partial<Record<StageName, readonly Evaluation[]>>>;
  /** Of the library, decided when the run is frozen: the bits depend on it. A reproduction has its original's. */
  readonly numThreads?: number;
  /** What computed a stage's steps, on which its bits depend. */
  readonly backends?: StageBackends;
  readonly weightsSha256?: Readonly<Partial<Record<StageName, string>>>;
  readonly decision?: Decision;
}

export interface RunFolder {
  readonly path: string;
  readonly datasetPath: string;
  /** null where the run has not been frozen. @throws ChartlifeError LakeUnusable where the file is damaged */
  read(): Promise<RunRecord | null>;
  /** @throws ChartlifeError RunNotFound before it was frozen, LakeUnusable where the file is damaged */
  require(): Promise<RunRecord>;
  write(record: RunRecord): Promise<void>;
  /** Adds a part, made of what is there now. @throws ChartlifeError RunNotFound before it was frozen */
  add(partOf: (record: RunRecord) => Partial<RunRecord>): Promise<RunRecord>;
}

export function runFolderIn(runsDir: string, runId: RunId): RunFolder {
  const folder = path.join(runsDir, runId);
  const file = path.join(folder, 'run.json');
  const read = async (): Promise<RunRecord | null> => {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return null;
      throw error;
    }
    return parseRecord(text, file, runId);
  };
  const requireRecord = async (): Promise<RunRecord> => {
    const record = await read();
    if (record !== null) return record;
    throw new ChartlifeError('RunNotFound', `there is no run ${runId} in ${runsDir}`, {
      next: 'See `chartlife runs list`.',
      details: { runId, path: folder },
    });
  };
  const write = (record: RunRecord): Promise<void> => writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`);
  return {
    path: folder,
    datasetPath: path.join(folder, 'dataset.arrow'),
    read,
    require: requireRecord,
    write,
    async add(partOf) {
      const before = await requireRecord();
      const record = { ...before, ...partOf(before) };
      await write(record);
      return record;
    },
  };
}

/** @throws ChartlifeError LakeUnusable for a text that is no JSON, or lacks what every record has from the first */
function parseRecord(text: string, file: string, runId: RunId): RunRecord {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (error) {
    throw damaged(file, runId, error instanceof Error ? error.message : String(error), error);
  }
  const why = whyNoRecord(record, runId);
  if (why !== null) throw damaged(file, runId, why);
  return record as RunRecord;
}

/** null of a record. What an activity adds later is its own to check. */
function whyNoRecord(value: unknown, runId: RunId): string | null {
  if (!isRecord(value)) return 'it is no JSON object';
  const { recipe } = value;
  if (value.runId !== runId) return `its runId is ${JSON.stringify(value.runId)}`;
  if (typeof value.createdAt !== 'string') return 'it has no createdAt';
  if (typeof value.seed !== 'number' || typeof value.snapshotId !== 'number') return 'it has no seed or no snapshotId';
  if (!isRecord(recipe) || typeof recipe.name !== 'string') return 'it has no recipe';
  const missing = ['split', 'decoder', 'mp2', 'mp3'].find((part) => !isRecord(recipe[part]));
  return missing === undefined ? null : `its recipe has no ${missing}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function damaged(file: string, runId: RunId, why: string, cause?: unknown): ChartlifeError {
  return new ChartlifeError('LakeUnusable', `${file} is damaged: ${why}`, {
    next: 'Move it away; trained again, the run is frozen anew.',
    details: { path: file, runId },
    ...(cause === undefined ? {} : { cause }),
  });
}

export interface DamagedRun {
  readonly runId: RunId;
  readonly error: Error;
}

export interface FoundRuns {
  /** The newest last. */
  readonly records: readonly RunRecord[];
  /** Of which the record can't be read, in the order of their ids. */
  readonly damaged: readonly DamagedRun[];
}

/** All runs of a home; a folder without a record, of a run that was never frozen, is passed over. */
export async function findRuns(runsDir: string): Promise<FoundRuns> {
  let names: string[];
  try {
    names = await readdir(runsDir);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { records: [], damaged: [] };
    throw error;
  }
  const ids = names
    .map(tryParseRunId)
    .filter((runId) => runId !== null)
    .sort();
  const found = await Promise.all(
    ids.map((runId) =>
      runFolderIn(runsDir, runId)
        .read()
        .catch((error: Error): DamagedRun => ({ runId, error })),
    ),
  );
  const read = found.filter((one) => one !== null);
  return {
    records: read
      .flatMap((one) => (isDamaged(one) ? [] : [one]))
      .sort((a, b) => (a.createdAt < b.createdAt ? -1 : Number(a.createdAt > b.createdAt))),
    damaged: read.filter(isDamaged),
  };
}

function isDamaged(one: RunRecord | DamagedRun): one is DamagedRun {
  return 'error' in one;
}

/** As {@link findRuns}, without those that are damaged. */
export async function readRuns(runsDir: string): Promise<readonly RunRecord[]> {
  return (await findRuns(runsDir)).records;
}
