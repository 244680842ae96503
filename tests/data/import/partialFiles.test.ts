/** Files that have a part of a chart date: no rank that the lake has is lost, in whatever order they come. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { renderImportSummary } from '../../../cli/output/importSummary.ts';
import { createStyles } from '../../../cli/output/styles.ts';
import type { ImportSummary } from '../../../contracts/imports.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import { type LakeHome, makeLake, rowsOf, trackIdOf } from '../lakeFixture.ts';
import { csv, type FileFolder, importFiles, makeFileFolder } from './importFixture.ts';

/** Some dozens of imports, on a machine that does other things too. */
vi.setConfig({ testTimeout: 240_000 });

let home: LakeHome;
let files: FileFolder;
beforeAll(async () => {
  home = await makeLake();
  files = await makeFileFolder();
});
afterAll(async () => {
  await home.remove();
  await files.remove();
});

/** Each case has a chart date of its own in one lake. */
let numDates = 0;
const nextDate = (): string => new Date(Date.UTC(2017, 0, 1 + numDates++)).toISOString().slice(0, 10);

const COLUMNS = { track_id: 'uri', rank: 'position', date: 'day', streams: 'plays' } as const;
const OPTIONS = { kind: 'daily', region: parseRegion('us'), map: COLUMNS } as const;

interface Part {
  readonly name: string;
  readonly ranks: readonly number[];
  /** Files of different versions contradict each other on every rank. */
  readonly version: number;
}

function ranksFrom(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

const streamsOf = (rank: number, version: number): number => (version + 1) * 10_000 - rank;

async function bring(date: string, { name, ranks, version }: Part): Promise<ImportSummary> {
  const rows = ranks.map((rank) => `${trackIdOf(`t${rank}`)},${rank},${date},${streamsOf(rank, version)}`);
  return importFiles(home.lake, [await files.write(`${name}.csv`, csv('uri,position,day,plays', ...rows))], OPTIONS);
}

async function stored(date: string): Promise<ReadonlyMap<number, number>> {
  const rows = await rowsOf(
    home.lake,
    `SELECT rank, streams FROM chart_entry WHERE chart_date = '${date}' ORDER BY rank`,
  );
  return new Map(rows.map(({ rank, streams }) => [Number(rank), Number(streams)]));
}

const chartOf = (ranks: readonly number[], version: number): ReadonlyMap<number, number> =>
  new Map(ranks.map((rank) => [rank, streamsOf(rank, version)]));

const TOP: Part = { name: 'top', ranks: ranksFrom(1, 100), version: 0 };
const REST: Part = { name: 'rest', ranks: ranksFrom(101, 200), version: 0 };
const FULL: Part = { name: 'full', ranks: ranksFrom(1, 200), version: 0 };
const THREE: Part = { name: 'three', ranks: ranksFrom(1, 3), version: 1 };

it.each([
  ['top', 'rest', TOP, REST, { merged: 1, replaced: 0, kept: 0 }, 100],
  ['rest', 'top', REST, TOP, { merged: 1, replaced: 0, kept: 0 }, 100],
  ['full', 'three', FULL, THREE, { merged: 0, replaced: 0, kept: 1 }, 0],
  ['three', 'full', THREE, FULL, { merged: 0, replaced: 1, kept: 0 }, 200],
])(
  '%s, then %s: all 200 ranks, and each of them again changes nothing',
  async (_first, _second, first, second, chartDates, numRowsWritten) => {
    const date = nextDate();
    await bring(date, first);
    expect(await bring(date, second)).toMatchObject({ chartDates: { new: 0, same: 0, ...chartDates }, numRowsWritten });
    expect(await stored(date)).toEqual(chartOf(FULL.ranks, 0));
    for (const again of [first, second, first]) {
      expect(await bring(date, again)).toMatchObject({ numRowsWritten: 0, snapshotId: null });
    }
    expect(await rowsOf(home.lake, `SELECT name FROM check_result WHERE chart_date = '${date}'`)).toEqual([]);
  },
);

it('what a file says of ranks the lake has without it is filled in, and the file without it changes nothing', async () => {
  const date = nextDate();
  const bare = await files.write(
    'bare.csv',
    csv('uri,position,day,plays', ...[1, 2].map((rank) => `${trackIdOf(`t${rank}`)},${rank},${date},`)),
  );
  await importFiles(home.lake, [bare], OPTIONS);
  const part: Part = { name: 'second', ranks: [2], version: 0 };
  expect(await bring(date, part)).toMatchObject({ chartDates: { merged: 1 }, numRowsWritten: 1 });
  const [first] = await rowsOf(home.lake, `SELECT streams FROM chart_entry WHERE chart_date = '${date}' AND rank = 1`);
  expect(first).toEqual({ streams: null });
  expect((await stored(date)).get(2)).toBe(streamsOf(2, 0));
  expect(await importFiles(home.lake, [bare], OPTIONS)).toMatchObject({ chartDates: { same: 1 }, snapshotId: null });
});

it('the summary says what became of them, and only that', async () => {
  const date = nextDate();
  const said = async (part: Part): Promise<string | undefined> =>
    renderImportSummary(await bring(date, part), { width: 100, styles: createStyles(false), isDryRun: false }).find(
      (line) => line.startsWith('  Chart dates:'),
    );
  expect(await said(TOP)).toBe('  Chart dates: 1 new.');
  expect(await said(REST)).toBe('  Chart dates: 1 merged.');
  expect(await said(FULL)).toBe('  Chart dates: 1 there already.');
  expect(await said(THREE)).toBe('  Chart dates: 1 kept as the lake has them: other numbers, on fewer ranks.');
  expect(await said({ ...FULL, name: 'corrected', version: 1 })).toBe('  Chart dates: 1 replaced.');
});

it('of any parts in any order: a rank that is there stays, and the part that came last again changes nothing', async () => {
  const part = fc.record({
    name: fc.constant('part'),
    ranks: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1 }),
    version: fc.integer({ min: 0, max: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 2, maxLength: 2 }), async (parts) => {
      const date = nextDate();
      for (const each of parts) {
        const before = await stored(date);
        const { chartDates } = await bring(date, each);
        const after = await stored(date);
        for (const rank of before.keys()) expect(after.has(rank)).toBe(true);
        const brought = chartDates.kept === 0 ? chartOf(each.ranks, each.version) : [];
        expect(after).toEqual(new Map([...before, ...brought]));
        expect((await bring(date, each)).snapshotId).toBeNull();
      }
    }),
    { numRuns: 4 },
  );
});

it('the same file, its region said too: no snapshot, and its rejects are stored once', async () => {
  const date = nextDate();
  const file = await files.write(
    'lt.csv',
    csv('uri,position,day,plays,land', `${trackIdOf('a')},1,${date},5,lt`, `${trackIdOf('b')},x,${date},4,lt`),
  );
  const options = { kind: 'daily', map: { ...COLUMNS, region: 'land' } } as const;
  expect((await importFiles(home.lake, [file], options)).snapshotId).not.toBeNull();
  const numRejects = () => rowsOf(home.lake, "SELECT count(*) AS n FROM import_reject WHERE reason = 'bad-rank'");
  expect(await numRejects()).toEqual([{ n: 1 }]);
  const again = await importFiles(home.lake, [file], { ...options, region: parseRegion('lt') });
  expect(again).toMatchObject({ numRowsRejected: 1, snapshotId: null });
  expect(await numRejects()).toEqual([{ n: 1 }]);
});
