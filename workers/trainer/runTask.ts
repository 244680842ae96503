/** One task of a run in a process of the trainer's. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { StageHooks } from '../../activities/train.ts';
import type { RunStage } from '../../contracts/runs.ts';
import type { BackendDescription } from '../../models/backend/loadTensorflow.ts';
import { makeFolder, writeFileAtomic } from '../../runtime/files.ts';
import type { Home } from '../../runtime/home.ts';
import type { Logger } from '../../runtime/log.ts';
import type { NativeCache, TensorflowVariant } from '../../runtime/nativeParts.ts';
import { openDiary } from './diary.ts';
import { takeLease } from './lease.ts';
import { requireRunFiles } from './requireRunFiles.ts';
import type { RunFolder, RunRecord } from './runFolder.ts';
import { pinnedThreadsOf } from './stageBackends.ts';
import { runTrainer } from './trainerChild.ts';
import type { TrainerJob, TrainerMessage } from './trainerMessages.ts';

/** A checkpoint of nano takes milliseconds, one of base seconds: after so many steps or so long, whichever is first. */
export const CHECKPOINT_EVERY = { steps: 100, seconds: 60 } as const;

/** Where a trainer works, and with what. */
export interface TrainerHome {
  readonly home: Home;
  readonly nativeCache: NativeCache;
  readonly variant: TensorflowVariant;
  readonly logger: Logger;
}

export type TrainerTask =
  | { readonly task: 'train' | 'evaluate'; readonly stage: RunStage }
  /** Beside a stage that may be under way: it writes to its own folder alone, and takes no lease. */
  | {
      readonly task: 'forecast';
      readonly stage: 'mp3';
      readonly folder: string;
      readonly examplesPath: string;
      readonly forecastsPath: string;
    };

/**
 * @param onStart told what computes, and from which step on, once it is known
 * @returns the trainer's last message
 * @throws ChartlifeError of the type that the trainer ended with; LakeUnusable where a file it reads is not what was written
 */
export async function runTask(
  { home, nativeCache, variant, logger }: TrainerHome,
  folder: RunFolder,
  record: RunRecord,
  task: TrainerTask,
  { onBeat, signal }: StageHooks,
  onStart: (backend: BackendDescription, step: number) => Promise<void> = async () => undefined,
): Promise<TrainerMessage> {
  const { runId, recipe, seed, dataset, normalisers, versions } = record;
  if (normalisers === undefined) throw new TypeError(`run ${runId} has no normalisers yet`);
  await requireRunFiles(folder, record, task);
  await makeFolder(folder.path);
  const { stage } = task;
  // A forecast goes on beside a stage: it takes no lease, and is no event of the run's training.
  const attempt = task.task === 'forecast' ? null : { task: task.task, lease: await takeLease(folder.path) };
  const job: TrainerJob = {
    ...{ ...task, recipe, seed, normalisers, variant },
    datasetPath: folder.datasetPath,
    spectrogramsDir: home.spectrogramsDir,
    runDir: folder.path,
    facts: { run: runId, recipe: recipe.name, seed: String(seed), dataset: dataset?.sha256 ?? '', ...versions },
    lease: attempt?.lease ?? null,
    checkpointEverySteps: CHECKPOINT_EVERY.steps,
    checkpointEverySeconds: CHECKPOINT_EVERY.seconds,
    numThreads: pinnedThreadsOf(record),
    nativeCacheRoot: nativeCache.root,
  };
  const jobPath = await writeJob(task.task === 'forecast' ? task.folder : folder.path, job);
  const { numSteps } = recipe[stage];
  let noting: Promise<void> = Promise.resolve();
  const diary = attempt === null ? null : await openDiary({ ...job, ...attempt }, logger);
  const ended = runTrainer({
    jobPath,
    logger,
    signal,
    onSpawn: (pid) => diary?.spawned(pid),
    onMessage(message) {
      diary?.heard(message);
      if (message.type === 'warning') logger.log('warn', message.message, { run: runId });
      if (message.type === 'start') {
        noting = onStart(message.backend, message.step);
        // Told when the stage ends; until then nobody listens.
        noting.catch(() => undefined);
        onBeat({ step: message.step, numSteps, loss: null });
      }
      if (message.type === 'step') onBeat({ step: message.step + 1, numSteps, loss: message.loss });
      if (message.type === 'progress') onBeat({ step: message.numDone, numSteps: message.numRows, loss: null });
    },
  });
  const last = await (diary === null ? ended : diary.through(ended));
  await noting;
  return last;
}

const JOB_SUFFIX = '.job.json';

/**
 * A file of the attempt's own: a trainer that slept before it read its job must not wake to that of a later attempt, and
 * hold its lease. Those of former attempts go; that of a later one stays, as its trainer may not have read it yet.
 */
async function writeJob(folder: string, job: TrainerJob): Promise<string> {
  const prefix = `${job.stage}.${job.task}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith(JOB_SUFFIX)) continue;
    const isLater = Number(name.slice(prefix.length, -JOB_SUFFIX.length)) > (job.lease ?? 0);
    if (!isLater) await rm(path.join(folder, name), { force: true });
  }
  const jobPath = path.join(folder, `${prefix}${job.lease ?? 'once'}${JOB_SUFFIX}`);
  await writeFileAtomic(jobPath, JSON.stringify(job));
  return jobPath;
}
