/** Each known format, from a file as it is written to rows of the lake. Rows are of our own writing. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRegion } from '../../../contracts/regions.ts';
import { parseColumnMap } from '../../../sources/imports/columnMap.ts';
import { execute, type LakeHome, makeLake, rowsOf, trackIdOf } from '../lakeFixture.ts';
import { csv, type FileFolder, importFiles, makeFileFolder } from './importFixture.ts';

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

const ENTRY = `SELECT chart_kind, region, chart_date, rank, track_id, title, artists, movement, places_moved,
  periods_on_chart, peak_rank, streams, source FROM chart_entry`;

describe('official exports', () => {
  const header = 'rank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams';
  const line = (rank: number, word: string, rest: string): string =>
    `${rank},spotify:track:${trackIdOf(word)},"Camila, Cabello",Havana ${word},Label,${rest}`;

  it('of today: BOM, CRLF, quoted streams; rank changes from the rank before and the weeks on the chart', async () => {
    const text = [
      header,
      line(1, 'up', '1,3,5,"1000"'),
      line(2, 'new', '2,-1,1,"900"'),
      line(3, 'back', '1,-1,9,"800"'),
      line(4, 'down', '2,2,7,"700"'),
      line(5, 'same', '5,5,7,"700"'),
    ].join('\r\n');
    const path = await files.write('regional-global-weekly-2016-12-29.csv', `\ufeff${text}\r\n`);
    const summary = await importFiles(home.lake, [path]);
    expect(summary).toMatchObject({ numRowsRead: 5, numRowsGood: 5, numRowsWritten: 5, chartDates: { new: 1 } });
    expect(summary.notes).toContain(
      'official-2021: artist names are kept as the file writes them, in one credit: a name may hold the comma too',
    );
    const rows = await rowsOf(home.lake, `${ENTRY} WHERE region = 'global' ORDER BY rank`);
    expect(rows[0]).toEqual({
      chart_kind: 'weekly',
      region: 'global',
      chart_date: '2016-12-29',
      rank: 1,
      track_id: trackIdOf('up'),
      title: 'Havana up',
      artists: [{ id: null, name: 'Camila, Cabello' }],
      movement: 'moved',
      places_moved: 2,
      periods_on_chart: 5,
      peak_rank: 1,
      streams: 1000,
      source: 'import:official-2021',
    });
    expect(rows.map((row) => [row.movement, row.places_moved])).toEqual([
      ['moved', 2],
      ['new', null],
      ['re-entry', null],
      ['moved', -2],
      ['moved', 0],
    ]);
  });

  it('until 2021: a note above the header, compressed; the first day of a range names the week', async () => {
    const text = [
      ',,,"Note that these figures are generated using a formula that protects against any artificial inflation.",',
      'Position,"Track Name",Artist,Streams,URL',
      `1,"Say ""Hi""",Drake,7,https://open.spotify.com/track/${trackIdOf('old')}`,
      '',
    ].join('\r\n');
    const path = await files.write('regional-se-weekly-2016-12-23--2016-12-30.csv.gz', gzipSync(text));
    expect(await importFiles(home.lake, [path])).toMatchObject({ numRowsRead: 1, numRowsGood: 1 });
    expect(await rowsOf(home.lake, `${ENTRY} WHERE region = 'se'`)).toMatchObject([
      { chart_kind: 'weekly', chart_date: '2016-12-29', title: 'Say "Hi"', streams: 7, movement: null },
    ]);
  });

  it('a folder of them, with a viral chart and a note between', async () => {
    for (const day of ['01', '02', '03']) {
      await files.write(`folder/regional-no-daily-2020-01-${day}.csv`, csv(header, line(1, `d${day}`, '1,1,9,10')));
    }
    await files.write('folder/viral-no-daily-2020-01-01.csv', csv('rank,uri,artist_names', '1,x,y', '2,x,y'));
    await files.write('folder/notes.md', 'mine');
    const summary = await importFiles(home.lake, [`${files.folder}/folder`]);
    expect(summary).toMatchObject({
      numRowsRead: 5,
      numRowsGood: 3,
      numRowsLeftOut: 2,
      leftOutByReason: { 'other-chart': 2 },
      chartDates: { new: 3, same: 0, replaced: 0, kept: 0 },
      charts: [{ kind: 'daily', region: 'no', firstDate: '2020-01-01', lastDate: '2020-01-03', numChartDates: 3 }],
    });
    expect(summary.ignoredFiles.map(({ path }) => path.split('/').at(-1))).toEqual(['notes.md']);
    expect(summary.notes).toContain('2 rows of another chart than the top 200 (such as viral 50): left out');
    const [run] = await rowsOf(home.lake, `SELECT count(*) AS n FROM import_run WHERE file_name LIKE 'regional-no-%'`);
    expect(run).toEqual({ n: 3 });
  });
});

describe('Kaggle', () => {
  it('"Spotify Charts": regions by name, viral 50 left out, links as ids', async () => {
    const row = (chart: string, region: string, streams: string, word = 'k1'): string =>
      `Chantaje,1,2017-01-01,"Shakira, Maluma",https://open.spotify.com/track/${trackIdOf(word)},${region},${chart},SAME_POSITION,${streams}`;
    const path = await files.write(
      'charts.csv',
      csv(
        'title,rank,date,artist,url,region,chart,trend,streams',
        row('top200', 'Argentina', '253019.0'),
        row('top200', 'United Kingdom', '19'),
        row('viral50', 'Argentina', '', 'k2'),
        row('top200', 'Atlantis', '19'),
      ),
    );
    expect(await importFiles(home.lake, [path])).toMatchObject({
      numRowsGood: 2,
      rejectedByReason: { 'unknown-region': 1 },
      leftOutByReason: { 'other-chart': 1 },
    });
    expect(await rowsOf(home.lake, `${ENTRY} WHERE source = 'import:kaggle-charts' ORDER BY region`)).toMatchObject([
      { region: 'ar', streams: 253019, artists: [{ id: null, name: 'Shakira, Maluma' }], movement: null },
      { region: 'gb', streams: 19 },
    ]);
    expect(await importFiles(home.lake, [path], { region: parseRegion('gb') })).toMatchObject({
      numRowsGood: 1,
      leftOutByReason: { 'other-region': 1, 'other-chart': 1 },
      chartDates: { new: 0, same: 1 },
    });
  });
});

describe('other published sets', () => {
  it('IAjimi/Spotify200 in CSV and the weekly charts of HipsterVizNinja', async () => {
    const spotify200 = await files.write(
      'spotify200.csv',
      csv(
        'Position,Track,Artist,Streams,URL,Date,track_ID',
        `1,Starboy,The Weeknd,1e+05,x,2017-01-01T00:00:00Z,${trackIdOf('s200')}`,
      ),
    );
    const hipster = await files.write(
      'hipster.csv',
      csv(
        'chart_position,chart_date,song,performer,streams,spotify_uri,song_id,region,time_on_chart,instance,consecutive_weeks,previous_week,peak_position,worst_position',
        `1,2018-11-22,Song,Someone,"1,234",${trackIdOf('hip')},x,ae,1,1,NA,NA,1,1`,
      ),
    );
    expect(await importFiles(home.lake, [spotify200, hipster])).toMatchObject({ numRowsGood: 2 });
    expect(
      await rowsOf(home.lake, `${ENTRY} WHERE source IN ('import:spotify200', 'import:hipster') ORDER BY chart_kind`),
    ).toMatchObject([
      { chart_kind: 'daily', region: 'us', chart_date: '2017-01-01', streams: 100000 },
      { chart_kind: 'weekly', region: 'ae', chart_date: '2018-11-22', streams: 1234, periods_on_chart: null },
    ]);
  });
});

describe('a stated mapping', () => {
  it('of a CSV with semicolons, dates of its own and ids as URIs', async () => {
    const path = await files.write(
      'mine.csv',
      csv(
        'day;spotify_uri;position;plays;song;who;country;born',
        `31.12.2019;spotify:track:${trackIdOf('m1')};1;500;A, B;"X; Y";Czechia;2019-06`,
        `31.12.2019;${trackIdOf('m2')};2;;C;;uk;2018`,
      ),
    );
    const map = parseColumnMap(
      'track_id=spotify_uri,rank=position,streams=plays,date=day,title=song,artists=who,region=country,release_date=born',
    );
    const summary = await importFiles(home.lake, [path], { map, kind: 'daily', dateFormat: '%d.%m.%Y' });
    expect(summary).toMatchObject({ numRowsGood: 2, numTracksDated: 2 });
    expect(summary.notes).toContain('1 row without streams');
    expect(await rowsOf(home.lake, `${ENTRY} WHERE source = 'import:mapped' ORDER BY region`)).toMatchObject([
      { region: 'cz', chart_date: '2019-12-31', title: 'A, B', artists: [{ id: null, name: 'X; Y' }], streams: 500 },
      { region: 'gb', title: 'C', artists: [], streams: null },
    ]);
    const tracks = await rowsOf(
      home.lake,
      `SELECT title, release_date, release_date_precision FROM track WHERE track_id IN ('${trackIdOf('m1')}', '${trackIdOf('m2')}') ORDER BY title`,
    );
    expect(tracks).toEqual([
      { title: 'A, B', release_date: '2019-06-01', release_date_precision: 'month' },
      { title: 'C', release_date: '2018-01-01', release_date_precision: 'year' },
    ]);
  });

  it('of a Parquet file with typed columns, rows put aside as JSON', async () => {
    const path = `${files.folder}/typed [1].parquet`;
    await execute(
      home.lake,
      `COPY (
        SELECT CAST(place AS SMALLINT) AS place, DATE '2020-03-01' AS "the day", id, CAST(1e6 - place AS DOUBLE) AS plays
        FROM (VALUES (1, '${trackIdOf('p1')}'), (2, 'nothing'), (3, '${trackIdOf('p3')}'), (NULL, '${trackIdOf('p4')}')) AS t (place, id)
      ) TO '${path}' (FORMAT parquet)`,
    );
    const options = { kind: 'daily', region: parseRegion('fi') } as const;
    const map = parseColumnMap('track_id=id,rank=place,date=the day,streams=plays');
    const summary = await importFiles(home.lake, [path], { ...options, map });
    expect(summary).toMatchObject({
      numRowsRead: 4,
      numRowsGood: 2,
      rejectedByReason: { 'missing-rank': 1, 'bad-track-id': 1 },
      charts: [{ numChartDatesWithGaps: 1 }],
    });
    expect(await rowsOf(home.lake, `${ENTRY} WHERE region = 'fi' ORDER BY rank`)).toMatchObject([
      { rank: 1, streams: 999999, chart_date: '2020-03-01', title: null, artists: [] },
      { rank: 3, streams: 999997 },
    ]);
    const rejects = await rowsOf(
      home.lake,
      `SELECT line, reason, detail, raw_row FROM import_reject JOIN import_run USING (import_id) WHERE file_name LIKE 'typed%' ORDER BY line`,
    );
    expect(rejects.map(({ line, reason, detail }) => [line, reason, detail])).toEqual([
      [2, 'bad-track-id', '"nothing" in column "id"'],
      [4, 'missing-rank', null],
    ]);
    expect(JSON.parse(String(rejects[0]?.raw_row))).toEqual({
      place: 2,
      'the day': '2020-03-01',
      id: 'nothing',
      plays: 999998,
    });
  });
});
