/** Files of other people: the committed sample, and a dirty one beside the checkout where it is there. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDate } from '../../../contracts/dates.ts';
import { PROJECT_ROOT } from '../../../runtime/projectRoot.ts';
import { type LakeHome, makeLake, rowsOf, trackIdOf } from '../lakeFixture.ts';
import { csv, type FileFolder, importFiles, makeFileFolder } from './importFixture.ts';

const SAMPLE = path.join(PROJECT_ROOT, 'data', 'sample', 'us_daily_2017_2019.parquet');
const SAMPLE_TRACKS = path.join(PROJECT_ROOT, 'data', 'sample', 'us_tracks.parquet');
const DIRTY = path.join(PROJECT_ROOT, '..', 'shared', 'data', 'charts', 'explore_lt_daily_DIRTY.csv');

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

describe('the sample', () => {
  it('comes in as the demo brings it: up to a day, with release dates and artists', { timeout: 120_000 }, async () => {
    const options = { until: parseDate('2019-10-31'), tracksPath: SAMPLE_TRACKS };
    const summary = await importFiles(home.lake, [SAMPLE], options);
    expect(summary).toMatchObject({
      numRowsRead: 214_400,
      numRowsGood: 206_200,
      numRowsRejected: 0,
      leftOutByReason: { 'outside-window': 8_200 },
      chartDates: { new: 1_031, same: 0, replaced: 0, kept: 0 },
      numTracksNew: 5_433,
      numTracksDated: 5_433,
      numArtistsNew: 772,
      charts: [
        {
          kind: 'daily',
          region: 'us',
          firstDate: '2017-01-01',
          lastDate: '2019-10-31',
          numChartDates: 1_031,
          numChartDatesWithGaps: 0,
          numChartDatesWithRisingStreams: 0,
        },
      ],
    });
    expect(
      await rowsOf(home.lake, 'SELECT release_date_precision AS p, count(*) AS n FROM track GROUP BY ALL ORDER BY p'),
    ).toEqual([
      { p: 'day', n: 5_345 },
      { p: 'month', n: 6 },
      { p: 'year', n: 82 },
    ]);
    expect(
      await rowsOf(
        home.lake,
        `SELECT track_id, title, artists, streams FROM chart_entry WHERE chart_date = '2017-01-01' AND rank = 1`,
      ),
    ).toEqual([
      {
        track_id: '4Km5HrUvYTaSUfiSGPJeQR',
        title: 'Bad and Boujee (feat. Lil Uzi Vert)',
        artists: [{ id: '6oMuImdp5ZcFhWP0ESe6mG', name: 'Migos' }],
        streams: 1_371_493,
      },
    ]);
    // Every row that names an artist has the artist's id; six tracks have neither title nor name.
    expect(
      await rowsOf(
        home.lake,
        `SELECT count(*) FILTER (artists[1].id IS NOT NULL) AS with_id, count(*) FILTER (title IS NULL AND len(artists) = 0) AS nameless
        FROM chart_entry`,
      ),
    ).toEqual([{ with_id: 206_184, nameless: 16 }]);
    expect(await importFiles(home.lake, [SAMPLE], options)).toMatchObject({
      chartDates: { new: 0, same: 1_031 },
      snapshotId: null,
    });
    const rest = await importFiles(home.lake, [SAMPLE], { tracksPath: SAMPLE_TRACKS });
    expect(rest).toMatchObject({ chartDates: { new: 41, same: 1_031 }, numRowsWritten: 8_200, numTracksNew: 0 });
    const blocking = (await home.lake.runChecks()).filter(({ isBlocking, passed }) => isBlocking && !passed);
    expect(blocking).toEqual([]);
  });
});

describe('daily charts of Lithuania with 28 days of shifted columns', () => {
  it('of our own writing', async () => {
    const shifted = (date: string) => `NA,NA,NA,NA,lt,${date},NA`;
    const row = (rank: number, date: string, title = `"Song, ${rank}"`) =>
      `${rank},${title},${title === '' ? '' : 'Somebody'},${2_000 - rank},${date},lt,${trackIdOf(`s${rank}`)}`;
    const file = await files.write(
      'lt.csv',
      csv(
        'Position,Track Name,Artist,Streams,date,region,spotify_id',
        row(1, '2017-05-29'),
        row(2, '2017-05-29', ''),
        shifted('2017-05-30'),
        shifted('2017-05-30'),
        shifted('2017-05-31'),
        row(1, '2017-06-01'),
      ),
    );
    expect(await importFiles(home.lake, [file])).toMatchObject({
      numRowsRead: 6,
      numRowsGood: 3,
      rejectedByReason: { 'shifted-columns': 3 },
      chartDates: { new: 2 },
    });
    expect(
      await rowsOf(home.lake, 'SELECT line, reason, detail, raw_row FROM import_reject ORDER BY line LIMIT 1'),
    ).toEqual([
      { line: 4, reason: 'shifted-columns', detail: '"lt" in column "date"', raw_row: 'NA,NA,NA,NA,lt,2017-05-30,NA' },
    ]);
    expect(await rowsOf(home.lake, `SELECT title, artists FROM chart_entry WHERE rank = 2`)).toEqual([
      { title: null, artists: [] },
    ]);
  });

  it('the real file: 14,631 rows in, 5,600 aside', { timeout: 60_000 }, async (context) => {
    if (!existsSync(DIRTY)) context.skip(`${path.relative(PROJECT_ROOT, DIRTY)} is not there`);
    const summary = await importFiles(home.lake, [DIRTY]);
    expect(summary).toMatchObject({
      files: [{ fileName: 'explore_lt_daily_DIRTY.csv', format: 'explore' }],
      numRowsRead: 20_231,
      numRowsGood: 14_631,
      numRowsRejected: 5_600,
      rejectedByReason: { 'shifted-columns': 5_600 },
      numRowsLeftOut: 0,
      numRowsWritten: 14_631,
      chartDates: { new: 267, same: 0, replaced: 0, kept: 0 },
      charts: [
        {
          kind: 'daily',
          region: 'lt',
          firstDate: '2017-01-01',
          lastDate: '2017-10-21',
          numChartDates: 267,
          numChartDatesWithGaps: 0,
          numChartDatesWithRisingStreams: 0,
        },
      ],
    });
    expect(
      await rowsOf(
        home.lake,
        `SELECT count(*) AS n, count(DISTINCT line) AS lines, min(line) AS first_line, max(line) AS last_line,
          count(DISTINCT split_part(raw_row, ',', 6)) AS days FROM import_reject`,
      ),
    ).toEqual([{ n: 5_600, lines: 5_600, first_line: 7_984, last_line: 20_232, days: 28 }]);
    expect(await rowsOf(home.lake, 'SELECT count(*) AS n FROM chart_entry WHERE title IS NULL')).toEqual([{ n: 8 }]);
    expect(await importFiles(home.lake, [DIRTY])).toMatchObject({
      chartDates: { new: 0, same: 267 },
      snapshotId: null,
    });
  });
});
