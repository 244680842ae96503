import { describe, expect, it } from 'vitest';
import { parseDate } from '../../../contracts/dates.ts';
import type { FilePlan } from '../../../contracts/imports.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import { parseColumnMap } from '../../../sources/imports/columnMap.ts';
import { type ImportOptions, planImport } from '../../../sources/imports/planImport.ts';
import { csvHead, parquetHead } from './heads.ts';

const OFFICIAL = 'rank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams';
const OLD_OFFICIAL = 'Position,Track Name,Artist,Streams,URL';
const NOTE = ',,,Note that these figures are generated using a formula,';
const KAGGLE = 'title,rank,date,artist,url,region,chart,trend,streams';

function planOne(head: Parameters<typeof planImport>[0][number], options: ImportOptions = {}): FilePlan {
  const [plan] = planImport([head], options).files;
  return plan!;
}

/** Column names by role: what the planner made of a header. */
function namesByRole(plan: FilePlan): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(plan.columns).map(([role, index]) => [role, plan.columnNames[index]]));
}

describe('formats known by their header', () => {
  it('an official export of today: kind, region and date from its name', () => {
    const plan = planOne(csvHead('/x/regional-global-weekly-2016-12-29.csv', OFFICIAL));
    expect(plan).toMatchObject({ format: 'official-2021', kind: 'weekly', region: 'global', date: '2016-12-29' });
    expect(plan.layout).toEqual({ type: 'csv', delimiter: ',', numHeaderRecords: 1 });
    expect(namesByRole(plan)).toEqual({
      rank: 'rank',
      track_id: 'uri',
      artists: 'artist_names',
      title: 'track_name',
      peak_rank: 'peak_rank',
      previous_rank: 'previous_rank',
      periods_on_chart: 'weeks_on_chart',
      streams: 'streams',
    });
  });

  it('a daily one counts days', () => {
    const plan = planOne(csvHead('regional-us-daily-2020-01-01.csv', OFFICIAL.replace('weeks', 'days')));
    expect(namesByRole(plan).periods_on_chart).toBe('days_on_chart');
  });

  it('an old official export has a note above its header', () => {
    const plan = planOne(csvHead('regional-us-daily-2020-01-01.csv', NOTE, OLD_OFFICIAL));
    expect(plan).toMatchObject({ format: 'official', kind: 'daily', region: 'us', date: '2020-01-01' });
    expect(plan.layout).toMatchObject({ numHeaderRecords: 2 });
  });

  it.each([
    ['kaggle-charts', 'charts.csv', KAGGLE, 'daily', null],
    ['kaggle-worldwide', 'data.csv', 'Position,Track Name,Artist,Streams,URL,Date,Region', 'daily', null],
    ['spotify200', 'charts.csv', 'Position,Track,Artist,Streams,URL,Date,track_ID', 'daily', 'us'],
    [
      'hipster',
      'hipster_weekly_ae.csv',
      'chart_position,chart_date,song,performer,streams,spotify_uri,song_id,region,time_on_chart,instance,consecutive_weeks,previous_week,peak_position,worst_position',
      'weekly',
      null,
    ],
    ['explore', 'lt.csv', 'Position,Track Name,Artist,Streams,date,region,spotify_id', 'daily', null],
  ])('%s', (format, path, header, kind, region) => {
    expect(planOne(csvHead(path, header))).toMatchObject({ format, kind, region, date: null, onlyRegion: null });
  });

  it('columns may stand in any order, with others between', () => {
    const plan = planOne(csvHead('x.csv', 'streams,chart,more,region,url,artist,date,rank,title'));
    expect(plan.format).toBe('kaggle-charts');
    expect(plan.columns).toMatchObject({ streams: 0, chart: 1, region: 3, track_id: 4, rank: 7, title: 8 });
  });

  it('an official viral chart is another chart, whatever its columns', () => {
    const plan = planOne(
      csvHead('viral-global-daily-2022-01-06.csv', 'rank,uri,artist_names,track_name,source,peak_rank'),
    );
    expect(plan.isOtherChart).toBe(true);
  });

  it('the sample in Parquet', () => {
    const head = parquetHead(
      'us_daily_2017_2019.parquet',
      {
        Position: 'BIGINT',
        Track: 'VARCHAR',
        Artist: 'VARCHAR',
        Streams: 'BIGINT',
        URL: 'VARCHAR',
        Date: 'TIMESTAMP',
        track_ID: 'VARCHAR',
      },
      ['1', 'Bad and Boujee', 'Migos', '1371493', null, '2017-01-01 00:00:00', '4Km5HrUvYTaSUfiSGPJeQR'],
    );
    expect(planOne(head)).toMatchObject({ format: 'spotify200', layout: { type: 'parquet' }, region: 'us' });
  });
});

describe('weekly dates', () => {
  it.each([
    ['regional-global-weekly-2016-12-29.csv', '2016-12-29'],
    ['regional-global-weekly-2016-12-23--2016-12-30.csv', '2016-12-29'],
    ['regional-global-weekly-2016-12-23--2016-12-29.csv', '2016-12-29'],
  ])('%s is the week that ends on Thursday %s', (path, date) => {
    expect(planOne(csvHead(path, OFFICIAL)).date).toBe(date);
  });

  it.each([
    ['first', '2016-12-23'],
    ['after', '2016-12-30'],
    ['last', '2016-12-29'],
  ] as const)('the %s day of the week is %s', (weekDay, day) => {
    const plan = planOne(csvHead(`regional-global-weekly-${day}.csv`, OFFICIAL), { weekDay });
    expect(plan.date).toBe('2016-12-29');
  });

  it.each(['2016-12-23', '2016-12-30', '2016-12-28', '2016-12-23--2016-12-31', '2016-12-22--2016-12-29'])(
    'refuses %s, which names no chart week by its rule',
    (dates) => {
      expect(() => planOne(csvHead(`regional-global-weekly-${dates}.csv`, OFFICIAL))).toThrow(
        expect.objectContaining({ type: 'ImportRejected', message: expect.stringContaining('chart week') }),
      );
    },
  );

  it('a given date must be a Thursday too', () => {
    const head = csvHead('regional-global-weekly-latest.csv', OFFICIAL);
    expect(planOne(head, { date: parseDate('2016-12-29') }).date).toBe('2016-12-29');
    expect(() => planOne(head, { date: parseDate('2016-12-30') })).toThrow(/chart week/);
  });

  it('a daily chart has one date', () => {
    expect(() => planOne(csvHead('regional-us-daily-2020-01-01--2020-01-02.csv', OFFICIAL))).toThrow(/several dates/);
  });
});

describe('a stated mapping', () => {
  const head = csvHead('plays.csv', 'day,Spotify_URI,position,plays,name', '2020-01-01,x,1,5,Song');
  const map = parseColumnMap('track_id=spotify_uri,rank=position,streams=plays,date=day,title=name');

  it('finds columns, in another case too if only one fits', () => {
    const plan = planOne(head, { map, kind: 'daily', region: parseRegion('us') });
    expect(plan).toMatchObject({ format: 'mapped', kind: 'daily', region: 'us', date: null });
    expect(plan.columns).toEqual({ track_id: 1, rank: 2, streams: 3, date: 0, title: 4 });
  });

  it('names the column that is missing and those that are there', () => {
    expect(() => planOne(head, { map: parseColumnMap('track_id=uri,rank=position'), kind: 'daily' })).toThrow(
      expect.objectContaining({
        type: 'ImportRejected',
        message:
          'plays.csv has no column "uri" (for track_id); its columns are "day", "Spotify_URI", "position", "plays", "name"',
      }),
    );
  });

  it('needs track and rank', () => {
    expect(() => planOne(head, { map: parseColumnMap('title=name'), kind: 'daily' })).toThrow(
      /says no column for track_id and rank/,
    );
  });

  it('says which option is lacking', () => {
    expect(() => planOne(head, { map })).toThrow(
      expect.objectContaining({ next: 'Say --kind daily or --kind weekly.' }),
    );
    expect(() => planOne(head, { map, kind: 'daily' })).toThrow(/which region/);
  });

  it('takes kind and region from a name that says them, unless the person does', () => {
    const named = { ...head, path: 'my_se_daily.csv' };
    expect(planOne(named, { map })).toMatchObject({ kind: 'daily', region: 'se' });
    expect(planOne(named, { map, region: parseRegion('no') })).toMatchObject({ region: 'no' });
  });

  it('with a region column, a region asked for is a choice of rows, never a new name for all of them', () => {
    const withRegions = csvHead('charts.csv', KAGGLE);
    expect(planOne(withRegions, { region: parseRegion('us') })).toMatchObject({ region: null, onlyRegion: 'us' });
  });

  it('refuses a list column and two columns of one name', () => {
    const lists = parquetHead('x.parquet', { id: 'VARCHAR', rank: 'BIGINT', date: 'DATE', who: 'VARCHAR[]' });
    const options = { map: parseColumnMap('track_id=id,rank=rank,date=date,artists=who'), kind: 'daily' } as const;
    expect(() => planOne(lists, options)).toThrow(/column "who" of x\.parquet is VARCHAR\[\], not text/);
    const twice = csvHead('x.csv', 'id,rank,rank,date');
    expect(() => planOne(twice, { map: parseColumnMap('track_id=id,rank=rank'), kind: 'daily' })).toThrow(
      /several columns "rank"/,
    );
  });
});

describe('dates that are not ISO', () => {
  const map = parseColumnMap('track_id=id,rank=rank,date=day');
  const options = { map, kind: 'daily', region: parseRegion('us') } as const;

  it('are refused, not guessed, with every reading', () => {
    expect(() => planOne(csvHead('x.csv', 'id,rank,day', 'a,1,01/02/2017'), options)).toThrow(
      expect.objectContaining({
        type: 'ImportRejected',
        message: expect.stringContaining(
          '"01/02/2017" in column "day" is no ISO date (2020-01-31), and it can be read in more',
        ),
        next: 'Say how its dates are written: --date-format %d/%m/%Y or --date-format %m/%d/%Y.',
      }),
    );
  });

  it('are refused where one row leaves only one reading, with that one', () => {
    expect(() => planOne(csvHead('x.csv', 'id,rank,day', 'a,1,01/02/2017', 'a,1,25/02/2017'), options)).toThrow(
      expect.objectContaining({ next: 'Say how its dates are written: --date-format %d/%m/%Y.' }),
    );
  });

  it('are taken with the format that is stated', () => {
    const plan = planOne(csvHead('x.csv', 'id,rank,day', 'a,1,01/02/2017'), { ...options, dateFormat: '%d/%m/%Y' });
    expect(plan.dateFormat).toBe('%d/%m/%Y');
  });

  it('do not stop a file that has ISO dates as well: its other rows are put aside', () => {
    expect(planOne(csvHead('x.csv', 'id,rank,day', 'a,1,01/02/2017', 'a,1,2017-02-01'), options).date).toBeNull();
  });
});

describe('files that can not be read', () => {
  it('an unknown header: its columns, what comes near, and a map to start from', () => {
    const head = csvHead('mine.csv', 'track_uri,chart_rank,day,plays,Track Name');
    expect(() => planOne(head)).toThrow(
      expect.objectContaining({
        type: 'ImportRejected',
        message: expect.stringContaining(
          '"track_uri", "chart_rank", "day", "plays", "Track Name", which is no known format',
        ),
        next: "Say which column is what, and what chart it is: --map 'track_id=track_uri,rank=chart_rank,streams=plays,date=day,title=Track Name' --kind daily (or weekly) --region us (or another).",
      }),
    );
  });

  it('names what a known format lacks', () => {
    const head = csvHead('regional-us-daily-2020-01-01.csv', OFFICIAL.replace('uri,', ''));
    expect(() => planOne(head)).toThrow(/for charts\.spotify\.com export \(since 2021\) it lacks "uri"/);
  });

  it('no date anywhere', () => {
    expect(() => planOne(csvHead('regional-us-daily-latest.csv', OFFICIAL))).toThrow(
      /neither a column nor the file name/,
    );
  });

  it('an official name and an option that disagree', () => {
    const head = csvHead('regional-us-daily-2020-01-01.csv', OFFICIAL);
    expect(() => planOne(head, { region: parseRegion('gb') })).toThrow(
      /--region gb is given, but the name of .* says us/,
    );
    expect(() => planOne(head, { kind: 'weekly' })).toThrow(/--kind weekly is given/);
  });

  it('several at once: one error that names each', () => {
    const heads = [
      csvHead('a.csv', 'x,y'),
      csvHead('regional-us-daily-2020-01-01.csv', OFFICIAL),
      csvHead('b.csv', 'z'),
    ];
    expect(() => planImport(heads)).toThrow(
      expect.objectContaining({
        type: 'ImportRejected',
        message: expect.stringMatching(/^2 of 3 files can't be imported:\n {2}a\.csv has .*\n {2}b\.csv has no line/),
      }),
    );
  });

  it('no file, one date for several files, a window that ends before it starts', () => {
    const heads = [csvHead('a.csv', KAGGLE), csvHead('b.csv', KAGGLE)];
    expect(() => planImport([])).toThrow(/no file/);
    expect(() => planImport(heads, { date: parseDate('2020-01-01') })).toThrow(/given for 2 files/);
    expect(() => planImport(heads, { since: parseDate('2020-01-02'), until: parseDate('2020-01-01') })).toThrow(
      /is after/,
    );
    expect(() => planImport([heads[0]!], { date: parseDate('2020-01-01') })).toThrow(/its column "date" has dates/);
  });
});

describe('a file of tracks', () => {
  it('is known by the names of its columns', () => {
    const tracks = csvHead('tracks.csv', 'Track,Artist,track_ID,artist_ID,album_release_date,id');
    expect(planImport([csvHead('a.csv', KAGGLE)], { tracks }).tracks?.columns).toEqual({
      trackId: 2,
      title: 0,
      artistId: 3,
      artistName: 1,
      releaseDate: 4,
    });
  });

  it('needs ids and something to say of them', () => {
    const charts = [csvHead('a.csv', KAGGLE)];
    expect(() => planImport(charts, { tracks: csvHead('t.csv', 'name,release_date') })).toThrow(
      /has no column "track_id"/,
    );
    expect(() => planImport(charts, { tracks: csvHead('t.csv', 'track_id,tempo') })).toThrow(/"album_release_date"/);
  });
});
