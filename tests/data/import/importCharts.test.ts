import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDate } from '../../../contracts/dates.ts';
import type { ImportProgress, RejectReason } from '../../../contracts/imports.ts';
import { commit, execute, type LakeHome, makeLake, pageOf, rowsOf, rowsOfTracks, trackIdOf } from '../lakeFixture.ts';
import {
  csv,
  type FileFolder,
  importFiles,
  makeFileFolder,
  WORLDWIDE,
  type WorldwideRow,
  worldwide,
  worldwideLine,
} from './importFixture.ts';

let home: LakeHome;
let files: FileFolder;
beforeEach(async () => {
  home = await makeLake();
  files = await makeFileFolder();
});
afterEach(async () => {
  await home.remove();
  await files.remove();
});

const snapshotIds = async (): Promise<number[]> => (await home.lake.snapshots()).map(({ snapshotId }) => snapshotId);
const entries = (where = 'true') =>
  rowsOf(home.lake, `SELECT chart_date, rank, track_id, streams, source FROM chart_entry WHERE ${where} ORDER BY ALL`);

describe('rows that do not fit', () => {
  /** One row for each reason that a row can have on its own. */
  const dirt: readonly (readonly [RejectReason, string, string | null])[] = [
    ['empty-row', ',,,,,,', null],
    ['empty-row', 'NA,NA,NA,NA,NA,NA,NA', null],
    ['shifted-columns', 'NA,NA,NA,NA,NA,us,2017-05-30', '"us" in column "Date"'],
    ['missing-date', `3,a,b,1,${trackIdOf('x')},,us`, null],
    ['bad-date', `3,a,b,1,${trackIdOf('x')},2017-02-30,us`, '"2017-02-30" in column "Date"'],
    ['bad-date', `3,a,b,1,${trackIdOf('x')},01/02/2017,us`, '"01/02/2017" in column "Date"'],
    [
      'bad-date',
      `3,a,b,1,${trackIdOf('x')},1970-01-01,us`,
      "1970-01-01 is before Spotify's first day or in the future",
    ],
    [
      'bad-date',
      `3,a,b,1,${trackIdOf('x')},2931-01-01,us`,
      "2931-01-01 is before Spotify's first day or in the future",
    ],
    ['missing-region', `3,a,b,1,${trackIdOf('x')},2017-01-01,NA`, null],
    ['unknown-region', `3,a,b,1,${trackIdOf('x')},2017-01-01,Nowhere`, '"Nowhere" in column "Region"'],
    ['missing-rank', `,a,b,1,${trackIdOf('x')},2017-01-01,us`, null],
    ['bad-rank', `0,a,b,1,${trackIdOf('x')},2017-01-01,us`, '"0" in column "Position"'],
    ['bad-rank', `201,a,b,1,${trackIdOf('x')},2017-01-01,us`, '"201" in column "Position"'],
    ['bad-rank', `first,a,b,1,${trackIdOf('x')},2017-01-01,us`, '"first" in column "Position"'],
    ['missing-track-id', '3,a,b,1,,2017-01-01,us', null],
    ['bad-track-id', '3,a,b,1,4uLU6hMCjMI75M1A2tKUQ,2017-01-01,us', '"4uLU6hMCjMI75M1A2tKUQ" in column "URL"'],
    [
      'bad-track-id',
      '3,a,b,1,spotify:artist:4uLU6hMCjMI75M1A2tKUQC,2017-01-01,us',
      '"spotify:artist:4uLU6hMCjMI75M1A2tKUQC" in column "URL"',
    ],
    ['bad-streams', `3,a,b,1.5,${trackIdOf('x')},2017-01-01,us`, '"1.5" in column "Streams"'],
    ['bad-streams', `3,a,b,-1,${trackIdOf('x')},2017-01-01,us`, '"-1" in column "Streams"'],
    [
      'duplicate-rank',
      `1,a,b,1,${trackIdOf('other')},2017-01-01,us`,
      'rank 1 of us/daily on 2017-01-01 stands in line 2',
    ],
    ['wrong-column-count', `3,a,b,1,${trackIdOf('x')},2017-01-01`, '6 columns, not 7'],
    ['wrong-column-count', `3,a,b,1,2,${trackIdOf('x')},2017-01-01,us`, '8 columns, not 7'],
    [
      'bad-quoting',
      `3,"a"b,c,1,${trackIdOf('x')},2017-01-01,us`,
      'a quote is not closed, or text follows the closing quote',
    ],
  ];

  it('are put aside with their line, reason, value and text; the others come in', async () => {
    const first = worldwideLine({ rank: 1, word: 'good', date: '2017-01-01' });
    const path = await files.write(
      'data.csv',
      csv(WORLDWIDE, first, ...dirt.map(([, line]) => line), '', first.replace(/^1/, '2')),
    );
    const summary = await importFiles(home.lake, [path]);
    const expected: Partial<Record<RejectReason, number>> = {};
    for (const [reason] of dirt) expected[reason] = (expected[reason] ?? 0) + 1;
    expect(summary.rejectedByReason).toEqual(expected);
    expect(summary).toMatchObject({ numRowsRead: dirt.length + 2, numRowsGood: 2, numRowsRejected: dirt.length });
    const rejects = await rowsOf(home.lake, 'SELECT line, reason, detail, raw_row FROM import_reject ORDER BY line');
    expect(rejects).toEqual(
      dirt.map(([reason, raw, detail], index) => ({ line: index + 3, reason, detail, raw_row: raw })),
    );
    expect(await entries()).toHaveLength(2);
  });

  it('of a weekly chart: dates that are not its Thursday', async () => {
    const path = await files.write(
      'data.csv',
      worldwide(
        { rank: 1, word: 'a', date: '2017-01-05' },
        { rank: 1, word: 'b', date: '2017-01-06' },
        { rank: 1, word: 'c', date: '2017-01-12' },
      ),
    );
    expect(await importFiles(home.lake, [path], { kind: 'weekly' })).toMatchObject({
      numRowsGood: 2,
      rejectedByReason: { 'wrong-weekday': 1 },
    });
    expect(await rowsOf(home.lake, 'SELECT detail FROM import_reject')).toEqual([{ detail: '2017-01-06 is a Friday' }]);
    await expect(importFiles(home.lake, [path], { kind: 'weekly', weekDay: 'after' })).rejects.toMatchObject({
      type: 'ImportRejected',
      message: '2 rows of a weekly chart are not of a Thursday, the last day of a chart week',
    });
    const fridays = await files.write('fridays.csv', worldwide({ rank: 1, word: 'b', date: '2017-01-06' }));
    expect(await importFiles(home.lake, [fridays], { kind: 'weekly', weekDay: 'after' })).toMatchObject({
      numRowsGood: 1,
      chartDates: { new: 0, replaced: 1 },
    });
  });

  it('in bytes that are no UTF-8 and in fields of several lines', async () => {
    const good = worldwideLine({ rank: 1, word: 'a', date: '2017-01-01' });
    const latin1 = Buffer.from(`2,Beyonc\xe9,b,1,${trackIdOf('b')},2017-01-01,us\n`, 'latin1');
    const multiline = `3,"two\nlines",b,x,${trackIdOf('c')},2017-01-01,us`;
    const path = await files.write(
      'data.csv',
      Buffer.concat([Buffer.from(csv(WORLDWIDE, good)), latin1, Buffer.from(csv(multiline))]),
    );
    await importFiles(home.lake, [path]);
    expect(await rowsOf(home.lake, 'SELECT line, reason, raw_row FROM import_reject ORDER BY line')).toEqual([
      { line: 3, reason: 'bad-encoding', raw_row: `2,Beyonc\ufffd,b,1,${trackIdOf('b')},2017-01-01,us` },
      { line: 4, reason: 'bad-streams', raw_row: multiline },
    ]);
  });

  it('leave holes that the summary, the run and the checks tell of', async () => {
    const path = await files.write(
      'data.csv',
      worldwide(
        { rank: 1, word: 'a', date: '2017-01-01' },
        { rank: 3, word: 'c', date: '2017-01-01' },
        { rank: 1, word: 'a', date: '2017-01-02', streams: 5 },
        { rank: 2, word: 'c', date: '2017-01-02', streams: 6 },
      ),
    );
    const summary = await importFiles(home.lake, [path]);
    expect(summary.charts).toEqual([
      {
        kind: 'daily',
        region: 'us',
        firstDate: '2017-01-01',
        lastDate: '2017-01-02',
        numChartDates: 2,
        numChartDatesWithGaps: 1,
        numChartDatesWithRisingStreams: 1,
      },
    ]);
    expect(summary.notes).toContain('chart dates of which the files lack ranks: 1');
    expect(await rowsOf(home.lake, 'SELECT num_chart_dates, num_chart_dates_with_gaps FROM import_run')).toEqual([
      { num_chart_dates: 2, num_chart_dates_with_gaps: 1 },
    ]);
    const checks = await home.lake.checkResults({ onlyFailed: true });
    expect(
      checks.map(({ name, chartDate, figure, isBlocking }) => [name, chartDate, figure, isBlocking]).sort(),
    ).toEqual([
      ['ranks_contiguous', '2017-01-01', 1, false],
      ['streams_non_increasing', '2017-01-02', 1, false],
    ]);
  });

  it('in a compressed file that ends early: nothing comes in', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => ({
      rank: index + 1,
      word: `t${index}x`,
      date: '2017-01-01',
    }));
    const packed = gzipSync(worldwide(...rows));
    const path = await files.write('data.csv.gz', packed.subarray(0, packed.length - 20));
    const before = await snapshotIds();
    await expect(importFiles(home.lake, [path])).rejects.toMatchObject({
      type: 'InvalidInput',
      next: 'Its compression is damaged: fetch the file again.',
    });
    expect(await snapshotIds()).toEqual(before);
  });

  it('and nothing that fits: the import is refused with the first of them', async () => {
    const path = await files.write('data.csv', csv(WORLDWIDE, `1,a,b,c,${trackIdOf('x')},2017-01-01,us`));
    const before = await snapshotIds();
    await expect(importFiles(home.lake, [path])).rejects.toMatchObject({
      type: 'ImportRejected',
      message: `no row of data.csv fits: 1 are put aside, the first for bad-streams ("c" in column "Streams"): 1,a,b,c,${trackIdOf('x')},2017-01-01,us`,
    });
    expect(await snapshotIds()).toEqual(before);
  });
});

describe('the same again', () => {
  const rows: readonly WorldwideRow[] = ['2017-01-01', '2017-01-02'].flatMap((date) => [
    { rank: 1, word: 'a', date },
    { rank: 2, word: 'b', date },
  ]);

  it('brings nothing and makes no snapshot, dirty rows and all', async () => {
    const path = await files.write('data.csv', `${worldwide(...rows)}x\n`);
    const first = await importFiles(home.lake, [path]);
    expect(first).toMatchObject({ chartDates: { new: 2 }, numRowsWritten: 4, numTracksNew: 2, numRowsRejected: 1 });
    expect(first.snapshotId).not.toBeNull();
    const before = await snapshotIds();
    expect(await importFiles(home.lake, [path])).toMatchObject({
      chartDates: { new: 0, same: 2, replaced: 0, kept: 0 },
      numRowsWritten: 0,
      numTracksNew: 0,
      numRowsRejected: 1,
      snapshotId: null,
    });
    expect(await snapshotIds()).toEqual(before);
    expect(await rowsOf(home.lake, 'SELECT count(*) AS n FROM import_reject')).toEqual([{ n: 1 }]);
  });

  it('under another name, or a part of it, brings nothing either', async () => {
    await importFiles(home.lake, [await files.write('data.csv', worldwide(...rows))]);
    const part = await files.write('part.csv', worldwide(...rows.slice(0, 1), { ...rows[3]!, streams: '' }));
    expect(await importFiles(home.lake, [part])).toMatchObject({ chartDates: { same: 2 }, snapshotId: null });
  });

  it('in one file twice, or in two files of one import, is left out; another row for the same place is put aside', async () => {
    const a = await files.write('a.csv', worldwide(...rows, rows[0]!));
    const b = await files.write(
      'b.csv',
      worldwide(rows[1]!, { ...rows[2]!, word: 'c' }, { rank: 3, word: 'd', date: '2017-01-02' }),
    );
    const summary = await importFiles(home.lake, [a, b]);
    expect(summary).toMatchObject({
      numRowsRead: 8,
      numRowsGood: 5,
      leftOutByReason: { 'duplicate-row': 2 },
      rejectedByReason: { 'duplicate-rank': 1 },
    });
    expect(await rowsOf(home.lake, 'SELECT line, detail FROM import_reject')).toEqual([
      { line: 3, detail: 'rank 1 of us/daily on 2017-01-02 stands in line 4 of an earlier file' },
    ]);
    expect((await entries("chart_date = '2017-01-02'")).map(({ track_id }) => track_id)).toEqual(
      ['a', 'b', 'd'].map(trackIdOf),
    );
  });
});

describe('a file that overlaps', () => {
  it('writes only new and changed chart dates; what it replaces stays in the older snapshot', async () => {
    const row = (date: string, streams: number): WorldwideRow => ({ rank: 1, word: 'a', date, streams });
    const before = await importFiles(home.lake, [
      await files.write(
        'a.csv',
        worldwide(row('2017-01-01', 5), row('2017-01-02', 6), { rank: 2, word: 'b', date: '2017-01-02', streams: 4 }),
      ),
    ]);
    const summary = await importFiles(home.lake, [
      await files.write(
        'b.csv',
        worldwide(
          row('2017-01-01', 5),
          row('2017-01-02', 7),
          { rank: 2, word: 'b', date: '2017-01-02', streams: 4 },
          row('2017-01-03', 8),
        ),
      ),
    ]);
    expect(summary).toMatchObject({
      chartDates: { new: 1, same: 1, replaced: 1, kept: 0 },
      numRowsWritten: 2,
      numTracksNew: 0,
    });
    expect((await entries()).map((entry) => [entry.chart_date, entry.rank, entry.streams])).toEqual([
      ['2017-01-01', 1, 5],
      ['2017-01-02', 1, 7],
      ['2017-01-02', 2, 4],
      ['2017-01-03', 1, 8],
    ]);
    const old = await rowsOf(
      home.lake,
      `SELECT streams FROM chart_entry AT (VERSION => ${before.snapshotId}) WHERE chart_date = '2017-01-02' ORDER BY rank`,
    );
    expect(old).toEqual([{ streams: 6 }, { streams: 4 }]);
  });

  it('never replaces what came from a page', async () => {
    const page = pageOf({ date: '2026-07-16', rows: rowsOfTracks(['p', 'q']) });
    await commit(home.lake, page);
    const path = await files.write(
      'data.csv',
      worldwide({ rank: 1, word: 'a', date: '2026-07-16' }, { rank: 1, word: 'b', date: '2026-07-17' }),
    );
    expect(await importFiles(home.lake, [path])).toMatchObject({
      chartDates: { new: 1, same: 0, replaced: 0, kept: 1 },
      numTracksNew: 1,
    });
    expect((await entries()).map((entry) => [entry.chart_date, entry.track_id, entry.source])).toEqual([
      ['2026-07-16', trackIdOf('p'), 'kworb'],
      ['2026-07-16', trackIdOf('q'), 'kworb'],
      ['2026-07-17', trackIdOf('b'), 'import:kaggle-worldwide'],
    ]);
    const later = await importFiles(home.lake, [
      await files.write('later.csv', worldwide({ rank: 1, word: 'z', date: '2026-07-16' })),
    ]);
    expect(later).toMatchObject({ chartDates: { kept: 1 }, numTracksNew: 0, snapshotId: null });
  });

  it('and a page takes the place of what a file brought', async () => {
    await importFiles(home.lake, [
      await files.write('data.csv', worldwide({ rank: 1, word: 'a', date: '2026-07-16' })),
    ]);
    await commit(home.lake, pageOf({ date: '2026-07-16', rows: rowsOfTracks(['p', 'q']) }));
    expect((await entries()).map(({ source }) => source)).toEqual(['kworb', 'kworb']);
  });
});

describe('a window', () => {
  it('leaves out chart dates before and after it', async () => {
    const dates = ['2017-01-01', '2017-01-02', '2017-01-03', '2017-01-04'];
    const path = await files.write('data.csv', worldwide(...dates.map((date) => ({ rank: 1, word: 'a', date }))));
    const summary = await importFiles(home.lake, [path], {
      since: parseDate('2017-01-02'),
      until: parseDate('2017-01-03'),
    });
    expect(summary).toMatchObject({ numRowsGood: 2, leftOutByReason: { 'outside-window': 2 } });
    expect((await entries()).map((entry) => entry.chart_date)).toEqual(['2017-01-02', '2017-01-03']);
    expect(await importFiles(home.lake, [path], { since: parseDate('2018-01-01') })).toMatchObject({
      numRowsGood: 0,
      snapshotId: null,
    });
  });
});

describe('a file of tracks', () => {
  const tracks = csv(
    'track_ID,Track,Artist,artist_ID,album_release_date',
    `${trackIdOf('a')},Song a,Artist a,${trackIdOf('artistA')},2016-11-25`,
    `${trackIdOf('b')},Song b,Someone else,${trackIdOf('artistB')},1957-09`,
    `${trackIdOf('c')},Song c,Artist c,,0000`,
    'nothing,Song d,Artist d,,2000',
  );

  it('gives release dates with their precision, and the ids of artists where it names the same', async () => {
    const charts = await files.write(
      'data.csv',
      worldwide({ rank: 1, word: 'a', date: '2017-01-01' }, { rank: 2, word: 'b', date: '2017-01-01' }),
    );
    const tracksPath = await files.write('tracks.csv', tracks);
    const summary = await importFiles(home.lake, [charts], { tracksPath });
    expect(summary).toMatchObject({ numRowsRead: 2, numTracksNew: 3, numTracksDated: 2, numArtistsNew: 2 });
    expect(summary.notes).toContain('1 row of tracks.csv without a track id: put aside');
    expect(await rowsOf(home.lake, 'SELECT * EXCLUDE (source) FROM track ORDER BY track_id')).toEqual([
      { track_id: trackIdOf('a'), title: 'Song a', release_date: '2016-11-25', release_date_precision: 'day' },
      { track_id: trackIdOf('b'), title: 'Song b', release_date: '1957-09-01', release_date_precision: 'month' },
      { track_id: trackIdOf('c'), title: 'Song c', release_date: null, release_date_precision: null },
    ]);
    expect(await rowsOf(home.lake, 'SELECT artists FROM chart_entry ORDER BY rank')).toEqual([
      { artists: [{ id: trackIdOf('artistA'), name: 'Artist a' }] },
      { artists: [{ id: null, name: 'Artist b' }] },
    ]);
    expect(await importFiles(home.lake, [charts], { tracksPath })).toMatchObject({ snapshotId: null });
    expect(await importFiles(home.lake, [charts])).toMatchObject({ chartDates: { same: 1 }, snapshotId: null });
  });

  it('dates tracks that the lake knows, and changes nothing that it knows of them', async () => {
    await execute(
      home.lake,
      `INSERT INTO track VALUES ('${trackIdOf('a')}', 'Other title', NULL, NULL, 'kworb'),
        ('${trackIdOf('b')}', NULL, DATE '1999-01-01', 'year', 'kworb')`,
    );
    const charts = await files.write('data.csv', worldwide({ rank: 1, word: 'a', date: '2017-01-01' }));
    const summary = await importFiles(home.lake, [charts], { tracksPath: await files.write('tracks.csv', tracks) });
    expect(summary).toMatchObject({ numTracksNew: 1, numTracksDated: 1 });
    expect(await rowsOf(home.lake, 'SELECT * EXCLUDE (source) FROM track ORDER BY track_id LIMIT 2')).toEqual([
      { track_id: trackIdOf('a'), title: 'Other title', release_date: '2016-11-25', release_date_precision: 'day' },
      { track_id: trackIdOf('b'), title: 'Song b', release_date: '1999-01-01', release_date_precision: 'year' },
    ]);
  });
});

describe('progress and what is left behind', () => {
  it('goes through the phases with rows, rate and time left, and leaves no file beside the lake', async () => {
    const rows = Array.from({ length: 400 }, (_, index) => ({
      rank: (index % 200) + 1,
      word: `t${index % 200}`,
      date: index < 200 ? '2017-01-01' : '2017-01-02',
    }));
    const seen: ImportProgress[] = [];
    await importFiles(home.lake, [await files.write('data.csv', worldwide(...rows))], {}, (progress) =>
      seen.push(progress),
    );
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(['reading', 'sorting', 'writing']);
    expect(seen.filter(({ phase }) => phase === 'reading').at(-1)).toMatchObject({ numRows: 400, numRowsTotal: 400 });
    expect(seen.at(-1)).toMatchObject({ phase: 'writing', numRows: 400, numRowsTotal: 400, secondsLeft: 0 });
    const beside = await readdir(path.dirname(home.location.catalogPath));
    expect(beside.filter((name) => name.startsWith('import-'))).toEqual([]);
  });
});

describe('any file', () => {
  const cell = fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r\n', 'a', ' ', 'é', '打', "'") });
  const row = fc.record({
    title: cell,
    artist: cell,
    streams: fc.integer({ min: 0, max: 1e9 }),
    fault: fc.option(fc.constantFrom('shifted', 'short', 'long', 'date', 'id', 'streams', 'rank'), {
      freq: 4,
      nil: null,
    }),
    quoteAll: fc.boolean(),
  });
  const file = fc.record({
    rows: fc.array(row, { minLength: 1, maxLength: 60 }),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    hasMark: fc.boolean(),
    delimiter: fc.constantFrom(',', ';', '\t'),
  });

  it('each row comes in as it was written or is put aside as it was written', async () => {
    let numFiles = 0;
    await fc.assert(
      fc.asyncProperty(file, async ({ rows, lineEnd, hasMark, delimiter }) => {
        numFiles += 1;
        const date = `2017-01-${String((numFiles % 28) + 1).padStart(2, '0')}`;
        const region = `${'abcdefgh'[Math.floor(numFiles / 28)]}x`;
        const write = (cells: readonly string[], quoteAll: boolean): string =>
          cells
            .map((text) => (quoteAll || /["\r\n,;\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
            .join(delimiter);
        const lines = rows.map(({ title, artist, streams, fault, quoteAll }, index) => {
          const cells = [
            String(index + 1),
            title,
            artist,
            String(streams),
            `spotify:track:${trackIdOf(`t${index}`)}`,
            date,
            region,
          ];
          if (fault === 'shifted') return write(['NA', 'NA', 'NA', 'NA', 'NA', region, date], quoteAll);
          if (fault === 'short')
            return write(
              cells.slice(0, 6).map((text) => text.replace(/[\r\n]/g, '')),
              quoteAll,
            );
          if (fault === 'long') return write([...cells.map((text) => text.replace(/[\r\n]/g, '')), ''], quoteAll);
          if (fault === 'date') cells[5] = '2017-02-30';
          if (fault === 'id') cells[4] = 'spotify:track:x';
          if (fault === 'streams') cells[3] = '1.5';
          if (fault === 'rank') cells[0] = '500';
          return write(cells, quoteAll);
        });
        const good = rows.flatMap((written, index) =>
          written.fault === null ? [{ ...written, rank: index + 1 }] : [],
        );
        // A good row stands first, so that there always is one.
        const anchor = write(['200', 'x', 'y', '1', trackIdOf('anchor'), date, region], false);
        const header = WORLDWIDE.split(',').join(delimiter);
        const text = `${hasMark ? '\ufeff' : ''}${[header, anchor, ...lines].join(lineEnd)}${lineEnd}`;
        const summary = await importFiles(home.lake, [await files.write(`file${numFiles}.csv`, text)]);
        expect(summary.numRowsGood).toBe(good.length + 1);
        expect(summary.numRowsRejected).toBe(rows.length - good.length);
        const stored = await rowsOf(
          home.lake,
          `SELECT rank, title, artists, streams FROM chart_entry WHERE region = '${region}' AND chart_date = '${date}' AND rank < 200 ORDER BY rank`,
        );
        const blank = (value: string): string | null =>
          value.replace(/^ +| +$/g, '') === '' ? null : value.replace(/^ +| +$/g, '');
        expect(stored).toEqual(
          good.map(({ rank, title, artist, streams }) => ({
            rank,
            title: blank(title),
            artists: blank(artist) === null ? [] : [{ id: null, name: blank(artist) }],
            streams,
          })),
        );
        const aside = await rowsOf(
          home.lake,
          `SELECT raw_row FROM import_reject JOIN import_run USING (import_id) WHERE file_name = 'file${numFiles}.csv' ORDER BY line`,
        );
        expect(aside.map(({ raw_row }) => raw_row)).toEqual(lines.filter((_, index) => rows[index]?.fault !== null));
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
