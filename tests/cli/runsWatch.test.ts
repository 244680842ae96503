/** `runs watch` and `runs show --plot` over a run's folder; a whole system runs in tests/integration. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { sparkline } from '../../cli/output/sparkline.ts';
import { createStyles } from '../../cli/output/styles.ts';
import { runCli } from '../../cli/run.ts';
import { renderBlock, renderLine } from '../../cli/runWatch/renderRunView.ts';
import { isOver, lossCourse, type RunFacts, runViewOf, type WorkflowSight } from '../../cli/runWatch/runView.ts';
import type { RunId } from '../../contracts/runs.ts';
import { RECIPES } from '../../models/recipes/presets.ts';
import { homeAt } from '../../runtime/home.ts';
import type { TrainState } from '../../workers/control/train.ts';
import { openEventsFile, type RunEvent } from '../../workers/trainer/eventsFile.ts';
import type { RunRecord } from '../../workers/trainer/runFolder.ts';
import { metricsPathOf } from '../../workers/trainer/runPaths.ts';
import { readStrictXml } from '../plots/strictXml.ts';
import { temporaryFolder } from '../setup/temporaryFolder.ts';
import { captureEffects, chartlife } from './captureEffects.ts';

const RUN_ID = '3f9a6c01d2e4b587' as RunId;
const AT = '2026-11-22T12:00:00.000Z';
const BEGUN: RunRecord = {
  ...{ runId: RUN_ID, recipe: RECIPES.nano, snapshotId: 7, seed: 1, versions: {}, createdAt: AT },
  dataset: {
    numSynthetic: 3,
    numTracks: { training: 5, validation: 2, test: 2 },
    regions: { us: 9 },
    numLeftOut: { embargo: 0, group: 0 },
  } as unknown as NonNullable<RunRecord['dataset']>,
  normalisers: {} as NonNullable<RunRecord['normalisers']>,
};
const DONE: RunRecord = {
  ...BEGUN,
  weightsSha256: { mp2: 'a', mp3: 'b' },
  evaluations: { mp2: [], mp3: [] },
  decision: { isPublished: true, why: 'it is better' },
};

function eventOf(kind: RunEvent['kind'], attempt = 1, more: Partial<RunEvent> = {}): RunEvent {
  return { at: AT, kind, stage: 'mp2', task: 'train', step: 100, attempt, ...more };
}

describe('what is seen of a run', () => {
  const running: TrainState = { isRunning: true, failure: null, progress: null, retrying: null };
  const failure = { errorType: 'DiskFull', message: 'no room', next: null };
  const facts: RunFacts = {
    at: new Date('2026-11-22T12:00:05Z'),
    record: BEGUN,
    events: [eventOf('started'), eventOf('lost'), eventOf('resumed', 2)],
    now: { at: AT, stage: 'mp2', attempt: 2, step: 150, numSteps: 400, loss: 1, memoryBytes: 8e8, stepsPerSecond: 5 },
    losses: { mp2: Array.from({ length: 150 }, (_, step) => 2 - step / 100), mp3: [] },
    checkpointSteps: { mp2: [50, 100], mp3: [] },
    isTrainerAlive: true,
    workflow: running,
  };
  const seen = (change: Partial<RunFacts>) => runViewOf({ ...facts, ...change });

  test('is where it is, how fast it goes and what has happened to it', () => {
    expect(seen({})).toMatchObject({
      ...{ state: 'going', phase: 'mp2', stage: 'mp2', step: 150, numSteps: RECIPES.nano.mp2.numSteps },
      ...{ stepsPerSecond: 5, msLeft: (RECIPES.nano.mp2.numSteps - 150) * 200, memoryBytes: 8e8 },
      ...{ checkpoints: { numKept: 2, newestStep: 100 }, numKills: 1, numResumes: 1 },
    });
  });

  test('has no pace and memory of the past, of another attempt, or of another stage', () => {
    for (const change of [
      { at: new Date('2026-11-22T12:00:31Z') },
      { events: [eventOf('resumed', 3)] },
      { workflow: { ...running, progress: { phase: 'evaluate mp2', isPaused: false, frozen: null } as const } },
      { now: null },
    ]) {
      expect(seen(change)).toMatchObject({ stepsPerSecond: null, msLeft: null, memoryBytes: null });
    }
    // A step of a minute: what it said half a minute ago still holds.
    const slow = { ...facts.now!, stepsPerSecond: 1 / 60 };
    expect(seen({ at: new Date('2026-11-22T12:00:31Z'), now: slow }).stepsPerSecond).toBe(1 / 60);
  });

  test.each<[string, Partial<RunFacts>, string]>([
    ['its workflow runs', {}, 'going'],
    ['it is paused', { workflow: { ...running, progress: { phase: 'mp2', isPaused: true, frozen: null } } }, 'paused'],
    ['the server is away', { workflow: 'away', isTrainerAlive: false }, 'going'],
    ['no server runs, its trainer does', { workflow: 'none' }, 'going'],
    ['nothing runs', { workflow: 'none', isTrainerAlive: false }, 'idle'],
    ['it was decided', { workflow: 'none', record: DONE }, 'done'],
    ['its workflow ended well', { workflow: { ...running, isRunning: false }, record: DONE }, 'done'],
    ['its workflow failed', { workflow: { ...running, isRunning: false, failure } }, 'failed'],
    [
      'it was cancelled',
      { workflow: { ...running, isRunning: false, failure: { ...failure, errorType: 'Cancelled' } } },
      'cancelled',
    ],
    ['it is done, and begun again to find that', { record: DONE }, 'going'],
  ])('where %s', (_, change, state) => {
    const view = seen(change);
    expect(view.state).toBe(state);
    expect(isOver(view)).toBe(state !== 'going' && state !== 'paused');
  });

  test.each<[string, Partial<RunRecord>, string, string]>([
    ['begun', {}, 'mp2', 'mp2'],
    ['with MP2 trained', { weightsSha256: { mp2: 'a' } }, 'evaluate mp2', 'mp2'],
    ['with MP2 evaluated', { weightsSha256: { mp2: 'a' }, evaluations: { mp2: [] } }, 'mp3', 'mp3'],
    ['with both', { weightsSha256: DONE.weightsSha256!, evaluations: DONE.evaluations! }, 'decide', 'mp3'],
    ['decided', DONE, 'done', 'mp3'],
  ])('%s, the phase is that of its record where no workflow says it', (_, change, phase, stage) => {
    expect(seen({ record: { ...BEGUN, ...change }, workflow: 'none' })).toMatchObject({ phase, stage });
  });

  test('tells what holds it up, until it computes again', () => {
    const retrying = { failure, attempt: 2, maxAttempts: null, nextAttemptAt: null, numRetrying: 1 };
    const workflow: WorkflowSight = { ...running, retrying };
    expect(seen({ workflow, now: null }).problem).toEqual(failure);
    expect(seen({ workflow }).problem).toBeNull();
  });

  test('is a few lines on a terminal, one elsewhere', () => {
    const view = seen({});
    expect(renderBlock(view, lossCourse(facts, 'mp2'), createStyles(false)).join('\n')).toMatchInlineSnapshot(`
      "run 3f9a6c01d2e4b587  nano, seed 1, snapshot 7  going on
        phase   mp2
        steps   ████████████░░░░░░░░░░░░  50 %  150 / 300 steps  5.0 steps/s  30 s left
        loss    0.5500  ███▇▇▇▇▇▆▆▆▆▅▅▅▅▄▄▄▄▄▃▃▃▃▂▂▂▂▁▁▁
        memory  800 MB
        kept    2 checkpoints of mp2, the newest of step 100
        so far  1 kill, 1 resume
        last    12:00:00 UTC  resumed mp2 at step 100"
    `);
    expect(renderLine(view)).toMatchInlineSnapshot(
      `"12:00:05  mp2  50 %  150 / 300 steps  5.0 steps/s  30 s left  loss 0.5500  800 MB  checkpoint 100  1 kill, 1 resume"`,
    );
    const away = seen({ workflow: 'away', isTrainerAlive: false, events: [], now: null });
    expect(renderLine(away)).toContain('the server does not answer');
    const told = seen({ events: [eventOf('failed', 1, { text: 'a\u001b[2Jb' })] });
    expect(renderBlock(told, [], createStyles(false)).join('\n')).toContain('a·[2Jb');
  });
});

test('a curve in one line is lowest where it is least, and as wide as it may be', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe('▁▂▃▄▅▆▇█');
  expect(sparkline([0, 0, 7, 7], 2)).toBe('▁█');
  expect(sparkline([3, 3, 3], 8)).toBe('▁▁▁');
  expect(sparkline([], 8)).toBe('');
});

describe('the command', () => {
  let runDir: string;
  let root: string;
  const env = () => ({ CHARTLIFE_HOME: root, NO_COLOR: '1' });
  const write = (record: RunRecord): Promise<void> =>
    writeFile(path.join(runDir, 'run.json'), JSON.stringify(record, null, 2));
  const isAlive = { pid: process.pid, host: os.hostname() };

  beforeEach(async () => {
    root = temporaryFolder();
    runDir = path.join(homeAt(root).runsDir, RUN_ID);
    await mkdir(runDir, { recursive: true });
    await write(BEGUN);
    const losses = [3, 2, 1.5].map((loss, step) => ({ step, loss, gradientNorm: 1, learningRate: 0.1 }));
    await writeFile(metricsPathOf(runDir, 'mp2'), losses.map((line) => `${JSON.stringify(line)}\n`).join(''));
  });

  test('ends with 0 at once where the run is done', async () => {
    await write(DONE);
    const { exitCode, stdout, stderr } = await chartlife(['runs', 'watch', RUN_ID.slice(0, 5)], { env: env() });
    expect(exitCode).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stdout).toContain('done');
    expect(stderr).toContain('chartlife runs show');
  });

  test('says that nothing runs an unfinished run, and how to go on', async () => {
    const { exitCode, stdout, stderr } = await chartlife(['runs', 'watch', RUN_ID], { env: env() });
    expect(exitCode).toBe(8);
    expect(stdout).toContain('3 / ');
    expect(stderr).toContain('nothing runs it, at mp2, step 3 of mp2');
    expect(stderr).toContain('[RunStopped]');
    expect(stderr).toContain('chartlife train nano --seed 1 --snapshot 7');
  });

  test('follows a run to its end, one object a line', async () => {
    (await openEventsFile(runDir)).add(eventOf('started', 1, isAlive));
    const { effects, stdout } = captureEffects({ env: env() });
    const ended = runCli(['runs', 'watch', RUN_ID, '--json'], effects);
    while (stdout() === '') await new Promise((resolve) => setTimeout(resolve, 20));
    await write(DONE);
    expect(await ended).toBe(0);
    const views = stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(views.map(({ state }) => state)).toEqual(['going', 'done']);
    expect(views[0]).toMatchObject({ runId: RUN_ID, phase: 'mp2', step: 3, loss: expect.closeTo(1.857, 3) });
  });

  test('redraws its lines in place on a terminal', async () => {
    (await openEventsFile(runDir)).add(eventOf('started', 1, isAlive));
    const { effects, stdout } = captureEffects({ env: env(), isTerminal: true });
    const ended = runCli(['runs', 'watch', RUN_ID], effects);
    while (!stdout().includes('\x1b[8A')) await new Promise((resolve) => setTimeout(resolve, 20));
    await write(DONE);
    expect(await ended).toBe(0);
    expect(stdout()).toContain(`run ${RUN_ID}  nano, seed 1, snapshot 7  going on`);
    expect(stdout()).toContain(`run ${RUN_ID}  nano, seed 1, snapshot 7  done`);
  });

  test('at Ctrl-C ends the watching alone, and says so', async () => {
    (await openEventsFile(runDir)).add(eventOf('started', 1, isAlive));
    const { effects, stdout, stderr, interrupt } = captureEffects({ env: env() });
    const ended = runCli(['runs', 'watch', RUN_ID], effects);
    while (stdout() === '') await new Promise((resolve) => setTimeout(resolve, 20));
    interrupt();
    expect(await ended).toBe(130);
    expect(stderr()).toContain(`no longer watched; run ${RUN_ID} goes on as it was`);
  });

  test('show --plot draws the losses into a file, and says where', async () => {
    const { exitCode, stdout } = await chartlife(['runs', 'show', RUN_ID, '--plot', 'new/loss.svg'], {
      env: env(),
      cwd: root,
    });
    const file = path.join(root, 'new', 'loss.svg');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`losses drawn: ${file}`);
    const { texts } = readStrictXml(await readFile(file, 'utf8'));
    expect(texts).toEqual(expect.arrayContaining([`Losses of run ${RUN_ID}`, 'synthetic sound', 'no step yet']));
    const json = await chartlife(['runs', 'show', RUN_ID, '--plot', file, '--json'], { env: env() });
    expect(JSON.parse(json.stdout)).toEqual({ ...BEGUN, plot: file });
  });

  test('show --plot refuses a name that is none of an SVG, and writes nothing', async () => {
    const file = path.join(root, 'loss.png');
    const { exitCode, stdout, stderr } = await chartlife(['runs', 'show', RUN_ID, '--plot', file], { env: env() });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('does not end in .svg');
    expect(stderr).toContain('[InvalidInput]');
    expect(existsSync(file)).toBe(false);
  });
});
