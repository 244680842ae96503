/** Runs side by side: in what they differ, and how good each is. */
import { RUN_STAGES, type RunId, type RunStage } from '../../contracts/runs.ts';
import { canonicalJson } from '../../runtime/canonicalJson.ts';
import { courseOf } from './compareBits.ts';
import { judgedMp3, type Mp2Evaluation, type Mp3Evaluation } from './evaluation.ts';
import type { RunRecord } from './runFolder.ts';
import { backendsOf, type StageBackend } from './stageBackends.ts';

/** A row of a comparison: a value per run, in their order; null where a run has none. */
export interface ComparedRow {
  readonly name: string;
  readonly values: readonly (string | number | null)[];
}

export interface RunsComparison {
  readonly runIds: readonly RunId[];
  /** Of recipe, seed, snapshot, versions, what computed, and data: what is not the same in all. */
  readonly settings: readonly ComparedRow[];
  /** On the test part: errors of log10 streams, MP2's R². */
  readonly figures: readonly ComparedRow[];
}

export function compareRuns(records: readonly RunRecord[]): RunsComparison {
  return {
    runIds: records.map(({ runId }) => runId),
    settings: differingRows(records.map(settingsOf)),
    figures: allRows(records.map(figuresOf)),
  };
}

type Values = ReadonlyMap<string, string | number | null>;

function settingsOf(record: RunRecord): Values {
  const { recipe, seed, snapshotId, versions, dataset } = record;
  return new Map([
    ...leaves('', { recipe: recipe.name, seed, snapshot: snapshotId, ...versions }),
    ...leaves('tracks', dataset?.numTracks ?? {}),
    ...leaves('', { ...recipe, name: undefined }),
    ...RUN_STAGES.flatMap((stage) => computedBy(stage, backendsOf(record, stage))),
  ]);
}

/** Such as `mp2.numThreads`: `2 (8 from step 100)`; nothing of a stage that has not begun. */
function computedBy(stage: RunStage, backends: readonly StageBackend[]): [string, string][] {
  const names = [...new Set(backends.flatMap((one) => Object.keys(one)))] as (keyof StageBackend)[];
  return names.filter((name) => name !== 'fromStep').map((name) => [`${stage}.${name}`, courseOf(backends, name)]);
}

function leaves(path: string, value: unknown): [string, string | number | null][] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [[path, typeof value === 'number' || typeof value === 'string' ? value : canonicalJson(value)]];
  }
  return Object.entries(value).flatMap(([name, inner]) => leaves(path === '' ? name : `${path}.${name}`, inner));
}

function figuresOf({ evaluations, decision }: RunRecord): Values {
  const mp2 = evaluations?.mp2?.find((own): own is Mp2Evaluation => own.part === 'test' && own.stage === 'mp2');
  const mp3 = judgedMp3(evaluations?.mp3, 'test');
  const [own, ...baselines] = mp3?.models ?? [];
  const best = [...baselines].sort((a, b) => maeOf(a) - maeOf(b))[0];
  return new Map<string, string | number | null>([
    ...(mp2?.targets ?? []).map(({ target, r2 }) => [`MP2 ${target} R²`, r2] as const),
    ...(own?.errors ?? [])
      .filter(({ numWeeks }) => numWeeks > 0)
      .map(({ horizon, mae }) => [`MP3, weeks ${horizon}`, mae] as const),
    ...Object.entries(own?.regions ?? {}).map(([region, [all]]) => [`MP3, ${region}`, all?.mae ?? null] as const),
    ...(best === undefined ? [] : [['best baseline', best.model] as const, ['its error', maeOf(best)] as const]),
    ...(decision === undefined ? [] : [['published', decision.isPublished ? 'yes' : 'no'] as const]),
  ]);
}

function maeOf({ errors }: Mp3Evaluation['models'][number]): number {
  return errors[0]?.mae ?? Number.POSITIVE_INFINITY;
}

function allRows(runs: readonly Values[]): ComparedRow[] {
  const names = [...new Set(runs.flatMap((values) => [...values.keys()]))];
  return names.map((name) => ({ name, values: runs.map((values) => values.get(name) ?? null) }));
}

function differingRows(runs: readonly Values[]): ComparedRow[] {
  return allRows(runs).filter(({ values }) => new Set(values).size > 1);
}
