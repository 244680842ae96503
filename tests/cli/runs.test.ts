/** `runs list` and `runs show` over folders and a lake, without a server. */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createContext } from '../../cli/context.ts';
import { Interrupted } from '../../cli/effects.ts';
import { tellingWayOn } from '../../cli/tellWayOn.ts';
import { sweepWords, trainWords, wayOn } from '../../cli/trainWords.ts';
import type { RunState } from '../../contracts/runRows.ts';
import type { RunId } from '../../contracts/runs.ts';
import { openLake } from '../../data/lake/openLake.ts';
import type { Lake } from '../../data/lake/types.ts';
import { withChanges } from '../../models/recipes/changes.ts';
import { RECIPES } from '../../models/recipes/presets.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import { sha256Hex } from '../../runtime/files.ts';
import { homeAt } from '../../runtime/home.ts';
import { runVersions } from '../../runtime/versions.ts';
import type { RunRecord } from '../../workers/trainer/runFolder.ts';
import { EXTENSIONS_DIR } from '../data/lakeFixture.ts';
import { temporaryFolder } from '../setup/temporaryFolder.ts';
import { captureEffects, chartlife } from './captureEffects.ts';

const [WHOLE, OTHER] = ['3f9a6c01d2e4b587', '0f9a6c01d2e4b580'] as [RunId, RunId];
const recordOf = (runId: RunId): RunRecord => ({
  ...{ runId, recipe: RECIPES.nano, snapshotId: 7, seed: 1, versions: {}, createdAt: '2026-11-22T12:00:00.000Z' },
});

let root: string;
const run = (...args: string[]) => chartlife(args, { env: { CHARTLIFE_HOME: root, NO_COLOR: '1' } });
const write = async (runId: RunId, text: string): Promise<string> => {
  const file = path.join(homeAt(root).runsDir, runId, 'run.json');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
};

/** An empty lake, made once: to be copied where one is needed. */
let emptyLake: string;
beforeAll(async () => {
  emptyLake = await mkdtemp(path.join(os.tmpdir(), 'chartlife-empty-'));
  await (await openLakeIn(emptyLake)).close();
});
afterAll(() => rm(emptyLake, { recursive: true }));
beforeEach(() => {
  root = temporaryFolder();
});

/** As the lake is told at the end of a run. */
async function tell(runId: RunId, state: RunState, why: string | null): Promise<void> {
  await withLake((lake) =>
    lake.commitRun({
      run: {
        ...{ runId, recipe: 'nano', recipeJson: '{}', seed: 1, snapshotId: 7, versionsJson: '{}', reproduces: null },
        ...{ state, why, featureVersion: sha256Hex('features'), datasetSha256: sha256Hex('data set'), numSynthetic: 0 },
        numTracks: { training: 7, validation: 2, test: 1 },
        ...{ weightsSha256: {}, beatsBaselines: null, createdAt: '2026-11-22T12:00:00.000Z' },
      },
      metrics: [],
      checkpoints: [],
    }),
  );
}

const publish = (runId: RunId): Promise<void> =>
  withLake((lake) =>
    lake.commitPublication({ runId, publishedAt: '2026-11-22T13:00:00.000Z', publishedBy: 'person', why: 'I want it' }),
  );

function openLakeIn(folder: string): Promise<Lake> {
  const { catalogPath, lakeDataDir: dataDir } = homeAt(folder);
  return openLake({ catalogPath, dataDir, extensionsDir: EXTENSIONS_DIR }, { mode: 'write' });
}

async function withLake<T>(work: (lake: Lake) => Promise<T>): Promise<T> {
  const { catalogPath } = homeAt(root);
  if (!existsSync(catalogPath)) await cp(emptyLake, root, { recursive: true });
  const lake = await openLakeIn(root);
  try {
    return await work(lake);
  } finally {
    await lake.close();
  }
}

const WHY = 'NonFiniteLoss: the loss of step 3 is NaN';

describe.each<[RunState, string | null, string, string]>([
  ['failed', WHY, `failed, begun: ${WHY}`, `failed (${WHY})`],
  ['cancelled', null, 'cancelled, begun', 'was cancelled'],
  ['going', null, 'begun', 'stands still: nothing runs it'],
])('of a run that the lake knows as %s', (state, why, told, watched) => {
  const begun: RunRecord = { ...recordOf(WHOLE), normalisers: {} as NonNullable<RunRecord['normalisers']> };

  beforeEach(async () => {
    await write(WHOLE, JSON.stringify(begun));
    await tell(WHOLE, state, why);
  });

  test('list, show and watch say so, and why', async () => {
    const listed = (await run('runs', 'list')).stdout;
    expect(listed.trim().endsWith(`UTC  ${told}${state === 'going' ? ', standing still' : ''}`)).toBe(true);
    const shown = (await run('runs', 'show', WHOLE)).stdout;
    expect(shown).toContain(`snapshot 7: ${told.split(':')[0]}\n`);
    expect(shown.split('\n')[1]).toBe(why === null ? '' : `  why        ${why}`);
    const end = { isPublishedByHand: false, ...(state === 'going' ? {} : { end: { state, why } }) };
    const inList = { ...begun, ...end, underWay: null };
    expect(JSON.parse((await run('runs', 'list', '--json')).stdout)).toEqual([inList]);
    expect(JSON.parse((await run('runs', 'show', WHOLE, '--json')).stdout)).toEqual({ ...begun, ...end });
    const { exitCode, stderr } = await run('runs', 'watch', WHOLE);
    expect(exitCode).toBe(8);
    expect(stderr).toContain(`run ${WHOLE} ${watched}, at freeze`);
    expect(stderr).toContain('[RunStopped]');
  });

  test('nothing is said of it once it is decided', async () => {
    await write(WHOLE, JSON.stringify({ ...begun, decision: { isPublished: true, why: 'it is better' } }));
    expect((await run('runs', 'list')).stdout.trim().endsWith('UTC  published')).toBe(true);
  });
});

test('a run that a person has published is told as such, with what was decided of it', async () => {
  const decision = { isPublished: false, why: 'it does not beat the baseline' };
  await write(WHOLE, JSON.stringify({ ...recordOf(WHOLE), decision }));
  await tell(WHOLE, 'done', decision.why);
  expect((await run('runs', 'list')).stdout.trim().endsWith('UTC  done, not published')).toBe(true);
  await publish(WHOLE);
  expect((await run('runs', 'list')).stdout.trim().endsWith('UTC  published by hand')).toBe(true);
  const shown = (await run('runs', 'show', WHOLE)).stdout;
  expect(shown).toContain('snapshot 7: published by hand\n');
  expect(shown).toContain('published by hand; it would have been kept: it does not beat the baseline');
  expect(JSON.parse((await run('runs', 'show', WHOLE, '--json')).stdout)).toMatchObject({ isPublishedByHand: true });
});

test('the words that go on with a run make the same run', () => {
  const words = (recipe: Recipe, more: Partial<RunRecord> = {}) => trainWords({ ...recordOf(WHOLE), recipe, ...more });
  const changes = ['mp2.numSteps=7', 'mp3.averageDecay=null', 'features.window=povey', 'regions.weights.jp=2'];
  expect(words(RECIPES.nano)).toBe('chartlife train nano --seed 1 --snapshot 7');
  const changed = words(withChanges(RECIPES.nano, [...changes, 'decoder.head.quantileLevels=[0.1,0.5]']));
  expect(changed).toContain("--set 'decoder.head.quantileLevels=[0.1,0.5]'");
  const sets = changed.split(' --set ').slice(1);
  expect(sets.toSorted()).toEqual([...changes, "'decoder.head.quantileLevels=[0.1,0.5]'"].toSorted());
  expect(words(RECIPES.nano, { reproduces: OTHER })).toBe(`chartlife runs reproduce ${OTHER}`);
  // A change that is not allowed any more.
  const split = { ...RECIPES.nano.split, kind: 'random' } as unknown as Recipe['split'];
  expect(words({ ...RECIPES.nano, split })).toBe('chartlife train nano --seed 1 --snapshot 7 …');
});

test('a list says how far a recipe is from its preset, and the run itself what was changed', async () => {
  const changes = ['mp2.numSteps=7', 'mp3.averageDecay=null', 'regions.weights.jp=2'];
  const recipe = withChanges(RECIPES.nano, changes);
  await write(OTHER, JSON.stringify({ ...recordOf(OTHER), createdAt: '2026-11-22T11:00:00.000Z' }));
  await write(WHOLE, JSON.stringify({ ...recordOf(WHOLE), recipe }));
  const [first, second] = (await run('runs', 'list')).stdout.split('\n');
  expect(first).toContain(`${OTHER}  nano             seed 1`);
  expect(second).toContain(`${WHOLE}  nano, 3 changes  seed 1`);
  expect((await run('runs', 'show', WHOLE)).stdout.split('\n')[1]?.split(/ +/).toSorted()).toEqual(
    ['', 'changed', ...changes].toSorted(),
  );
  const unknown = { ...recipe, split: { ...recipe.split, kind: 'random' } };
  await write(WHOLE, JSON.stringify({ ...recordOf(WHOLE), recipe: unknown }));
  expect((await run('runs', 'list')).stdout).toContain(`${WHOLE}  nano, changed  seed 1`);
  expect((await run('runs', 'show', WHOLE)).stdout).toContain(
    'recipe     not one that this version can make from nano',
  );
});

test('the words of a sweep name all that it is of', () => {
  const choice = { recipes: ['nano', 'ast-tiny'], changes: ['mp2.numSteps=7'], firstSeed: 3, numSeeds: 2, numFolds: 1 };
  expect(sweepWords(choice, 7)).toBe(
    'chartlife train nano ast-tiny --seed 3 --seeds 2 --snapshot 7 --set mp2.numSteps=7',
  );
  expect(sweepWords({ ...choice, changes: [], numSeeds: 1, numFolds: 3 }, 7)).toBe(
    'chartlife train nano ast-tiny --seed 3 --folds 3 --snapshot 7',
  );
});

describe('Ctrl-C while a run is waited for', () => {
  const way = { what: 'run 0123', watch: 'chartlife runs watch 0123', again: 'chartlife train nano' };
  const left = async (work: Promise<unknown>) => {
    const captured = captureEffects({ env: { CHARTLIFE_HOME: root } });
    const outcome = await tellingWayOn(createContext(captured.effects, { isJson: false }), way, work).catch(
      (error: unknown) => error,
    );
    return { outcome, stderr: captured.stderr() };
  };

  test('it is told how it goes on, where nothing else runs it', async () => {
    const interrupted = new Interrupted('interrupted');
    const { outcome, stderr } = await left(Promise.reject(interrupted));
    expect(outcome).toBe(interrupted);
    expect(stderr).toContain('run 0123 stands still: what it has is kept\nnext  npx chartlife train nano   #');
  });

  test('nothing is told of what ends by itself, well or not', async () => {
    expect(await left(Promise.resolve(7))).toEqual({ outcome: 7, stderr: '' });
    const error = new Error('of another kind');
    expect(await left(Promise.reject(error))).toEqual({ outcome: error, stderr: '' });
  });
});

test('of a run of other versions they are told to make another one', () => {
  const own = { ...recordOf(WHOLE), versions: runVersions() };
  expect(wayOn(own)).toBe(`It goes on from its last checkpoint with the words that began it: ${trainWords(own)}`);
  const former = wayOn({ ...own, versions: { ...own.versions, code: '0123456789ab' } });
  expect(former).toContain('code 0123456789ab');
  expect(former).toContain(`Here the same words are another run: ${trainWords(own)}`);
});

describe('a damaged record', () => {
  test.each(['{', '{}'])('%s alone is listed as such, with its file', async (text) => {
    const file = await write(OTHER, text);
    const { exitCode, stdout } = await run('runs', 'list');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${OTHER}  ${file} is damaged: `);
    expect(stdout).not.toContain('No run yet');
  });

  test('stands beside those that are whole', async () => {
    await write(OTHER, '{}');
    await write(WHOLE, JSON.stringify(recordOf(WHOLE)));
    const text = await run('runs', 'list');
    expect(text.stdout.trim().split('\n')).toEqual([
      expect.stringContaining(`${OTHER}  `),
      expect.stringContaining(`${WHOLE}  nano`),
    ]);
    expect(text.stderr).toContain(`chartlife runs show ${WHOLE}`);
    const json = await run('runs', 'list', '--json');
    expect(JSON.parse(json.stdout)).toEqual([
      { runId: OTHER, damaged: expect.stringContaining('is damaged: its runId is undefined') },
      { ...recordOf(WHOLE), underWay: null },
    ]);
  });

  test.each([
    ['runs', 'show', OTHER.slice(0, 4)],
    ['runs', 'watch', OTHER],
    ['model', 'publish', OTHER],
  ])('is what %s %s says', async (...args) => {
    await write(OTHER, '{"runId":');
    const { exitCode, stderr } = await run(...args);
    expect(exitCode).toBe(6);
    expect(stderr).toContain('is damaged: ');
    expect(stderr).toContain('[LakeUnusable]');
    expect(stderr).toContain('Move it away; trained again, the run is frozen anew.');
  });
});
