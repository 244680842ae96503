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
  /** null where the run has not been frozen. */
  read(): Promise<RunRecord | null>;
  /** @throws ChartlifeError RunNotFound before it was frozen */
  require(): Promise<RunRecord>;
  write(record: RunRecord): Promise<void>;
  /** Adds a part, made of what is there now. @throws ChartlifeError RunNotFound before it was frozen */
  add(partOf: (record: RunRecord) => Partial<RunRecord>): Promise<RunRecord>;
}

export function runFolderIn(runsDir: string, runId: RunId): RunFolder {
  const folder = path.join(runsDir, runId);
  const file = path.join(folder, 'run.json');
  const read = async (): Promise<RunRecord | null> => {
    try {
      return JSON.parse(await readFile(file, 'utf8'));
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return null;
      throw error;
    }
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

/** All runs of a home, the newest last; a folder without a readable record is passed over. */
export async function readRuns(runsDir: string): Promise<RunRecord[]> {
  let names: string[];
  try {
    names = await readdir(runsDir);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
  const ids = names.map(tryParseRunId).filter((runId) => runId !== null);
  const records = await Promise.all(
    ids.map((runId) =>
      runFolderIn(runsDir, runId)
        .read()
        .catch(() => null),
    ),
  );
  return records
    .filter((record) => record !== null)
    .sort((a, b) => (a.createdAt < b.createdAt ? -1 : Number(a.createdAt > b.createdAt)));
}
