/** What an attempt leaves for those who watch. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ChartlifeError } from '../../../contracts/errors.ts';
import { RECIPES } from '../../../models/recipes/presets.ts';
import type { Logger } from '../../../runtime/log.ts';
import { openDiary } from '../../../workers/trainer/diary.ts';
import { readEvents } from '../../../workers/trainer/eventsFile.ts';
import { openNowFile, readNow } from '../../../workers/trainer/nowFile.ts';
import type { TrainerMessage } from '../../../workers/trainer/trainerMessages.ts';
import { temporaryFolder } from '../../setup/temporaryFolder.ts';

const SILENT = { log: () => undefined } as unknown as Logger;
const RESULT: TrainerMessage = {
  type: 'result',
  result: { outcome: 'stopped', numSteps: 12, weightsPath: null, waitedMs: 0 },
};
const STEP: TrainerMessage = {
  type: 'step',
  ...{ step: 4, loss: 0.5, gradientNorm: 1, learningRate: 0.1, memoryBytes: 1_000 },
};

const diaryIn = (runDir: string, lease: number, task: 'train' | 'evaluate' = 'train') =>
  openDiary({ runDir, stage: 'mp2', task, lease, recipe: RECIPES.nano }, SILENT);
const kindsIn = async (runDir: string) =>
  (await readEvents(runDir)).map(({ kind, step, attempt }) => `${kind} ${step} of ${attempt}`);

test('an attempt is written from its start to its end, a later one of the same stage goes on', async () => {
  const runDir = temporaryFolder();
  const first = await diaryIn(runDir, 1);
  first.spawned(42);
  first.heard(STEP);
  first.heard({ type: 'checkpoint', step: 3 });
  first.heard({ type: 'warning', message: 'passed over' });
  await first.through(Promise.resolve(RESULT));
  const second = await diaryIn(runDir, 2);
  second.spawned(null);
  const lost = new ChartlifeError('TrainerLost', 'the trainer ended with signal SIGKILL', { next: 'Nothing.' });
  await expect(second.through(Promise.reject(lost))).rejects.toBe(lost);
  const evaluation = await diaryIn(runDir, 3, 'evaluate');
  evaluation.spawned(43);
  await evaluation.through(Promise.resolve({ type: 'evaluated', evaluations: [] }));
  expect(await kindsIn(runDir)).toEqual([
    ...['started 0 of 1', 'checkpoint 3 of 1', 'warning 5 of 1', 'stopped 12 of 1'],
    ...['resumed 0 of 2', 'lost 0 of 2', 'started 0 of 3', 'done 0 of 3'],
  ]);
  const [start, , warning] = await readEvents(runDir);
  expect(start).toMatchObject({ pid: 42, stage: 'mp2', task: 'train' });
  expect(warning?.text).toBe('passed over');
});

test('another error than a loss is a failure, with its words', async () => {
  const runDir = temporaryFolder();
  const diary = await diaryIn(runDir, 1);
  const error = new ChartlifeError('NonFiniteLoss', 'the loss of step 3 is NaN', { next: 'Look.' });
  await expect(diary.through(Promise.reject(error))).rejects.toBe(error);
  expect((await readEvents(runDir)).at(-1)).toMatchObject({ kind: 'failed', text: 'the loss of step 3 is NaN' });
});

test('a start says from which checkpoint it means to go on', async () => {
  const runDir = temporaryFolder();
  const { openCheckpointStore } = await import('../../../workers/trainer/checkpoints.ts');
  const store = openCheckpointStore(path.join(runDir, 'checkpoints'));
  for (const step of [100, 200]) await store.write({ stage: 'mp2', step, tensors: new Map(), facts: {} });
  await store.write({ stage: 'mp3', step: 900, tensors: new Map(), facts: {} });
  (await diaryIn(runDir, 1)).spawned(1);
  expect(await kindsIn(runDir)).toEqual(['started 200 of 1']);
});

test('where a trainer is now is one whole file, written once a second, with the pace of the last seconds', async () => {
  const runDir = temporaryFolder();
  let nowMs = 0;
  const now = openNowFile(runDir, () => nowMs);
  const at = { stage: 'mp2', attempt: 1, numSteps: 100, loss: 0.5, memoryBytes: 7 } as const;
  now.show({ ...at, step: 1 });
  await now.settle();
  expect(await readNow(runDir)).toMatchObject({ ...at, step: 1, stepsPerSecond: null });
  nowMs = 900;
  now.show({ ...at, step: 2 });
  await now.settle();
  expect(await readNow(runDir)).toMatchObject({ step: 1 });
  nowMs = 1_000;
  now.show({ ...at, step: 4 });
  await now.settle();
  expect(await readNow(runDir)).toMatchObject({ step: 4, stepsPerSecond: 3 });
  nowMs = 60_000;
  now.show({ ...at, step: 20 });
  now.show({ ...at, step: 21 });
  await now.settle();
  expect(await readNow(runDir)).toMatchObject({ step: 20, stepsPerSecond: null });
  expect(JSON.parse(await readFile(path.join(runDir, 'now.json'), 'utf8'))).toHaveProperty('at');
});

test('a place that is none is nowhere', async () => {
  const runDir = temporaryFolder();
  expect(await readNow(runDir)).toBeNull();
  await writeFile(path.join(runDir, 'now.json'), '{"step":');
  expect(await readNow(runDir)).toBeNull();
});
