/** Whether two runs of the same recipe, snapshot and seed came to the same bits, and if not, what was not the same. */
import { createHash } from 'node:crypto';
import { RUN_STAGES, type RunStage } from '../../contracts/runs.ts';
import { readSafetensors } from '../../models/weights/safetensors.ts';
import { canonicalJson } from '../../runtime/canonicalJson.ts';
import { readMetrics, type StepMetrics } from './metricsFile.ts';
import type { RunFolder, RunRecord } from './runFolder.ts';
import { metricsPathOf, weightsPathOf } from './runPaths.ts';
import { backendsOf, type StageBackend } from './stageBackends.ts';

/** What a run came to. */
export interface RunBits {
  readonly record: Pick<RunRecord, 'versions' | 'backends' | 'dataset' | 'normalisers' | 'evaluations'>;
  readonly losses: Readonly<Record<RunStage, readonly StepMetrics[]>>;
  /** Of the tensors alone: a file of weights also says whose it is. */
  readonly weightsSha256: Readonly<Record<RunStage, string>>;
}

export interface BitsDifference {
  /** Such as `versions.chartlife` or `mp2 losses`. */
  readonly what: string;
  /** Such as `step 120`; null where it is one thing. */
  readonly where: string | null;
  readonly first: string;
  readonly second: string;
}

export interface BitsComparison {
  readonly areSame: boolean;
  /** Of what came out. */
  readonly results: readonly BitsDifference[];
  /** Of what was to be the same: versions, what computed, from the first step to the last of each run too, the data. */
  readonly pinned: readonly BitsDifference[];
  readonly weightsSha256: readonly [RunBits['weightsSha256'], RunBits['weightsSha256']];
}

/** @throws ChartlifeError RunNotFound; InvalidInput where weights are damaged */
export async function readRunBits(folder: RunFolder): Promise<RunBits> {
  const ofStages = async <T>(read: (stage: RunStage) => Promise<T>): Promise<Record<RunStage, T>> => ({
    mp2: await read('mp2'),
    mp3: await read('mp3'),
  });
  return {
    record: await folder.require(),
    losses: await ofStages((stage) => readMetrics(metricsPathOf(folder.path, stage))),
    weightsSha256: await ofStages((stage) => tensorsSha256(weightsPathOf(folder.path, stage))),
  };
}

export function compareBits(first: RunBits, second: RunBits): BitsComparison {
  const results = [
    ...differences('normalisers', first.record.normalisers, second.record.normalisers),
    ...RUN_STAGES.flatMap((stage) => lossDifferences(stage, first.losses[stage], second.losses[stage])),
    ...RUN_STAGES.flatMap((stage) =>
      differences(`${stage} weights`, first.weightsSha256[stage], second.weightsSha256[stage]),
    ),
    ...RUN_STAGES.flatMap((stage) =>
      differences(`${stage} evaluation`, first.record.evaluations?.[stage], second.record.evaluations?.[stage]),
    ),
  ];
  const pinned = [
    ...fieldDifferences('versions', first.record.versions, second.record.versions),
    ...RUN_STAGES.flatMap((stage) =>
      backendDifferences(stage, backendsOf(first.record, stage), backendsOf(second.record, stage)),
    ),
    ...differences('data set', first.record.dataset?.sha256, second.record.dataset?.sha256),
  ];
  return {
    areSame: results.length === 0,
    results,
    pinned,
    weightsSha256: [first.weightsSha256, second.weightsSha256],
  };
}

/** The first step that is another, or that only one has taken. */
function lossDifferences(
  stage: RunStage,
  first: readonly StepMetrics[],
  second: readonly StepMetrics[],
): BitsDifference[] {
  for (let place = 0; place < Math.max(first.length, second.length); place++) {
    const [a, b] = [first[place], second[place]];
    if (canonicalJson(a ?? null) === canonicalJson(b ?? null)) continue;
    const told = (metrics: StepMetrics | undefined): string =>
      metrics === undefined ? 'none' : `loss ${metrics.loss}`;
    return [{ what: `${stage} losses`, where: `step ${(a ?? b)?.step}`, first: told(a), second: told(b) }];
  }
  return [];
}

/** A long value is not shown: that it is another is what counts. */
const MAX_SHOWN = 80;

function differences(what: string, first: unknown, second: unknown): BitsDifference[] {
  const [a, b] = [textOf(first), textOf(second)];
  if (a === b) return [];
  const isShort = a.length <= MAX_SHOWN && b.length <= MAX_SHOWN;
  return [{ what, where: null, first: isShort ? a : 'one', second: isShort ? b : 'another' }];
}

function fieldDifferences(what: string, first: object | undefined, second: object | undefined): BitsDifference[] {
  const [a, b] = [first ?? {}, second ?? {}] as readonly Readonly<Record<string, unknown>>[];
  const names = [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])].sort();
  return names.flatMap((name) => differences(`${what}.${name}`, a?.[name], b?.[name]));
}

/** What is not the same in both, or changed within one of them. */
function backendDifferences(
  stage: RunStage,
  first: readonly StageBackend[],
  second: readonly StageBackend[],
): BitsDifference[] {
  const names = [...new Set([...first, ...second].flatMap((one) => Object.keys(one)))] as (keyof StageBackend)[];
  return names
    .filter((name) => name !== 'fromStep')
    .sort()
    .map((name) => ({
      ...{ what: `${stage}.${name}`, where: null },
      ...{ first: courseOf(first, name), second: courseOf(second, name) },
      isOne: new Set([...first, ...second].map((one) => textOf(one[name]))).size <= 1,
    }))
    .filter((row) => !row.isOne || row.first !== row.second)
    .map(({ isOne: _, ...row }) => row);
}

/** Such as `2`, or `2 (4 from step 100)`. */
export function courseOf(backends: readonly StageBackend[], name: keyof StageBackend): string {
  let last = textOf(backends[0]?.[name]);
  let course = last;
  for (const { fromStep, ...one } of backends.slice(1)) {
    const value = textOf((one as Partial<StageBackend>)[name]);
    if (value !== last) course += ` (${value} from step ${fromStep})`;
    last = value;
  }
  return course;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? 'none' : canonicalJson(value);
}

async function tensorsSha256(weightsPath: string): Promise<string> {
  const { tensors } = await readSafetensors(weightsPath);
  const hash = createHash('sha256');
  for (const [name, { shape, values }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name} ${shape.join('x')}\n`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
