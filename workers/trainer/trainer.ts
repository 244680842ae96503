/**
 * The trainer's process: takes one stage of a run from wherever it was towards its end, or evaluates it. TensorFlow blocks the thread that
 * it computes on, so it has a process of its own, and whoever started it stays free to say that it is alive.
 *
 * SIGTERM: a checkpoint, then the end. The end of stdin, which is whoever started it gone: the end at once. SIGKILL at any
 * moment loses the steps since the last checkpoint, and no more: they are taken again, to the same bits.
 */
import { readFile } from 'node:fs/promises';
import type { SplitPart } from '../../contracts/dataset.ts';
import { toSentError } from '../../contracts/sentError.ts';
import type { Dataset } from '../../data/dataset/dataset.ts';
import { decodeDataset } from '../../data/dataset/datasetFile.ts';
import { type BackendDescription, loadTensorflow } from '../../models/backend/loadTensorflow.ts';
import { writeFileAtomic } from '../../runtime/files.ts';
import { nativeCacheAt } from '../../runtime/nativeParts.ts';
import { runVersions } from '../../runtime/versions.ts';
import { evaluate } from './evaluate.ts';
import { forecastTracks } from './forecast.ts';
import { requireVersions } from './requireVersions.ts';
import type { TrainerJob, TrainerMessage } from './trainerMessages.ts';
import { regionsOf, rowsOfPart, trainingTable } from './trainingTable.ts';
import { trainStage } from './trainStage.ts';

/** Between two messages about steps; the file of losses has every step. */
const STEP_MESSAGE_MS = 200;
/** A thread reads a nano batch in a tenth of its step. */
const NUM_BATCH_THREADS = 1;

let isTraining = false;
let isAskedToStop = false;
/** An evaluation has no checkpoint to leave: it is made anew. */
function stop(): void {
  isAskedToStop = true;
  if (!isTraining) process.exit(1);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.stdin.on('end', () => process.exit(1));
process.stdin.resume();

function say(message: TrainerMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Says how far it is, not more often than steps are told. */
function progressOf(part: SplitPart): (numDone: number, numRows: number) => void {
  let lastMessageMs = 0;
  return (numDone, numRows) => {
    if (performance.now() - lastMessageMs < STEP_MESSAGE_MS) return;
    lastMessageMs = performance.now();
    say({ type: 'progress', part, numDone, numRows });
  };
}

/** Once all that was said has gone out: a pipe may still hold some of it. */
function exit(code: number): void {
  process.stdout.write('', () => process.exit(code));
}

async function work(jobPath: string): Promise<void> {
  const job: TrainerJob = JSON.parse(await readFile(jobPath, 'utf8'));
  isTraining = job.task === 'train';
  // Whoever started it may be older than what it was started from. A forecast may be by weights of former versions.
  const { code } = job.facts;
  if (job.task !== 'forecast' && code !== undefined) requireVersions({ ...runVersions(), code });
  const dataset = decodeDataset(await readFile(job.datasetPath), job.datasetPath);
  const backend = loadTensorflow({
    cache: nativeCacheAt(job.nativeCacheRoot),
    variant: job.variant,
    numThreads: job.numThreads,
    environment: process.env,
  });
  if (job.task === 'train') await train(job, dataset, backend);
  else if (job.task === 'forecast') await forecast(job, dataset);
  else {
    const evaluations = [];
    for (const part of ['validation', 'test'] as const) {
      evaluations.push(...(await evaluate({ ...job, dataset, onProgress: progressOf(part) }, job.stage, part)));
    }
    say({ type: 'evaluated', evaluations });
  }
}

async function forecast(job: TrainerJob, trainedOn: Dataset): Promise<void> {
  const { examplesPath, forecastsPath } = job;
  if (examplesPath === undefined || forecastsPath === undefined) throw new TypeError('a forecast needs its two paths');
  const dataset = decodeDataset(await readFile(examplesPath), examplesPath);
  const onProgress = progressOf('test');
  const found = await forecastTracks({ ...job, dataset, regions: regionsOf(trainedOn), onProgress });
  await writeFileAtomic(forecastsPath, JSON.stringify(found));
  say({ type: 'forecasted', numForecasts: found.forecasts.length });
}

async function train(job: TrainerJob, dataset: Dataset, backend: BackendDescription): Promise<void> {
  const { stage, recipe, normalisers, lease } = job;
  if (lease === null) throw new TypeError('a stage is trained under a lease');
  const { sumWeeks, decoder } = recipe;
  const regions = regionsOf(dataset);
  let lastMessageMs = 0;
  const rows = rowsOfPart(dataset, 'training');
  const result = await trainStage(
    {
      ...{ ...job, lease },
      table: trainingTable(dataset, 'training', normalisers, {
        regions,
        sumWeeks,
        isPointHead: decoder.head.kind === 'point',
      }),
      numRegions: regions.length,
      numBatchThreads: NUM_BATCH_THREADS,
      nameOfRow: (row) => `${rows[row]?.track.trackId} in ${rows[row]?.trajectory.region}`,
    },
    {
      onStart: (step) => say({ type: 'start', step, numSteps: recipe[stage].numSteps, backend }),
      onStep: (metrics) => {
        if (performance.now() - lastMessageMs < STEP_MESSAGE_MS) return;
        lastMessageMs = performance.now();
        say({ type: 'step', memoryBytes: process.memoryUsage.rss(), ...metrics });
      },
      onCheckpoint: (step) => say({ type: 'checkpoint', step }),
      onWarning: (message) => say({ type: 'warning', message }),
      shouldStop: () => isAskedToStop,
    },
  );
  say({ type: 'result', result });
}

work(process.argv[2] ?? '').then(
  () => exit(0),
  (error: unknown) => {
    const sent = toSentError(error);
    // What nobody foresaw: for the worker's log.
    if (sent.type === null && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    say({ type: 'error', error: sent });
    exit(1);
  },
);
