/** What the lake is to have of a run, made of what lies in its folder. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { SplitPart } from '../../contracts/dataset.ts';
import type { CheckpointRow, MetricRow, RunCommit, RunState } from '../../contracts/runRows.ts';
import { RUN_STAGES, type RunStage } from '../../contracts/runs.ts';
import type { HorizonError } from '../../models/baselines/errors.ts';
import { openCheckpointStore, readCheckpointName } from './checkpoints.ts';
import { beatsBaselines } from './decide.ts';
import type { Evaluation, Mp2Evaluation } from './evaluation.ts';
import { readMetrics } from './metricsFile.ts';
import type { RunRecord } from './runFolder.ts';
import { metricsPathOf } from './runPaths.ts';

/** Null for a run that was not frozen: nothing is known of it that its id does not say. */
export async function runCommitOf(
  record: RunRecord,
  runDir: string,
  state: RunState,
  why: string | null,
): Promise<RunCommit | null> {
  const { runId, recipe, seed, snapshotId, versions, reproduces, dataset, weightsSha256, decision, createdAt } = record;
  if (dataset === undefined) return null;
  return {
    run: {
      ...{ runId, seed, snapshotId, state, createdAt },
      recipe: recipe.name,
      recipeJson: JSON.stringify(recipe),
      versionsJson: JSON.stringify(versions),
      reproduces: reproduces ?? null,
      why: why ?? decision?.why ?? null,
      featureVersion: dataset.featureVersion,
      datasetSha256: dataset.sha256,
      numTracks: dataset.numTracks,
      numSynthetic: dataset.numSynthetic,
      weightsSha256: weightsSha256 ?? {},
      beatsBaselines: beatsBaselines(record.evaluations),
    },
    metrics: [...(await stepMetrics(record, runDir)), ...evaluationMetrics(record)],
    checkpoints: await checkpointsIn(runDir),
  };
}

const EVERYWHERE = { region: 'all', horizon: 'all' } as const;

async function stepMetrics({ recipe }: RunRecord, runDir: string): Promise<MetricRow[]> {
  const ofStage = async (stage: RunStage): Promise<MetricRow[]> => {
    const model = stage.toUpperCase();
    const numValues = recipe[stage].batchSize;
    const steps = await readMetrics(metricsPathOf(runDir, stage));
    return steps.flatMap(({ step, loss, gradientNorm, learningRate }) =>
      Object.entries({ loss, gradient_norm: gradientNorm, learning_rate: learningRate }).map(([name, value]) => ({
        ...{ stage, step, part: 'training' as const, model, ...EVERYWHERE, numObservedWeeks: null },
        ...{ name, value, numValues },
      })),
    );
  };
  return (await Promise.all(RUN_STAGES.map(ofStage))).flat();
}

function evaluationMetrics({ recipe, evaluations = {} }: RunRecord): MetricRow[] {
  return RUN_STAGES.flatMap((stage) =>
    (evaluations[stage] ?? []).flatMap((evaluation) => metricsOfEvaluation(evaluation, recipe[stage].numSteps)),
  );
}

function metricsOfEvaluation(evaluation: Evaluation, step: number): MetricRow[] {
  const { part } = evaluation;
  if (evaluation.stage === 'mp2') return evaluation.targets.flatMap((target) => metricsOfTarget(target, part, step));
  const { gain, numObserved: numObservedWeeks, calibration } = evaluation;
  const rowsOf = (
    model: string,
    region: string,
    horizon: string,
    numValues: number,
    values: Readonly<Record<string, number | null>>,
  ): MetricRow[] =>
    measured(values).map((metric) => ({
      ...{ stage: 'mp3' as const, step, part, numObservedWeeks, model, region, horizon, numValues },
      ...metric,
    }));
  const errorRows = (model: string, region: string, { horizon, numWeeks, mae, rmse }: HorizonError): MetricRow[] =>
    rowsOf(model, region, horizon, numWeeks, { mae, rmse });
  return [
    ...evaluation.models.flatMap(({ model, errors, regions }) => [
      ...errors.flatMap((error) => errorRows(model, 'all', error)),
      ...Object.entries(regions).flatMap(([region, own]) => own.flatMap((error) => errorRows(model, region, error))),
    ]),
    ...(calibration ?? []).flatMap(({ horizon, numSeen, brier, brierOfShare, numOnChart, coverage }) => [
      ...rowsOf('MP3', 'all', horizon, numSeen, { brier, brier_of_share: brierOfShare }),
      ...rowsOf('MP3', 'all', horizon, numOnChart, { coverage }),
    ]),
    ...(gain === null
      ? []
      : rowsOf('MP3', 'all', 'all', gain.numTracks, { gain: gain.value, gain_low: gain.low, gain_high: gain.high })),
  ];
}

function metricsOfTarget(
  { target, regions, ...overall }: Mp2Evaluation['targets'][number],
  part: SplitPart,
  step: number,
): MetricRow[] {
  const prefix = target === 'log10Sum' ? 'log10_sum' : 'log10_debut';
  return Object.entries({ all: overall, ...regions }).flatMap(([region, { numRows, mae, r2 }]) =>
    measured({ [`${prefix}_mae`]: mae, [`${prefix}_r2`]: r2 }).map((metric) => ({
      ...{ stage: 'mp2' as const, step, part, numObservedWeeks: null, model: 'MP2', region, horizon: 'all' },
      ...{ numValues: numRows, ...metric },
    })),
  );
}

/** What nothing is known of is no row. */
function measured(values: Readonly<Record<string, number | null>>): Pick<MetricRow, 'name' | 'value'>[] {
  return Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

async function checkpointsIn(runDir: string): Promise<CheckpointRow[]> {
  const folder = path.join(runDir, 'checkpoints');
  const names = await openCheckpointStore(folder).list();
  const rows = names.map(async (name): Promise<CheckpointRow | null> => {
    const { stage, step, sha256 } = readCheckpointName(name);
    // One that was pruned meanwhile is kept no more.
    const size = await stat(path.join(folder, name)).then(
      ({ size }) => size,
      () => null,
    );
    return size === null ? null : { stage: stage as RunStage, step, sha256, numBytes: size };
  });
  return (await Promise.all(rows)).filter((row) => row !== null);
}
