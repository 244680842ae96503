/** Runs, metrics and forecasts in the lake: written whole, nothing twice, and no news for what is trained on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDate } from '../../../contracts/dates.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import type { ForecastCommit, MetricRow, RunCommit, RunRow, TrackForecast } from '../../../contracts/runRows.ts';
import type { RunId } from '../../../contracts/runs.ts';
import { newestDataSnapshot } from '../../../data/lake/newestDataSnapshot.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { commit, type LakeHome, makeLake, pageOf, rowsOf, trackIdOf } from '../lakeFixture.ts';

const RUN = '0123456789abcdef' as RunId;
const OTHER = 'fedcba9876543210' as RunId;
let home: LakeHome;
beforeEach(async () => {
  home = await makeLake();
});
afterEach(() => home.remove());

const runOf = (changes: Partial<RunRow> = {}): RunRow => ({
  runId: RUN,
  recipe: 'nano',
  recipeJson: '{"name":"nano"}',
  seed: 1,
  snapshotId: 3,
  versionsJson: '{"chartlife":"0.1.0"}',
  reproduces: null,
  state: 'going',
  why: null,
  featureVersion: sha256Hex('features'),
  datasetSha256: sha256Hex('data set'),
  numTracks: { training: 7, validation: 2, test: 1 },
  numSynthetic: 10,
  weightsSha256: {},
  beatsBaselines: null,
  createdAt: '2026-11-26T12:00:00.000Z',
  ...changes,
});
const lossOf = (step: number, value: number): MetricRow => ({
  ...{ stage: 'mp2', step, part: 'training', model: 'MP2', region: 'all', horizon: 'all' },
  ...{ numObservedWeeks: null, name: 'loss', value, numValues: 16 },
});
const RUN_COMMIT: RunCommit = {
  run: runOf(),
  metrics: [lossOf(0, 1.25), lossOf(1, 0.1)],
  checkpoints: [{ stage: 'mp2', step: 2, sha256: sha256Hex('checkpoint'), numBytes: 1_000 }],
};

describe('a run', () => {
  it('is written whole, and the same again makes no snapshot', async () => {
    expect(await home.lake.commitRun(RUN_COMMIT)).not.toBeNull();
    expect(await home.lake.commitRun(RUN_COMMIT)).toBeNull();
    const [row] = await rowsOf(home.lake, 'SELECT * EXCLUDE (recorded_at) FROM run');
    expect(row).toMatchObject({
      ...{ run_id: RUN, recipe: 'nano', seed: 1, snapshot_id: 3, state: 'going', why: null, reproduces: null },
      ...{ num_training_tracks: 7, num_synthetic_tracks: 10, mp2_sha256: null, beats_baselines: null },
      created_at: '2026-11-26T12:00:00.000Z',
    });
    expect(await rowsOf(home.lake, 'SELECT step, value FROM run_metric ORDER BY step')).toEqual([
      { step: 0, value: 1.25 },
      { step: 1, value: 0.1 },
    ]);
    expect(await rowsOf(home.lake, 'SELECT step, num_bytes FROM checkpoint')).toEqual([{ step: 2, num_bytes: 1_000 }]);
  });

  it('is brought up to date: what is new is added, what is no more is gone, others stay', async () => {
    await home.lake.commitRun({ ...RUN_COMMIT, run: runOf({ runId: OTHER }) });
    await home.lake.commitRun(RUN_COMMIT);
    const later: RunCommit = {
      run: runOf({ state: 'done', why: 'it beats every baseline', weightsSha256: { mp2: 'a' }, beatsBaselines: true }),
      metrics: [lossOf(0, 1.25), lossOf(1, 0.1), lossOf(2, 0.05)],
      checkpoints: [{ stage: 'mp3', step: 3, sha256: sha256Hex('another'), numBytes: 1 }],
    };
    await home.lake.commitRun(later);
    const states = await rowsOf(home.lake, 'SELECT run_id, state, mp2_sha256 FROM run ORDER BY run_id');
    expect(states).toEqual([
      { run_id: RUN, state: 'done', mp2_sha256: 'a' },
      { run_id: OTHER, state: 'going', mp2_sha256: null },
    ]);
    const counts = await rowsOf(home.lake, 'SELECT run_id, count(*) AS n FROM run_metric GROUP BY ALL ORDER BY run_id');
    expect(counts).toEqual([
      { run_id: RUN, n: 3 },
      { run_id: OTHER, n: 2 },
    ]);
    expect(await rowsOf(home.lake, `SELECT stage FROM checkpoint WHERE run_id = '${RUN}'`)).toEqual([{ stage: 'mp3' }]);
  });

  it('is no news for what is trained on', async () => {
    await commit(home.lake, pageOf());
    const before = newestDataSnapshot(await home.lake.snapshots());
    expect(before).toBe((await home.lake.snapshots()).at(-1)?.snapshotId);
    await home.lake.commitRun(RUN_COMMIT);
    await home.lake.pinSnapshot(before, 'run-1', 'because');
    // The same pin again is no error: an activity may run twice.
    await home.lake.pinSnapshot(before, 'run-1', 'because');
    expect(newestDataSnapshot(await home.lake.snapshots())).toBe(before);
    await commit(home.lake, pageOf({ date: parseDate('2026-11-26') }));
    expect(newestDataSnapshot(await home.lake.snapshots())).toBeGreaterThan(before);
  });
});

describe('publications', () => {
  it('are listed newest first, and the newest is not made again', async () => {
    const first = { runId: RUN, publishedAt: '2026-11-25T00:00:00.000Z', publishedBy: 'run', why: 'good' } as const;
    const second = { ...first, runId: OTHER, publishedAt: '2026-11-26T00:00:00.000Z' };
    expect(await home.lake.publications()).toEqual([]);
    await home.lake.commitPublication(first);
    await home.lake.commitPublication({ ...first, publishedAt: '2026-11-25T01:00:00.000Z' });
    await home.lake.commitPublication(second);
    expect(await home.lake.publications()).toEqual([second, first]);
    const again = { ...first, publishedAt: '2026-11-27T00:00:00.000Z' };
    await home.lake.commitPublication(again);
    expect((await home.lake.publications())[0]).toEqual(again);
  });
});

describe('forecasts', () => {
  const forecastOf = (name: string, numObserved: number): TrackForecast => ({
    trackId: trackIdOf(name),
    region: parseRegion('us'),
    debut: parseDate('2026-11-20'),
    isSynthetic: true,
    numObserved,
    weeks: [
      { onChart: 0.9, log10Streams: [5.5, 6, 6.25] },
      { onChart: 0.5, log10Streams: [5, 5.5, 6] },
    ],
  });
  const FORECASTS: ForecastCommit = {
    runId: RUN,
    issuedOn: parseDate('2026-11-26'),
    quantileLevels: [0.1, 0.5, 0.9],
    forecasts: [forecastOf('one', 0), forecastOf('two', 1)],
  };

  it('are one row a week that is to come, and the same again makes no snapshot', async () => {
    expect(await home.lake.commitForecasts({ ...FORECASTS, forecasts: [] })).toBeNull();
    expect(await home.lake.commitForecasts(FORECASTS)).not.toBeNull();
    expect(await home.lake.commitForecasts(FORECASTS)).toBeNull();
    const rows = await rowsOf(
      home.lake,
      `SELECT * FROM forecast WHERE track_id = '${trackIdOf('two')}' ORDER BY week_index`,
    );
    expect(rows[0]).toEqual({
      ...{ run_id: RUN, track_id: trackIdOf('two'), region: 'us', issued_on: '2026-11-26', num_observed_weeks: 1 },
      ...{ week_index: 1, week_start: '2026-11-27', on_chart_probability: 0.9, median_log10_streams: 6 },
      ...{ quantile_levels: [0.1, 0.5, 0.9], log10_streams: [5.5, 6, 6.25], is_synthetic: true },
    });
    expect(rows.map((row) => row.week_index)).toEqual([1, 2]);
  });

  it('of a later week of the same track stand beside the former', async () => {
    await home.lake.commitForecasts(FORECASTS);
    await home.lake.commitForecasts({ ...FORECASTS, forecasts: [forecastOf('one', 1)] });
    const issued = await home.lake.issuedForecasts(RUN);
    expect(issued).toHaveLength(2);
    expect(issued).toContainEqual({ trackId: trackIdOf('one'), region: 'us', numObserved: 1 });
    expect(await home.lake.issuedForecasts(OTHER)).toEqual([]);
    expect(await rowsOf(home.lake, 'SELECT count(*) AS n FROM forecast')).toEqual([{ n: 6 }]);
  });
});
