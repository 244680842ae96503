/** The trainer's process: killed at any moment and begun again it ends in the same bits, and each loss stands there once. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WEEK_STATE } from '../../../contracts/dataset.ts';
import { BASELINES } from '../../../models/baselines/baselines.ts';
import { readSafetensors } from '../../../models/weights/safetensors.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { Draws } from '../../../runtime/philox.ts';
import { openCheckpointStore } from '../../../workers/trainer/checkpoints.ts';
import { type Evaluation, judgedMp3 } from '../../../workers/trainer/evaluation.ts';
import { takeLease } from '../../../workers/trainer/lease.ts';
import { readMetrics } from '../../../workers/trainer/metricsFile.ts';
import { metricsPathOf, type StageName, weightsPathOf } from '../../../workers/trainer/runPaths.ts';
import type { TrainerJob, TrainerMessage } from '../../../workers/trainer/trainerMessages.ts';
import { rowsOfPart } from '../../../workers/trainer/trainingTable.ts';
import { type BuiltWorker, buildWorker } from '../../audio/buildWorker.ts';
import { makeRunFixture, type RunFixture, SMALL_RECIPE } from './runFixture.ts';
import { startTrainer } from './trainerProcess.ts';

const STAGES: readonly StageName[] = ['mp2', 'mp3'];
const NUM_KILLS = 5;
const TEST_PURPOSE = 1003;
const TIMEOUT_MS = 180_000;

let trainer: BuiltWorker;
let thread: BuiltWorker;
let fixture: RunFixture;
/** Of the run that nobody disturbs, by stage. */
const whole = new Map<StageName, { readonly sha256: string; readonly losses: string }>();

const hashOf = async (job: TrainerJob): Promise<string> =>
  sha256Hex(await readFile(weightsPathOf(job.runDir, job.stage)));
const lossesOf = (job: TrainerJob): Promise<string> => readFile(metricsPathOf(job.runDir, job.stage), 'utf8');
const isType =
  (type: TrainerMessage['type']) =>
  (message: TrainerMessage): boolean =>
    message.type === type;

/** To the end. @returns its messages */
async function runToEnd(jobPath: string): Promise<readonly TrainerMessage[]> {
  const child = startTrainer(trainer.workerPath, jobPath);
  expect(await child.ended).toEqual({ code: 0, signal: null });
  return child.messages;
}

beforeAll(async () => {
  [trainer, thread] = await Promise.all([
    buildWorker('workers/trainer/trainer.ts'),
    buildWorker('workers/trainer/batchThread.ts'),
  ]);
  fixture = await makeRunFixture(thread.workerPath);
  for (const stage of STAGES) {
    const { job, jobPath } = await fixture.job('whole', { stage });
    await runToEnd(jobPath);
    whole.set(stage, { sha256: await hashOf(job), losses: await lossesOf(job) });
  }
}, TIMEOUT_MS);
afterAll(async () => {
  await fixture.remove();
  await Promise.all([trainer.remove(), thread.remove()]);
});

describe.each(STAGES)('%s', (stage) => {
  /** MP3 begins with the weights of the undisturbed MP2. */
  async function jobOf(runName: string, changes: Partial<TrainerJob> = {}) {
    const made = await fixture.job(`${stage}-${runName}`, { stage, ...changes });
    if (stage === 'mp3') {
      const mp2 = await readFile(weightsPathOf(path.join(fixture.folder, 'whole'), 'mp2'));
      await writeFile(weightsPathOf(made.job.runDir, 'mp2'), mp2);
    }
    return made;
  }

  test('writes weights that say where they come from, a loss for each step, and the last checkpoints', async () => {
    const { job } = await fixture.job('whole', { stage });
    const { metadata } = await readSafetensors(weightsPathOf(job.runDir, stage));
    expect(metadata).toEqual({ run: 'of a test', stage });
    const losses = await readMetrics(metricsPathOf(job.runDir, stage));
    expect(losses.map(({ step }) => step)).toEqual(Array.from({ length: 120 }, (_, step) => step));
    expect(losses.every(({ loss, gradientNorm }) => loss > 0 && gradientNorm > 0)).toBe(true);
    const checkpoints = await openCheckpointStore(path.join(job.runDir, 'checkpoints')).list();
    expect(checkpoints.filter((name) => name.startsWith(stage)).map((name) => name.slice(4, 12))).toEqual([
      '00000105',
      '00000112',
      '00000119',
    ]);
  });

  test(
    'killed at random moments it ends in the same bits',
    async () => {
      const { job, jobPath } = await jobOf('killed');
      const draws = new Draws(1, STAGES.indexOf(stage), TEST_PURPOSE);
      const startedAt: number[] = [];
      for (let kill = 0; kill < NUM_KILLS; kill++) {
        const child = startTrainer(trainer.workerPath, jobPath);
        const start = await child.said(isType('start'));
        if (start.type === 'start') startedAt.push(start.step);
        // Some die before a step, some among steps, some while a checkpoint is written.
        if (kill % 2 === 1) await child.said(isType('checkpoint'));
        await new Promise((resolve) => setTimeout(resolve, draws.between(0, 250)));
        child.process.kill('SIGKILL');
        await child.ended;
      }
      await runToEnd(jobPath);
      expect(startedAt.some((step) => step > 0)).toBe(true);
      expect(await hashOf(job)).toBe(whole.get(stage)?.sha256);
      expect(await lossesOf(job)).toBe(whole.get(stage)?.losses);
      expect((await readdir(path.join(job.runDir, 'checkpoints'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'asked to stop it leaves with a checkpoint of that very step, and goes on from there',
    async () => {
      const { job, jobPath } = await jobOf('stopped', { checkpointEverySteps: 1_000 });
      const child = startTrainer(trainer.workerPath, jobPath);
      await child.said(isType('step'));
      child.process.kill('SIGTERM');
      expect(await child.ended).toEqual({ code: 0, signal: null });
      const last = child.messages.at(-1);
      expect(last).toMatchObject({ type: 'result', result: { outcome: 'stopped', weightsPath: null } });
      const numSteps = last?.type === 'result' ? last.result.numSteps : 0;
      expect(numSteps).toBeGreaterThan(0);
      const messages = await runToEnd(jobPath);
      expect(messages.find(isType('start'))).toMatchObject({ step: numSteps });
      expect(await hashOf(job)).toBe(whole.get(stage)?.sha256);
      expect(await lossesOf(job)).toBe(whole.get(stage)?.losses);
    },
    TIMEOUT_MS,
  );

  test(
    'a checkpoint with one other byte is passed over, told, to the same bits',
    async () => {
      const { job, jobPath } = await jobOf('damaged');
      await runToEnd(jobPath);
      const folder = path.join(job.runDir, 'checkpoints');
      const newest = path.join(folder, (await openCheckpointStore(folder).list()).at(-1) as string);
      const bytes = await readFile(newest);
      bytes[bytes.length - 5] = (bytes[bytes.length - 5] as number) ^ 1;
      await writeFile(newest, bytes);
      await rm(weightsPathOf(job.runDir, stage));
      const messages = await runToEnd(jobPath);
      expect(messages.find(isType('warning'))).toMatchObject({ message: expect.stringContaining(newest) });
      expect(messages.find(isType('start'))).toMatchObject({ step: 112 });
      expect(await hashOf(job)).toBe(whole.get(stage)?.sha256);
      expect(await lossesOf(job)).toBe(whole.get(stage)?.losses);
    },
    TIMEOUT_MS,
  );

  test(
    'another seed gives other weights; checkpoints of another run are passed over, told, and do not push its own away',
    async () => {
      const other = await jobOf('foreign', { seed: 6, facts: { run: 'another' } });
      await runToEnd(other.jobPath);
      expect(await hashOf(other.job)).not.toBe(whole.get(stage)?.sha256);
      await rm(weightsPathOf(other.job.runDir, stage));
      const { job, jobPath } = await jobOf('foreign');
      const messages = await runToEnd(jobPath);
      const why = 'its run is another, not of a test';
      expect(messages.filter(isType('warning'))).toEqual(
        Array.from({ length: 3 }, () => ({ type: 'warning', message: expect.stringContaining(why) })),
      );
      expect(messages.find(isType('start'))).toMatchObject({ step: 0 });
      expect(await hashOf(job)).toBe(whole.get(stage)?.sha256);
      const kept = await openCheckpointStore(path.join(job.runDir, 'checkpoints')).newest(stage, {
        facts: job.facts,
      });
      expect(kept?.step).toBe(119);
    },
    TIMEOUT_MS,
  );
});

test('MP3 begins with what MP2 has learned, and tunes it', async () => {
  const { job } = await fixture.job('whole', { stage: 'mp3' });
  const [mp2, mp3] = await Promise.all(STAGES.map((stage) => readSafetensors(weightsPathOf(job.runDir, stage))));
  const name = 'audio_spectrogram_transformer.embeddings.patch_embeddings.projection.weight';
  const [before, after] = [mp2, mp3].map((file) => file?.tensors.get(name)?.values ?? new Float32Array());
  const distance = Math.hypot(...after!.map((value, cell) => value - (before![cell] as number)));
  expect(distance).toBeGreaterThan(0);
  expect(distance).toBeLessThan(0.2 * Math.hypot(...before!));
});

test(
  'evaluates MP2 and MP3 on parts that they were not trained on, MP3 beside the baselines',
  async () => {
    const evaluationsOf = async (stage: StageName): Promise<readonly Evaluation[]> => {
      const { jobPath } = await fixture.job('whole', { stage, task: 'evaluate' });
      const messages = await runToEnd(jobPath);
      const parts = messages.flatMap((message) => (message.type === 'progress' ? [message.part] : []));
      // The worker kills one that says nothing for long.
      expect(new Set(parts)).toEqual(new Set(['validation', 'test']));
      const last = messages.at(-1);
      return last?.type === 'evaluated' ? last.evaluations : [];
    };
    const [, mp2] = await evaluationsOf('mp2');
    expect(mp2).toMatchObject({
      ...{ stage: 'mp2', part: 'test' },
      targets: [{ target: 'log10Sum' }, { target: 'log10Debut' }],
    });
    const rows = rowsOfPart(fixture.dataset, 'test');
    if (mp2?.stage === 'mp2') for (const { numRows } of mp2.targets) expect(numRows).toBe(rows.length);
    const ofMp3 = await evaluationsOf('mp3');
    expect(ofMp3).toMatchObject(
      ['validation', 'test'].flatMap((part) => [1, 0].map((numObserved) => ({ part, numObserved }))),
    );
    const mp3 = judgedMp3(ofMp3, 'test');
    if (mp3 === undefined) throw new Error('MP3 was not evaluated');
    expect(mp3.models.map(({ model }) => model)).toEqual(['MP3', ...BASELINES.map(({ name }) => name)]);
    const numWeeks = rows.reduce(
      (sum, { trajectory: { states } }) => sum + states.subarray(1).filter((state) => state === WEEK_STATE.on).length,
      0,
    );
    for (const { errors, regions } of mp3.models) {
      expect(errors[0]).toMatchObject({ horizon: 'all', numWeeks });
      expect(errors[0]?.mae).toBeGreaterThan(0);
      expect(errors[0]?.mae).toBeLessThan(5);
      expect(Object.values(regions).reduce((sum, [all]) => sum + (all?.numWeeks ?? 0), 0)).toBe(numWeeks);
    }
    const [all] = mp3.calibration ?? [];
    expect(all?.numOnChart).toBe(numWeeks);
    expect(all?.numSeen).toBeGreaterThanOrEqual(numWeeks);
    const [, toldNone] = ofMp3.filter(({ part }) => part === 'test');
    const debuts = rows.filter(({ trajectory: { states } }) => states[0] === WEEK_STATE.on).length;
    if (toldNone?.stage !== 'mp3') throw new Error('MP3 was not evaluated without a week');
    expect(toldNone.models[0]?.errors[1]).toMatchObject({ horizon: '0', numWeeks: debuts });
  },
  TIMEOUT_MS,
);

test(
  'an attempt that was given up publishes nothing: no checkpoint, no weights',
  async () => {
    const { job, jobPath } = await fixture.job('given-up', { checkpointEverySteps: 1 });
    const child = startTrainer(trainer.workerPath, jobPath);
    await child.said(isType('checkpoint'));
    // Asleep while another takes over.
    child.process.kill('SIGSTOP');
    const checkpoints = openCheckpointStore(path.join(job.runDir, 'checkpoints'));
    const before = await checkpoints.list();
    expect(await takeLease(job.runDir)).toBe((job.lease ?? 0) + 1);
    child.process.kill('SIGCONT');
    expect((await child.ended).code).toBe(1);
    expect(child.messages.at(-1)).toMatchObject({ type: 'error', error: { type: 'LeaseLost' } });
    // One may have been on its way to the disk when it fell asleep.
    const after = (await checkpoints.list()).filter((name) => !before.includes(name));
    expect(after.length).toBeLessThanOrEqual(1);
    await expect(readFile(weightsPathOf(job.runDir, 'mp2'))).rejects.toThrow(/ENOENT/);
  },
  TIMEOUT_MS,
);

test(
  'asked to stop while it evaluates it ends at once: there is no checkpoint to leave',
  async () => {
    const threadPath = path.join(fixture.folder, 'silent.mjs');
    // Asked for a batch it says so, and never has one.
    const words = JSON.stringify(JSON.stringify({ type: 'warning', message: 'asked' }));
    await writeFile(
      threadPath,
      `import { parentPort } from 'node:worker_threads';\nparentPort.on('message', () => console.log(${words}));\n`,
    );
    const { jobPath } = await fixture.job('whole', { task: 'evaluate', threadPath });
    const child = startTrainer(trainer.workerPath, jobPath);
    await child.said(isType('warning'));
    child.process.kill('SIGTERM');
    expect(await child.ended).toEqual({ code: 1, signal: null });
  },
  TIMEOUT_MS,
);

test(
  'it ends when whoever started it is gone',
  async () => {
    const { jobPath } = await fixture.job('orphan', {
      recipe: { ...SMALL_RECIPE, mp2: { ...SMALL_RECIPE.mp2, numSteps: 1e6 } },
    });
    const child = startTrainer(trainer.workerPath, jobPath);
    await child.said(isType('step'));
    child.process.stdin?.end();
    expect((await child.ended).code).toBe(1);
  },
  TIMEOUT_MS,
);

test(
  'a spectrogram that is gone is an error with its type; what was trained is kept',
  async () => {
    const { jobPath } = await fixture.job('gone', { spectrogramsDir: path.join(fixture.folder, 'nowhere') });
    const child = startTrainer(trainer.workerPath, jobPath);
    expect((await child.ended).code).toBe(1);
    expect(child.messages.at(-1)).toMatchObject({ type: 'error', error: { type: 'LakeUnusable' } });
  },
  TIMEOUT_MS,
);

test('what nobody foresaw is said under its own name, as a defect', async () => {
  const jobPath = path.join(fixture.folder, 'null.job.json');
  await writeFile(jobPath, 'null');
  const child = startTrainer(trainer.workerPath, jobPath);
  expect(await child.ended).toEqual({ code: 1, signal: null });
  expect(child.messages).toEqual([
    {
      type: 'error',
      error: expect.objectContaining({ type: null, name: 'TypeError', message: expect.stringContaining('null') }),
    },
  ]);
});
