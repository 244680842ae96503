/** `chartlife forecast` up to where the trainer's process begins; whole forecasts are in tests/integration. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeFeatures, featureSettings } from '../../audio/features.ts';
import { createContext } from '../../cli/context.ts';
import { partInRun, trainingNote } from '../../cli/forecast/partInRun.ts';
import { selectForecasts } from '../../cli/forecast/selection.ts';
import { lastTestedWeeks, untestedNote } from '../../cli/forecast/testedWeeks.ts';
import { countUnheardTracks } from '../../cli/forecast/unheardTracks.ts';
import type { SplitPart } from '../../contracts/dataset.ts';
import { parseRegion, type Region } from '../../contracts/regions.ts';
import type { RunId } from '../../contracts/runs.ts';
import { type Dataset, freezeDataset } from '../../data/dataset/dataset.ts';
import { encodeDataset } from '../../data/dataset/datasetFile.ts';
import { openLake } from '../../data/lake/openLake.ts';
import { withChanges } from '../../models/recipes/changes.ts';
import { RECIPES } from '../../models/recipes/presets.ts';
import type { Home } from '../../runtime/home.ts';
import { type RunRecord, runFolderIn } from '../../workers/trainer/runFolder.ts';
import { wordOf } from '../data/dataset/chartedTracks.ts';
import { EXTENSIONS_DIR, trackIdOf } from '../data/lakeFixture.ts';
import { makeHome } from '../integration/liveSystem.ts';
import { fillLake } from '../integration/trainableSystem.ts';
import { captureEffects, chartlife } from './captureEffects.ts';

const RUN_ID = '3f9a6c01d2e4b587' as RunId;
const NUM_WEEKS = 3;
type Heard = NonNullable<RunRecord['dataset']>;
const [US, JP] = [parseRegion('us'), parseRegion('jp')];

describe('of what is asked', () => {
  const asked = { trackId: trackIdOf('one'), region: undefined, told: undefined, numWeeks: NUM_WEEKS };
  const chart = { trackId: asked.trackId, region: US };

  test('a trajectory of which every week of the run is known is left out, and counted', () => {
    const { isWanted, numWhollyKnown } = selectForecasts(asked);
    expect([2, 3, 4].map((numObserved) => isWanted(chart, numObserved))).toEqual([true, false, false]);
    expect(numWhollyKnown()).toBe(2);
  });

  test('another region is left out, and is not counted', () => {
    const { isWanted, numWhollyKnown } = selectForecasts({ ...asked, region: JP });
    expect(isWanted(chart, NUM_WEEKS)).toBe(false);
    expect(numWhollyKnown()).toBe(0);
  });

  test('with weeks kept from the model it is wanted again; of all weeks there are none to keep', () => {
    const { isWanted, maxTold } = selectForecasts({ ...asked, told: NUM_WEEKS - 1 });
    expect(isWanted(chart, NUM_WEEKS)).toBe(true);
    expect(maxTold).toBe(NUM_WEEKS - 1);
    const refusal = { type: 'InvalidInput', next: 'Give at most 2.' };
    expect(() => selectForecasts({ ...asked, told: NUM_WEEKS })).toThrow(expect.objectContaining(refusal));
  });
});

test('what came is no test of a track that was trained on', () => {
  expect(trainingNote('training', 1)).toBe('this track is of the run’s training part: it was trained on what came');
  expect(trainingNote('training', undefined)).toBeNull();
  for (const part of ['validation', 'test', null] as const) expect(trainingNote(part, 1)).toBeNull();
});

describe('of weeks that a run was never held against', () => {
  const recordOf = (horizons: readonly (readonly [string, number])[]) => {
    const errors = horizons.map(([horizon, numWeeks]) => ({ horizon, numWeeks, mae: null, rmse: null }));
    const models = [{ model: 'MP3', errors, regions: {} }];
    const judged = { stage: 'mp3', part: 'test', numObserved: 1, models, gain: null, calibration: null } as const;
    return { evaluations: { mp3: [judged, { ...judged, part: 'validation', models: [] }] } } as const;
  };

  test('it is told, from the last weeks of which the test part had one', () => {
    const tested = lastTestedWeeks(
      recordOf([
        ['all', 9],
        ['1-4', 6],
        ['5-13', 3],
        ['14-26', 0],
      ]),
    );
    expect(tested).toBe('5-13');
    expect(untestedNote(tested, 13)).toBeNull();
    expect(untestedNote(tested, 14)).toContain('tested on weeks up to those of 5-13 from a debut');
  });

  test('where it had none, or was not evaluated, nothing is known of any week', () => {
    for (const record of [
      recordOf([
        ['all', 0],
        ['1-4', 0],
      ]),
      {},
    ]) {
      expect(lastTestedWeeks(record)).toBeNull();
      expect(untestedNote(lastTestedWeeks(record), 1)).toContain('no week of a later debut');
    }
  });
});

describe('of a lake and a run', () => {
  let home: Home;
  let dataset: Dataset;
  const forecast = (...args: string[]) =>
    chartlife(['forecast', ...args, '--run', RUN_ID], { env: { CHARTLIFE_HOME: home.root, NO_COLOR: '1' } });

  beforeAll(async () => {
    home = await makeHome();
    await fillLake(home);
    const changes = [`decoder.numWeeks=${NUM_WEEKS}`, 'sumWeeks=3', 'split.embargoDays=0'];
    const recipe = withChanges(RECIPES.nano, changes);
    const { version: featureVersion } = describeFeatures(featureSettings({ window: 'hanning' }));
    const { catalogPath, lakeDataDir: dataDir } = home;
    const lake = await openLake({ catalogPath, dataDir, extensionsDir: EXTENSIONS_DIR }, { mode: 'read' });
    const settings = {
      featureVersion,
      trajectories: 'daily',
      numWeeks: NUM_WEEKS,
      split: recipe.split,
      regions: recipe.regions,
      seed: 1,
    } as const;
    dataset = await freezeDataset(lake, 1, settings).finally(() => lake.close());
    const record: RunRecord = {
      ...{ runId: RUN_ID, recipe, snapshotId: 1, seed: 1, versions: {}, createdAt: '2026-11-22T12:00:00.000Z' },
      dataset: { featureVersion } as NonNullable<RunRecord['dataset']>,
      weightsSha256: { mp2: 'a', mp3: 'b' },
    };
    const folder = path.join(home.runsDir, RUN_ID);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'run.json'), JSON.stringify(record));
    await writeFile(path.join(folder, 'dataset.arrow'), encodeDataset(dataset));
  });
  afterAll(() => rm(home.root, { recursive: true, force: true }));

  test('a track of which all weeks are known is refused, with how to forecast it all the same', async () => {
    const track = trackIdOf(wordOf(1));
    const svg = path.join(home.root, 'fan.svg');
    for (const args of [[track], [track, '--region', 'us'], [track, '--plot', svg], [track, '--json']]) {
      const { exitCode, stdout, stderr } = await forecast(...args);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain(`run ${RUN_ID} forecasts 3 weeks from the debut, and all are known`);
      expect(stderr).toContain(`chartlife forecast ${track} --run ${RUN_ID} --told 1`);
    }
  });

  test('a track is of the part that the run had it in, or of none', async () => {
    const folder = runFolderIn(home.runsDir, RUN_ID);
    const found = new Map<SplitPart | null, number>();
    for (const { trackId, part } of dataset.tracks) {
      expect(await partInRun(folder, trackId)).toBe(part);
      found.set(part, 1 + (found.get(part) ?? 0));
    }
    expect([...found.keys()].toSorted()).toEqual(['test', 'training', 'validation']);
    expect(await partInRun(folder, trackIdOf('nobody'))).toBeNull();
  });

  test('new tracks that nobody has heard are counted, by region', async () => {
    const context = createContext(captureEffects({ env: { CHARTLIFE_HOME: home.root } }).effects, { isJson: false });
    const { recipe, dataset: heard } = await runFolderIn(home.runsDir, RUN_ID).require();
    const count = (featureVersion: string, region?: Region) =>
      countUnheardTracks(context, { recipe, dataset: { ...(heard as Heard), featureVersion } }, region);
    expect(await count((heard as Heard).featureVersion)).toBe(0);
    // The charts end on day 69: tracks 21 to 24 came on days 42 to 48. When `held` came is not known.
    for (const region of [undefined, US, JP]) expect(await count('of other settings', region)).toBe(4);
    expect(await count('of other settings', parseRegion('gb'))).toBe(0);
  });

  test('more weeks than the run forecasts can not be told', async () => {
    const { exitCode, stderr } = await forecast(trackIdOf(wordOf(1)), '--told', '3');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--told 3: the run forecasts 3 weeks from a debut');
  });
});
