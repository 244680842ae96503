import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addDays, parseDate } from '../../../contracts/dates.ts';
import type { PlainRow } from '../../../data/lake/values.ts';
import { SAMPLE_FILES } from '../../../data/sample/loadSample.ts';
import { PROJECT_ROOT } from '../../../runtime/projectRoot.ts';
import { trackIdOf } from '../lakeFixture.ts';
import { type Entry, openPlainLake, type PlainLake } from './plainLake.ts';

let lake: PlainLake;
beforeAll(async () => {
  lake = await openPlainLake();
});
beforeEach(() => lake.clear());
afterAll(() => lake.close());

const METRICS = ['debut', 'max', 'mean', 'std', 'length', 'sum', 'skewness', 'kurtosis'] as const;

function series(values: readonly (number | null)[], more: Partial<Entry> = {}): Entry[] {
  return values.map((streams, index) => ({
    date: addDays(parseDate('2026-01-01'), index),
    rank: 1,
    track: 'song',
    streams,
    ...more,
  }));
}

async function metricsOf(measure = 'streams'): Promise<PlainRow | undefined> {
  const [row] = await lake.rows(`SELECT ${METRICS.join(', ')} FROM popularity_metric WHERE measure = '${measure}'`);
  return row;
}

describe('by streams', () => {
  test('the eight metrics of a small series, by hand', async () => {
    await lake.addEntries(series([2, 4, 4, 4, 5, 5, 7, 9]));
    // Mean 5; deviations -3 -1 -1 -1 0 0 2 4; their squares add up to 32, cubes to 42, fourth powers to 356.
    expect(await metricsOf()).toEqual({
      debut: 2,
      max: 9,
      mean: 5,
      std: 2,
      length: 8,
      sum: 40,
      skewness: 42 / 8 / 8,
      kurtosis: 356 / 8 / 16,
    });
  });

  test.each([
    [[7], { debut: 7, max: 7, mean: 7, std: 0, length: 1, sum: 7, skewness: null, kurtosis: null }],
    [[1, 3], { debut: 1, max: 3, mean: 2, std: 1, length: 2, sum: 4, skewness: null, kurtosis: null }],
    [[6, 6, 6], { debut: 6, max: 6, mean: 6, std: 0, length: 3, sum: 18, skewness: null, kurtosis: null }],
    [
      [0, 0, 3],
      { debut: 0, max: 3, mean: 1, std: Math.SQRT2, length: 3, sum: 3, skewness: Math.SQRT1_2, kurtosis: 1.5 },
    ],
  ])('of %j', async (values, expected) => {
    await lake.addEntries(series(values));
    const row = await metricsOf();
    for (const name of METRICS) {
      const wanted = expected[name];
      if (wanted === null) expect([name, row?.[name]]).toEqual([name, null]);
      else expect(row?.[name]).toBeCloseTo(wanted, 12);
    }
  });

  test('periods off the chart, and periods whose streams are unknown, are left out', async () => {
    await lake.addEntries([
      ...series([null, 5, 9]),
      { date: '2026-03-01', rank: 1, track: 'song', streams: 1 },
      { date: '2026-03-02', rank: 1, track: 'blank', streams: null },
    ]);
    expect(await metricsOf()).toMatchObject({ debut: 5, length: 3, sum: 15 });
    expect(
      await lake.rows(`SELECT track_id, length FROM popularity_metric WHERE measure = 'rank_score' ORDER BY length`),
    ).toEqual([
      { track_id: trackIdOf('blank'), length: 1 },
      { track_id: trackIdOf('song'), length: 4 },
    ]);
  });

  test('a track that stands twice on one chart is there once', async () => {
    await lake.addEntries([
      { date: '2026-01-01', rank: 2, track: 'song', streams: null },
      { date: '2026-01-01', rank: 5, track: 'song', streams: 10, movement: 're-entry' },
    ]);
    expect(await metricsOf()).toMatchObject({ length: 1, sum: 10 });
    expect(await metricsOf('rank_score')).toMatchObject({ length: 1, sum: 199 });
  });

  test('charts do not mix', async () => {
    await lake.addEntries([...series([1, 2]), ...series([3], { kind: 'weekly' }), ...series([4], { region: 'gb' })]);
    expect(
      await lake.rows(`SELECT chart_kind, region, sum FROM popularity_metric WHERE measure = 'streams' ORDER BY sum`),
    ).toEqual(
      [
        { chart_kind: 'daily', region: 'us', sum: 3 },
        { chart_kind: 'weekly', region: 'us', sum: 3 },
        { chart_kind: 'daily', region: 'gb', sum: 4 },
      ].sort((a, b) => a.sum - b.sum),
    );
  });

  test('large numbers keep their digits: a shift moves no moment', async () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    await lake.addEntries(series(values));
    const near = await metricsOf();
    await lake.clear();
    await lake.addEntries(series(values.map((value) => value + 4_000_000_000)));
    const far = await metricsOf();
    for (const name of ['std', 'skewness', 'kurtosis'] as const)
      expect(far?.[name]).toBeCloseTo(Number(near?.[name]), 9);
  });
});

describe('by rank score', () => {
  test('it is 201 less the rank', async () => {
    await lake.addEntries(
      [1, 200, 100].map((rank, index) => ({
        date: addDays(parseDate('2026-01-01'), index),
        rank,
        track: 'song',
        streams: 5,
      })),
    );
    expect(await metricsOf('rank_score')).toMatchObject({ debut: 200, max: 200, length: 3, sum: 302 });
  });

  test('a shallower chart counts from its own depth, for both measures', async () => {
    await lake.addEntries(
      [1, 100, 101].map((rank, index) => ({
        date: addDays(parseDate('2026-01-01'), index),
        rank,
        track: 'song',
        streams: 5,
      })),
    );
    await lake.run('SET VARIABLE chart_depth = 100');
    expect(await metricsOf('rank_score')).toMatchObject({ debut: 100, max: 100, length: 2, sum: 101 });
    expect(await metricsOf('streams')).toMatchObject({ length: 2, sum: 10 });
  });
});

describe('switches', () => {
  test.each([
    [`SET VARIABLE moments = 'Sample'`, /moments must be population or sample, not Sample/],
    [`SET VARIABLE moments = 1`, /moments must be population or sample, not 1/],
    [`SET VARIABLE kurtosis = 'fisher'`, /kurtosis must be raw or excess, not fisher/],
    [`SET VARIABLE chart_depth = 0`, /chart_depth must be 1 or more, not 0/],
    [`SET VARIABLE chart_depth = 'all'`, /all/],
  ])('%s is an error, even where the value is not asked for', async (statement, message) => {
    await lake.addEntries(series([1, 2, 3]));
    await lake.run(statement);
    await expect(lake.rows('FROM popularity_metric')).rejects.toThrow(message);
    await expect(lake.rows('SELECT sum FROM popularity_metric')).rejects.toThrow(message);
  });

  test('excess is raw less three', async () => {
    await lake.addEntries(series([1, 2, 4, 8]));
    const raw = await metricsOf();
    await lake.run(`SET VARIABLE kurtosis = 'excess'`);
    expect((await metricsOf())?.kurtosis).toBeCloseTo(Number(raw?.kurtosis) - 3, 12);
  });

  test('sample moments need more periods', async () => {
    await lake.run(`SET VARIABLE moments = 'sample'`);
    for (const [values, nulls] of [
      [[1], ['std', 'skewness', 'kurtosis']],
      [
        [1, 2],
        ['skewness', 'kurtosis'],
      ],
      [[1, 2, 4], ['kurtosis']],
      [[1, 2, 4, 8], []],
    ] as const) {
      await lake.run('DELETE FROM chart_entry');
      await lake.addEntries(series(values));
      const row = await metricsOf();
      expect(METRICS.filter((name) => row?.[name] === null)).toEqual(nulls);
    }
  });
});

interface Moments {
  readonly std: number | null;
  readonly skewness: number | null;
  readonly kurtosis: number | null;
}
interface Golden {
  readonly tracks: Readonly<
    Record<
      string,
      Readonly<
        Record<
          'streams' | 'rank_score',
          Readonly<Record<string, number>> & { readonly population: Moments; readonly sample: Moments }
        >
      >
    >
  >;
}

describe('60 tracks of the sample equal numpy and scipy', () => {
  const golden: Golden = JSON.parse(
    readFileSync(path.join(PROJECT_ROOT, 'tests', 'golden', 'popularity', 'golden.json'), 'utf8'),
  );

  test.each(['population', 'sample'] as const)('%s moments', async (moments) => {
    await lake.run(
      `INSERT INTO chart_entry SELECT 'daily', 'us', Date::DATE, "Position"::INTEGER, track_ID, Track, [], [], NULL, NULL, NULL, NULL,
        NULL, Streams::BIGINT, NULL, NULL, NULL, NULL, 'import:sample', 'abc' FROM '${SAMPLE_FILES.daily}'`,
      `SET VARIABLE moments = '${moments}'`,
    );
    const rows = await lake.rows('FROM popularity_metric');
    expect(rows.length).toBe(2 * 5433);
    const found = new Map(rows.map((row) => [`${row.track_id} ${row.measure}`, row]));
    let numCompared = 0;
    for (const [track, measures] of Object.entries(golden.tracks)) {
      for (const measure of ['streams', 'rank_score'] as const) {
        const wanted: Record<string, unknown> = { ...measures[measure], ...measures[measure][moments] };
        for (const name of METRICS) {
          const value = found.get(`${track} ${measure}`)?.[name];
          const expected = wanted[name];
          if (expected === null) expect([track, measure, name, value]).toEqual([track, measure, name, null]);
          else
            expect(Math.abs(Number(value) - Number(expected)) / Math.max(1, Math.abs(Number(expected)))).toBeLessThan(
              1e-9,
            );
          numCompared++;
        }
      }
    }
    expect(numCompared).toBe(60 * 2 * 8);
  });
});

test('of any series: bounds that every distribution keeps', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 30 }),
      async (values) => {
        await lake.clear();
        await lake.addEntries(series(values));
        const row = await metricsOf();
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        expect(row).toMatchObject({ debut: values[0], max: Math.max(...values), length: values.length });
        expect(row?.mean).toBeCloseTo(mean, 6);
        const { skewness, kurtosis } = { skewness: row?.skewness, kurtosis: row?.kurtosis };
        if (skewness === null || kurtosis === null) {
          expect(values.length < 3 || new Set(values).size === 1).toBe(true);
        } else {
          // Pearson's inequality; the largest possible values for n periods.
          expect(Number(kurtosis)).toBeGreaterThanOrEqual(Number(skewness) ** 2 + 1 - 1e-9);
          expect(Number(kurtosis)).toBeLessThanOrEqual(values.length + 1e-9);
        }
      },
    ),
    { numRuns: 50 },
  );
});
