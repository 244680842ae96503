/** What `chartlife status` says of a bad night, and a weekly chart from its page to the lake. */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChartHistory } from '../../contracts/chartHistory.ts';
import { parseDate } from '../../contracts/dates.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { runProcess } from '../cli/chartlifeProcess.ts';
import {
  type LiveSystem,
  liveThrough,
  newestSnapshotId,
  nightsFrom,
  rowsOf,
  START_TIMEOUT_MS,
  startLiveSystem,
} from './liveSystem.ts';
import { dailyCharts, syntheticHistories } from './replicaCharts.ts';

const REGIONS = ['us', 'de', 'fr'];
const BAD_NIGHT = '2026-03-11';
const SATURDAY = parseDate('2026-03-14');
const WEEK_DAYS = nightsFrom('2026-03-06', '2026-03-12');

let histories: ChartHistory[];
let live: LiveSystem;

beforeAll(async () => {
  histories = syntheticHistories(REGIONS, '2026-01-01', 72);
  live = await startLiveSystem({
    histories,
    charts: [...dailyCharts(REGIONS), { kind: 'weekly', region: parseRegion('us') }],
    settings: { enrich: false },
  });
  live.replica.setFaults({
    layoutChange: [`/spotify/country/de_daily.html@${BAD_NIGHT}`],
    cutShort: [`/spotify/country/fr_daily.html@${BAD_NIGHT}`],
  });
  await liveThrough(live, nightsFrom('2026-03-10', BAD_NIGHT));
}, START_TIMEOUT_MS);

afterAll(() => live?.remove());

interface QuarantinedPage {
  readonly url: string;
  readonly errorType: string;
  readonly why: string;
  readonly file: string;
}

async function status(...options: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess(['status', '--home', live.home.root, ...options]);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

test(
  'status lists exactly the pages put aside, each with its reason and the file of its bytes',
  async () => {
    const { lake } = JSON.parse(await status('--json')) as { lake: { quarantinedPages: QuarantinedPage[] } };
    const pages = [...lake.quarantinedPages].sort((a, b) => (a.url < b.url ? -1 : 1));
    expect(pages).toMatchObject([
      {
        url: expect.stringMatching(/\/de_daily\.html$/),
        errorType: 'LayoutChanged',
        why: expect.stringContaining('Plays'),
      },
      { url: expect.stringMatching(/\/fr_daily\.html$/), errorType: 'PageTruncated' },
    ]);
    const [changed, cut] = await Promise.all(
      pages.map(async ({ file }) => gunzipSync(await readFile(file)).toString('utf8')),
    );
    expect(changed).toContain('<th>Plays</th>');
    expect(cut).toContain('<html');
    expect(cut).not.toContain('</html>');

    const text = await status();
    const section = text.slice(text.indexOf('\nIn quarantine\n'));
    expect(section.match(/^ {2}http\S+/gm)?.sort()).toEqual(pages.map(({ url }) => `  ${url}`));
    for (const { errorType, file } of pages) {
      expect(section).toContain(`[${errorType}]`);
      expect(section).toContain(`\n    ${file}\n`);
    }
  },
  START_TIMEOUT_MS,
);

test(
  'a weekly refresh brings the week that ended on Thursday, and the same again changes nothing',
  async () => {
    const refresh = async () => live.control.awaitRefresh(await live.control.startRefresh('weekly', SATURDAY));
    expect(await refresh()).toMatchObject({
      cadence: 'weekly',
      numCharts: 1,
      outcomes: { committed: 1 },
      problems: [],
    });

    const us = histories.find(({ region }) => region === 'us')!;
    const streamsOfWeek = new Map<string, number>();
    for (const [day, date] of us.dates.entries()) {
      if (!WEEK_DAYS.includes(date)) continue;
      for (let row = us.rowStarts[day]!; row < us.rowStarts[day + 1]!; row++) {
        const { id } = us.tracks[us.trackIndexes[row]!]!;
        streamsOfWeek.set(id, (streamsOfWeek.get(id) ?? 0) + us.streams[row]!);
      }
    }
    const rows = await rowsOf(
      live.home,
      "SELECT region, chart_date, rank, track_id, streams FROM chart_entry WHERE chart_kind = 'weekly' ORDER BY rank",
    );
    expect(rows).toHaveLength(streamsOfWeek.size);
    expect(rows.map(([region, date, rank]) => [region, date, rank])).toEqual(
      rows.map((_, index) => ['us', '2026-03-12', index + 1]),
    );
    expect(new Map(rows.map(([, , , id, streams]) => [String(id), Number(streams)]))).toEqual(streamsOfWeek);

    const before = await newestSnapshotId(live.home);
    expect(await refresh()).toMatchObject({ outcomes: { unchanged: 1, committed: 0, replaced: 0 }, numSnapshots: 0 });
    expect(await newestSnapshotId(live.home)).toBe(before);
  },
  START_TIMEOUT_MS,
);
