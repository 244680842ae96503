/** What a run's steps refuse before they compute: other versions than its own, and files that are not what was written. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StageHooks } from '../../../activities/train.ts';
import { type TrackExample, WEEK_STATE } from '../../../contracts/dataset.ts';
import { addDays, parseDate } from '../../../contracts/dates.ts';
import type { TrackId } from '../../../contracts/ids.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import type { RecipeSource, RunId } from '../../../contracts/runs.ts';
import { RECIPES } from '../../../models/recipes/presets.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { homeAt } from '../../../runtime/home.ts';
import { nativeCacheAt } from '../../../runtime/nativeParts.ts';
import { runVersions } from '../../../runtime/versions.ts';
import { type ReadingTask, requireRunFiles } from '../../../workers/trainer/requireRunFiles.ts';
import { type RunFolder, type RunRecord, runFolderIn, runIdOf } from '../../../workers/trainer/runFolder.ts';
import { weightsPathOf } from '../../../workers/trainer/runPaths.ts';
import { createRuns, type RunsOptions } from '../../../workers/trainer/runs.ts';

const RUN = '0123456789abcdef' as RunId;
const HOOKS: StageHooks = { onBeat: () => undefined, signal: new AbortController().signal };
let root: string;
let folder: RunFolder;
let record: RunRecord;

/** Of a run that is fitted, with both stages trained and neither evaluated. */
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'chartlife-runs-'));
  folder = runFolderIn(homeAt(root).runsDir, RUN);
  record = {
    ...{ runId: RUN, recipe: RECIPES.nano, snapshotId: 3, seed: 1, versions: runVersions() },
    createdAt: '2026-03-16T00:00:00.000Z',
    dataset: { sha256: sha256Hex('data set'), featureVersion: 'one' } as RunRecord['dataset'] & object,
    normalisers: {} as RunRecord['normalisers'] & object,
    weightsSha256: { mp2: sha256Hex('mp2'), mp3: sha256Hex('mp3') },
  };
  await folder.write(record);
  await writeFile(folder.datasetPath, 'data set');
  for (const stage of ['mp2', 'mp3'] as const) await writeFile(weightsPathOf(folder.path, stage), stage);
});
afterEach(() => rm(root, { recursive: true }));

const fails = (): never => {
  throw new TypeError('nothing is read of the lake or written to it');
};
const optionsOf = (): RunsOptions => ({
  home: homeAt(root),
  nativeCache: nativeCacheAt(path.join(root, 'cache')),
  variant: 'cpu',
  logger: { log: () => undefined },
  lake: {
    ...{ pinSnapshot: fails, commitRun: fails, commitPublication: fails },
    ...{ commitForecasts: fails, issuedForecasts: fails },
  },
  openLakeAt: fails,
});
const runs = () => createRuns(optionsOf());

const FIRST_DAY = parseDate('2024-01-01');
/** Debuts a month apart: every part has some, whatever is hidden between them. */
const examples = (): TrackExample[] =>
  Array.from({ length: 40 }, (_, place) => ({
    trackId: `4iV5W9uYEdYUVa79Ax${String(place).padStart(4, '0')}` as TrackId,
    ...{ title: null, artists: [], featured: [], isSynthetic: true },
    ...{ shardSha256: sha256Hex('shard'), rowInShard: place, valuesSha256: sha256Hex(`${place}`) },
    trajectories: [
      {
        region: parseRegion('us'),
        debut: addDays(FIRST_DAY, 30 * place),
        states: new Uint8Array(RECIPES.nano.decoder.numWeeks).fill(WEEK_STATE.on),
        log10Streams: new Float32Array(RECIPES.nano.decoder.numWeeks).fill(5),
      },
    ],
  }));

/** Each as it is before that step was done. */
const STEPS = {
  fit: { undone: { normalisers: undefined }, take: () => runs().fit(RUN) },
  'train mp2': { undone: { weightsSha256: {} }, take: () => runs().train({ runId: RUN, stage: 'mp2' }, HOOKS) },
  'train mp3': {
    undone: { weightsSha256: { mp2: sha256Hex('mp2') } },
    take: () => runs().train({ runId: RUN, stage: 'mp3' }, HOOKS),
  },
  'evaluate mp2': { undone: {}, take: () => runs().evaluate({ runId: RUN, stage: 'mp2' }, HOOKS) },
  'evaluate mp3': { undone: {}, take: () => runs().evaluate({ runId: RUN, stage: 'mp3' }, HOOKS) },
} as const;

/** As JSON: what is undefined is not there. */
const write = (changes: object): Promise<void> => folder.write({ ...record, ...changes });

describe.each(Object.entries(STEPS))('%s', (_name, { undone, take }) => {
  test.each([
    ['code', '0123456789ab'],
    ['chartlife', '0.0.9'],
    ['tensorflow', '2.17.0'],
  ])('refuses a run of another %s', async (name, version) => {
    await write({ ...undone, versions: { ...record.versions, [name]: version } });
    await expect(take()).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining(`${name} ${version}`),
      details: { own: expect.stringContaining(`${name} ${record.versions[name]}`) },
    });
  });

  test('refuses a data set that is not the one that was frozen', async () => {
    await write(undone);
    await writeFile(folder.datasetPath, 'data sets');
    await expect(take()).rejects.toMatchObject({
      type: 'LakeUnusable',
      details: { path: folder.datasetPath, expected: sha256Hex('data set'), found: sha256Hex('data sets') },
      next: expect.stringContaining(folder.path),
    });
  });
});

test.each([
  ['train mp3', 'mp2'],
  ['evaluate mp2', 'mp2'],
  ['evaluate mp3', 'mp3'],
] as const)('%s refuses other weights of %s, or none', async (name, stage) => {
  const { undone, take } = STEPS[name];
  await write(undone);
  const file = weightsPathOf(folder.path, stage);
  const expected = sha256Hex(stage);
  await writeFile(file, 'others');
  await expect(take()).rejects.toMatchObject({
    type: 'LakeUnusable',
    details: { path: file, expected, found: sha256Hex('others') },
  });
  await rm(file);
  await expect(take()).rejects.toMatchObject({ type: 'LakeUnusable', details: { path: file, expected, found: null } });
});

test('a forecast refuses other weights', async () => {
  await writeFile(weightsPathOf(folder.path, 'mp3'), 'others');
  const task: ReadingTask = { task: 'forecast', stage: 'mp3' };
  await expect(requireRunFiles(folder, record, task)).rejects.toMatchObject({ type: 'LakeUnusable' });
});

test.each<ReadingTask>([
  { task: 'fit' },
  { task: 'train', stage: 'mp2' },
  { task: 'train', stage: 'mp3' },
  { task: 'evaluate', stage: 'mp3' },
  { task: 'forecast', stage: 'mp3' },
])('%j is let by where all is as it was written, whatever becomes of what it does not read', async (task) => {
  if (task.task !== 'train') await writeFile(weightsPathOf(folder.path, 'mp2'), 'others');
  await expect(requireRunFiles(folder, record, task)).resolves.toBeUndefined();
});

test('the trainer gets the threads that the run was given, whatever this machine has', async () => {
  await write({ weightsSha256: {}, numThreads: 67 });
  // Our data set is none: it fails, after it was told.
  await expect(STEPS['train mp2'].take()).rejects.toThrow();
  const job = JSON.parse(await readFile(path.join(folder.path, 'mp2.train.1.job.json'), 'utf8'));
  expect(job).toMatchObject({ numThreads: 67 });
});

test('an attempt has a job of its own: those of former attempts at the same go, one of a later attempt stays', async () => {
  await write({ weightsSha256: {} });
  const jobs = async (): Promise<string[]> =>
    (await readdir(folder.path)).filter((name) => name.endsWith('.job.json')).sort();
  const others = ['mp2.evaluate.0.job.json', 'mp2.train.9.job.json'];
  for (const name of [...others, 'mp2.train.0.job.json', 'mp2.train.job.json']) {
    await writeFile(path.join(folder.path, name), '{}');
  }
  for (const lease of [1, 2]) {
    await expect(STEPS['train mp2'].take()).rejects.toThrow();
    expect(await jobs()).toEqual([...others, `mp2.train.${lease}.job.json`].sort());
  }
  const own = JSON.parse(await readFile(path.join(folder.path, 'mp2.train.2.job.json'), 'utf8'));
  expect(own).toMatchObject({ lease: 2 });
});

test('a run gets this machine’s threads when it is frozen; one that reproduces another gets that one’s', async () => {
  await write({ numThreads: 67 });
  const { recipe, snapshotId, seed, versions } = record;
  const frozen = createRuns({
    ...optionsOf(),
    lake: { ...optionsOf().lake, pinSnapshot: async () => undefined },
    openLakeAt: async () => ({
      trainingExamples: async () => examples(),
      trainingCoverage: async () => ({}),
      close: async () => undefined,
    }),
  });
  const threadsOf = async (source: RecipeSource, reproduces: { readonly reproduces?: RunId }) => {
    const runId = runIdOf({ recipe, snapshotId, seed, versions, ...reproduces });
    await frozen.freeze({ runId, recipe: source, snapshotId, seed, versions, today: FIRST_DAY });
    return (await runFolderIn(homeAt(root).runsDir, runId).require()).numThreads;
  };
  expect(await threadsOf({ kind: 'preset', name: 'nano', changes: [] }, {})).toBe(os.availableParallelism());
  expect(await threadsOf({ kind: 'run', runId: RUN }, { reproduces: RUN })).toBe(67);
});

test('what is done is done, whoever asks', async () => {
  await write({ versions: { chartlife: '0.0.9' }, evaluations: { mp2: [], mp3: [] } });
  const before = await readFile(path.join(folder.path, 'run.json'), 'utf8');
  for (const { take } of Object.values(STEPS)) await take();
  expect(await readFile(path.join(folder.path, 'run.json'), 'utf8')).toBe(before);
});
