/** What people read of refreshes and of a home, from values of our own making. */
import { describe, expect, it } from 'vitest';
import { LiveBlock } from '../../cli/output/liveBlock.ts';
import { renderRefresh } from '../../cli/output/refreshReport.ts';
import { renderStatus } from '../../cli/output/statusReport.ts';
import { createStyles } from '../../cli/output/styles.ts';
import type { Status } from '../../cli/readStatus.ts';
import { parseDate } from '../../contracts/dates.ts';
import type { RefreshResult } from '../../contracts/payloads.ts';
import { parseRegion } from '../../contracts/regions.ts';
import type { RunId } from '../../contracts/runs.ts';

const styles = createStyles(false);
const now = new Date('2026-11-22T12:00:00Z');

const NIGHT: RefreshResult = {
  cadence: 'daily',
  nominalDate: parseDate('2026-11-22'),
  numCharts: 3,
  outcomes: { committed: 1, replaced: 0, unchanged: 1, quarantined: 1, failed: 0 },
  problems: [
    {
      region: parseRegion('gb'),
      outcome: 'quarantined',
      errorType: 'LayoutChanged',
      message: 'the table’s headers have changed. Missing: "Streams". Unexpected: "Plays\x1b[2J".',
    },
  ],
  numProblemsUnnamed: 0,
  numRows: 200,
  numNewEntries: 1,
  numReEntries: 2,
  numWarnings: 0,
  firstChartDate: parseDate('2026-11-19'),
  lastChartDate: parseDate('2026-11-20'),
  numSnapshots: 5,
  tracks: {
    numListed: 3,
    numCommitted: 2,
    numUnchanged: 0,
    numQuarantined: 0,
    numWeeks: 40,
    numSnapshots: 2,
    numAbsent: 1,
    numFailed: 0,
  },
  maintenance: null,
  freshness: null,
  notes: ['maintenance: LakeConflict: other writers were faster'],
};

describe('a refresh', () => {
  it('tells what came in, what did not and why, within the width', () => {
    expect(renderRefresh(NIGHT, styles, 60)).toEqual([
      'daily 2026-11-22  1 committed, 1 unchanged, 1 quarantined',
      '  3 charts, chart dates 2026-11-19 to 2026-11-20',
      '  200 rows, 1 new entry, 2 re-entries',
      '  3 track pages: 2 new, 0 unchanged, 1 absent',
      '  5 new snapshots',
      '  quarantined gb:',
      '    the table’s headers have changed. Missing: "Streams".',
      '    Unexpected: "Plays·[2J". [LayoutChanged]',
      '  note maintenance: LakeConflict: other writers were faster',
    ]);
  });

  it('that brought nothing says so in its first line', () => {
    const nothing: RefreshResult = {
      ...NIGHT,
      outcomes: { committed: 0, replaced: 0, unchanged: 3, quarantined: 0, failed: 0 },
      problems: [],
      numSnapshots: 0,
      tracks: null,
      notes: [],
    };
    expect(renderRefresh(nothing, styles, 80)).toEqual([
      'daily 2026-11-22  unchanged, no new snapshot',
      '  3 charts, chart dates 2026-11-19 to 2026-11-20',
    ]);
  });
});

const STATUS: Status = {
  home: '/home/you/live',
  today: parseDate('2026-11-22'),
  isSample: false,
  source: { kind: 'kworb', baseUrl: 'https://kworb.net', contact: 'you@example.org' },
  charts: [
    { kind: 'daily', region: parseRegion('us') },
    { kind: 'daily', region: parseRegion('cy') },
  ],
  soundSources: ['spotify', 'deezer'],
  notFetchingBecause: null,
  system: {
    supervisor: { pid: 4711, startMark: '1' },
    startedAt: '2026-11-20T08:00:00.000Z',
    temporal: { address: '127.0.0.1:7233', namespace: 'default', uiUrl: 'http://127.0.0.1:8233', process: null },
    replicaUrl: null,
    workers: [],
  },
  serverProblem: null,
  schedules: [
    {
      cadence: 'daily',
      at: '03:00',
      timeZone: 'Europe/Berlin',
      isPaused: false,
      note: null,
      nextRuns: [new Date('2026-11-23T02:00:00Z')],
      numRunsTaken: 2,
    },
    {
      cadence: 'weekly',
      at: 'saturday 04:00',
      timeZone: 'Europe/Berlin',
      isPaused: true,
      note: 'holidays',
      nextRuns: [],
      numRunsTaken: 0,
    },
  ],
  runs: {
    refreshes: [
      {
        workflowId: 'refresh/daily-2026-11-22T02:00:00Z',
        runId: 'r1',
        startedAt: new Date('2026-11-22T11:59:30Z'),
        retrying: {
          failure: {
            errorType: 'SourceUnavailable',
            message: 'https://kworb.net/robots.txt: getaddrinfo ENOTFOUND kworb.net',
            next: 'Wait.',
          },
          attempt: 3,
          maxAttempts: 6,
          nextAttemptAt: new Date('2026-11-22T12:00:14Z'),
          numRetrying: 2,
        },
        progress: {
          cadence: 'daily',
          nominalDate: parseDate('2026-11-22'),
          phase: 'charts',
          numCharts: 2,
          numChartsDone: 1,
          outcomes: NIGHT.outcomes,
          enrichId: null,
        },
        tracks: null,
        sound: null,
      },
    ],
    backfills: [],
    features: [],
    finished: [
      {
        workflowId: 'refresh/2026-11-21/daily',
        runId: 'r0',
        startedAt: new Date('2026-11-21T02:00:00Z'),
        closedAt: new Date('2026-11-21T02:05:00Z'),
        result: null,
        failure: { errorType: 'SourceUnavailable', message: 'none of 2 daily charts came in', next: null },
      },
    ],
  },
  lake: {
    numChartDates: 2,
    numChartEntries: 201,
    numTracks: 190,
    numArtists: 150,
    numTrackWeeks: 0,
    numPages: 3,
    sound: {
      numSpectrograms: 31,
      numSynthetic: 31,
      numShards: 2,
      numFound: 31,
      numAbsent: 4,
      numGone: 0,
      numUndecodable: 1,
    },
    models: { numRuns: 3, numGoing: 1, publishedRun: '0123456789abcdef' as RunId, numForecasts: 42 },
    numSnapshots: 7,
    newestSnapshot: { snapshotId: 6, committedAt: '2026-11-22T02:00:11.000Z' },
    pins: [{ name: 'thesis', snapshotId: 4, reason: 'chapter 3' }],
    charts: [
      { kind: 'daily', region: 'cy', newestChartDate: parseDate('2017-08-05'), lagDays: 3396, state: 'dead' },
      { kind: 'daily', region: 'us', newestChartDate: parseDate('2026-11-18'), lagDays: 4, state: 'late' },
    ],
    quarantinedPages: [
      {
        url: 'https://kworb.net/spotify/country/gb_daily.html',
        pageKind: 'daily',
        fetchedAt: '2026-11-22T02:00:09.000Z',
        errorType: 'PageTruncated',
        why: 'https://kworb.net/spotify/country/gb_daily.html: the page ends inside its table',
        file: '/home/you/live/pages/bodies/ab/abcd.html.gz',
      },
    ],
    failedChecks: [
      {
        name: 'totals_never_fall',
        isBlocking: false,
        passed: false,
        figure: 3,
        message: '3 totals are less than before',
        kind: 'daily',
        region: 'us',
        chartDate: parseDate('2026-11-18'),
        checkedAt: '2026-11-22T02:00:11.000Z',
      },
    ],
  },
};

describe('a status', () => {
  it('shows what runs, what is late, what is in quarantine and where its bytes are', () => {
    expect(renderStatus(STATUS, { now, width: 80, styles }).join('\n')).toMatchInlineSnapshot(`
      "home      /home/you/live
      system    runs, process 4711, since 2026-11-20 08:00 UTC
      server    127.0.0.1:7233, web http://127.0.0.1:8233
      source    https://kworb.net, contact you@example.org
      charts    us/daily, cy/daily
      sound     spotify, deezer

      Schedules
        schedule  at                            next run (UTC)                    runs
        daily     03:00 Europe/Berlin           2026-11-23 02:00  in 14 h 00 min     2
        weekly    saturday 04:00 Europe/Berlin  paused            holidays

      Now
        refresh/daily-2026-11-22T02:00:00Z  charts 1 of 2, since 30 s
          https://kworb.net/robots.txt: getaddrinfo ENOTFOUND kworb.net; attempt 3 of
          6 in 14 s; 1 other waits as well

      Last refreshes
        ended (UTC)       refresh                         took  charts
        2026-11-21 02:05  refresh/2026-11-21/daily  5 min 00 s  failed
          2026-11-21 02:05  none of 2 daily charts came in [SourceUnavailable]

      Lake
        2 chart dates, 201 entries, 190 tracks, 150 artists
        3 page versions, 0 track weeks
        31 spectrograms (all synthetic) in 2 shards, 4 without a preview, 1 undecodable
        3 training runs (1 going), run 0123456789abcdef is published, 42 forecasts
        7 snapshots, the newest 6 of 2026-11-22 02:00 UTC
        pinned thesis: snapshot 4 (chapter 3)

      Charts, as of 2026-11-22
        chart     newest      days behind  state
        us/daily  2026-11-18            4  late
        cy/daily  2017-08-05        3,396  dead

      In quarantine
        https://kworb.net/spotify/country/gb_daily.html
          the page ends inside its table [PageTruncated]
          fetched 2026-11-22T02:00:09.000Z; its bytes:
          /home/you/live/pages/bodies/ab/abcd.html.gz

      Checks that did not pass
        chart     date        check              figure  what
        us/daily  2026-11-18  totals_never_fall       3  3 totals are less than before"
    `);
  });

  it('of a home where nothing runs and nothing is may be short', () => {
    const lines = renderStatus(
      {
        ...STATUS,
        system: null,
        schedules: null,
        runs: null,
        lake: null,
        charts: [],
        soundSources: [],
        notFetchingBecause: 'No regions are named, so nothing is fetched.',
      },
      { now, width: 80, styles },
    );
    expect(lines).toEqual([
      'home      /home/you/live',
      'system    does not run',
      'source    https://kworb.net, contact you@example.org',
      'charts    none',
      '          No regions are named, so nothing is fetched.',
      'sound     off',
    ]);
  });
});

describe('a live block', () => {
  it('is drawn in place, its lines cut to the width', async () => {
    const written: string[] = [];
    const block = new LiveBlock({
      isTerminal: true,
      columns: 11,
      write: async (chunk) => {
        written.push(String(chunk));
      },
    });
    await block.draw(['one', 'a line that is too long']);
    await block.draw(['one']);
    await block.print(['an event']);
    await block.draw(['two']);
    expect(written).toEqual(['one\na line th…\n', '\x1b[2A\r\x1b[0Jone\n', '\x1b[1A\r\x1b[0Jan event\n', 'two\n']);
  });
});
