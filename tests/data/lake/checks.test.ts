/** Each data check against a lake that breaks it, and against one that doesn't. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseDate } from '../../../contracts/dates.ts';
import type { CheckResult } from '../../../contracts/lake.ts';
import type { ChartRow } from '../../../contracts/pages.ts';
import { dataChecks } from '../../../data/lake/checks.ts';
import type { Lake } from '../../../data/lake/types.ts';
import { commit, execute, type LakeHome, makeLake, pageOf, rowOf, trackIdOf } from '../lakeFixture.ts';

let home: LakeHome;
let lake: Lake;
beforeEach(async () => {
  home = await makeLake();
  lake = home.lake;
});
afterEach(() => home.remove());

const TODAY = parseDate('2026-07-18');
const wholeLake = async (name: string): Promise<CheckResult | undefined> =>
  (await lake.runChecks(TODAY)).find((check) => check.name === name);
const named = (checks: readonly CheckResult[], name: string): CheckResult | undefined =>
  checks.find((check) => check.name === name);
const rows = (count: number, overrides: Partial<ChartRow> = {}): ChartRow[] =>
  Array.from({ length: count }, (_, index) => rowOf(index + 1, overrides));

test('every check states what it asks, whether it stops a commit, and what its figure counts', () => {
  const checks = dataChecks();
  expect(checks.map(({ name, isBlocking }) => `${name} ${isBlocking ? 'blocks' : 'warns'}`)).toEqual([
    'fresh warns',
    'gap_since_former warns',
    'ranks_contiguous blocks',
    'ranks_unique blocks',
    'rows_against_former warns',
    'rows_per_chart blocks',
    'streams_non_increasing warns',
    'totals_never_fall warns',
    'track_ids_valid blocks',
  ]);
  for (const { description, figure } of checks) {
    expect(description).toMatch(/^[A-Z].+[.:;,]?/);
    expect(figure).not.toBe('');
  }
});

test('an empty lake passes', async () => {
  expect((await lake.runChecks(TODAY)).map(({ passed, figure }) => ({ passed, figure }))).toEqual(
    dataChecks().map(() => ({ passed: true, figure: 0 })),
  );
});

test('good charts pass, over days, regions and kinds', async () => {
  for (const date of ['2026-07-14', '2026-07-15', '2026-07-16']) {
    for (const region of ['us', 'gb']) await commit(lake, pageOf({ region, date, rows: rows(200) }));
  }
  for (const date of ['2026-07-09', '2026-07-16'])
    await commit(lake, pageOf({ kind: 'weekly', date, rows: rows(200) }));
  const checks = await lake.runChecks(TODAY);
  expect(checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(named(checks, 'ranks_contiguous')?.message).toBe('all of 8 chart dates');
  expect(named(checks, 'fresh')?.message).toBe('all of 3 charts');
  expect((await lake.checkResults({ onlyFailed: true })).length).toBe(0);
});

describe('blocking checks find what slipped past a commit', () => {
  beforeEach(async () => {
    await commit(lake, pageOf({ date: '2026-07-15' }));
    await commit(lake, pageOf());
  });
  const on = `WHERE chart_date = DATE '2026-07-16'`;
  test.each([
    ['ranks_contiguous', [`DELETE FROM chart_entry ${on} AND rank = 3`], /1 ranks are missing/],
    ['ranks_contiguous', [`UPDATE chart_entry SET rank = 0 ${on} AND rank = 5`], /1 ranks are missing or below 1/],
    ['ranks_unique', [`UPDATE chart_entry SET rank = 4 ${on} AND rank = 5`], /4 ranks in 5 rows/],
    [
      'ranks_unique',
      [`INSERT INTO chart_entry SELECT * REPLACE ('replica' AS source) FROM chart_entry ${on}`],
      /5 ranks in 10 rows/,
    ],
    [
      'rows_per_chart',
      [
        `INSERT INTO chart_entry SELECT * EXCLUDE (n) REPLACE (rank + 5 * n AS rank) FROM chart_entry, range(1, 41) AS t(n) ${on}`,
      ],
      /205 rows/,
    ],
    [
      'track_ids_valid',
      [`UPDATE chart_entry SET track_id = 'spotify:x' ${on} AND rank = 2`],
      /rank 2 has the track id "spotify:x"/,
    ],
  ])('%s', async (name, statements, message) => {
    expect(await wholeLake(name)).toMatchObject({ passed: true, figure: 0, isBlocking: true });
    await execute(lake, ...statements);
    const result = await wholeLake(name);
    expect(result).toMatchObject({ passed: false, figure: 1 });
    expect(result?.message).toMatch(message);
    expect(result?.message).toContain('1 of 2 chart dates failed, the first is daily us 2026-07-16');
  });
});

describe('warnings let the commit through', () => {
  const warn = async (
    name: string,
    before: readonly ChartRow[] | null,
    after: readonly ChartRow[],
    beforeDate = '2026-07-15',
  ) => {
    if (before !== null) await commit(lake, pageOf({ date: beforeDate, rows: before }));
    const { outcome, checks } = await commit(lake, pageOf({ rows: after }), { fetchedAt: '2026-07-18T05:00:00.000Z' });
    expect(outcome).toBe('committed');
    const whole = await wholeLake(name);
    const result = named(checks, name);
    expect(whole?.passed).toBe(result?.passed);
    expect((await lake.checkResults({ onlyFailed: true })).map((check) => check.name)).toEqual(
      checks.filter(({ passed }) => !passed).map((check) => check.name),
    );
    return result;
  };

  test('streams_non_increasing', async () => {
    const after = [
      rowOf(1, { streams: 10 }),
      rowOf(2, { streams: 11 }),
      rowOf(3, { streams: 11 }),
      rowOf(4, { streams: 12 }),
    ];
    expect(await warn('streams_non_increasing', null, after)).toMatchObject({
      passed: false,
      figure: 2,
      message: '2 rows have more streams than the row above, the first at rank 2',
    });
  });

  test('streams_non_increasing passes over blank rows', async () => {
    const after = [
      rowOf(1, { streams: 10 }),
      rowOf(2, { streams: null }),
      rowOf(3, { streams: 10 }),
      rowOf(4, { streams: 3 }),
    ];
    expect(await warn('streams_non_increasing', null, after)).toMatchObject({ passed: true, figure: 0 });
    const rising = [rowOf(1, { streams: 10 }), rowOf(2, { streams: null }), rowOf(3, { streams: 11 })];
    expect(
      named((await commit(lake, pageOf({ region: 'gb', rows: rising }))).checks, 'streams_non_increasing'),
    ).toMatchObject({ passed: false, figure: 1 });
  });

  test('totals_never_fall', async () => {
    const before = [
      rowOf(1, { total: 100 }),
      rowOf(2, { total: 50 }),
      rowOf(3, { total: null }),
      rowOf(4, { total: 7 }),
    ];
    const after = [
      rowOf(1, { total: 100 }),
      rowOf(2, { total: 49 }),
      rowOf(3, { total: 1 }),
      rowOf(4, { total: null }),
    ];
    expect(await warn('totals_never_fall', before, after)).toMatchObject({
      passed: false,
      figure: 1,
      message: `1 totals fell, such as that of ${trackIdOf('track2x')}`,
    });
  });

  test('rows_against_former', async () => {
    expect(await warn('rows_against_former', rows(200), rows(179))).toMatchObject({
      passed: false,
      figure: expect.closeTo(0.105, 6),
      message: '179 rows after 200',
    });
  });

  test('rows_against_former allows a tenth, and growth', async () => {
    expect(await warn('rows_against_former', rows(200), rows(180))).toMatchObject({
      passed: true,
      figure: expect.closeTo(0.1, 6),
    });
    const grown = await commit(lake, pageOf({ date: '2026-07-17', rows: rows(200) }));
    expect(named(grown.checks, 'rows_against_former')).toMatchObject({
      passed: true,
      figure: 0,
      message: '200 rows after 180',
    });
  });

  test('gap_since_former', async () => {
    expect(await warn('gap_since_former', rows(5), rows(5), '2026-07-13')).toMatchObject({
      passed: false,
      figure: 3,
      message: '3 days after 2026-07-13',
    });
  });

  test('gap_since_former sees a chart months ago', async () => {
    expect(await warn('gap_since_former', rows(5), rows(5), '2026-01-13')).toMatchObject({
      passed: false,
      figure: 184,
    });
  });

  test('gap_since_former of weekly charts is a week', async () => {
    await commit(lake, pageOf({ kind: 'weekly', date: '2026-07-02' }));
    const next = await commit(lake, pageOf({ kind: 'weekly', date: '2026-07-09' }));
    expect(named(next.checks, 'gap_since_former')).toMatchObject({ passed: true, figure: 7 });
    const later = await commit(lake, pageOf({ kind: 'weekly', date: '2026-07-23' }));
    expect(named(later.checks, 'gap_since_former')).toMatchObject({ passed: false, figure: 14 });
  });

  test.each([
    ['daily', '2026-07-15', 3, true],
    ['daily', '2026-07-14', 4, false],
    ['daily', '2026-05-19', 60, false],
    ['daily', '2026-05-18', 61, true],
    ['weekly', '2026-07-07', 11, true],
    ['weekly', '2026-07-06', 12, false],
  ] as const)('fresh: a %s chart of %s is %d days old', async (kind, date, figure, passed) => {
    const { checks } = await commit(lake, pageOf({ kind, date }), { fetchedAt: '2026-07-18T05:00:00.000Z' });
    expect(named(checks, 'fresh')).toMatchObject({ figure, passed });
    expect((await wholeLake('fresh'))?.passed).toBe(passed);
  });
});

test('stored results are found by kind, region and date', async () => {
  await commit(lake, pageOf());
  await commit(lake, pageOf({ region: 'gb', date: '2026-07-15' }));
  await commit(lake, pageOf({ kind: 'weekly' }));
  const count = async (query: Parameters<Lake['checkResults']>[0]): Promise<number> =>
    (await lake.checkResults(query)).length;
  expect(await count({})).toBe(27);
  expect(await count({ kind: 'weekly' })).toBe(9);
  expect(await count({ kind: 'daily', region: pageOf({ region: 'gb' }).region })).toBe(9);
  expect(await count({ chartDate: parseDate('2026-07-16') })).toBe(18);
  expect((await lake.checkResults({}))[0]?.chartDate).toBe('2026-07-16');
});
