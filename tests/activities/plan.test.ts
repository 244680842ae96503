import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPlanActivities, type PlanActivities } from '../../activities/plan.ts';
import { parseDate } from '../../contracts/dates.ts';
import type { TrackId } from '../../contracts/ids.ts';
import {
  type ListTracksResult,
  MAX_PAYLOAD_BYTES,
  type PlanRefreshInput,
  type RefreshPlan,
  TRACKS_PER_LISTING,
} from '../../contracts/payloads.ts';
import { parseRegion, REGION_NAMES } from '../../contracts/regions.ts';
import type { RunId } from '../../contracts/runs.ts';
import type { Settings } from '../../contracts/settings.ts';
import { commit, type LakeHome, makeLake, pageOf, rowsOfTracks } from '../data/lakeFixture.ts';
import { dailyCharts, replicaSettings } from '../integration/replicaCharts.ts';
import { runActivity } from './siteFixture.ts';

let lakeHome: LakeHome;

beforeAll(async () => {
  lakeHome = await makeLake();
  const words = Array.from({ length: 100 }, (_, i) => `t${String(i).padStart(3, '0')}`);
  await commit(lakeHome.lake, pageOf({ date: '2026-03-03', rows: rowsOfTracks(words, { movement: 'new' }) }));
});

afterAll(() => lakeHome.remove());

function planner(settings: Settings, atStart: Settings = settings): PlanActivities {
  return createPlanActivities({
    lake: lakeHome.lake,
    readSettings: async () => settings,
    source: atStart.source,
  });
}

const NIGHT: PlanRefreshInput = { cadence: 'daily', nominalDate: parseDate('2026-03-05'), scheduledAt: null };

const plan = (settings: Settings, input: PlanRefreshInput = NIGHT): Promise<RefreshPlan> =>
  runActivity(planner(settings).planRefresh, input);

describe('planRefresh', () => {
  test('takes the charts of the cadence, and their number does not break the payload', async () => {
    const all = Object.keys(REGION_NAMES);
    const weekly = { kind: 'weekly', region: parseRegion('us') } as const;
    const night = await plan(replicaSettings([...dailyCharts(all), weekly]));
    expect(night.regions).toEqual(all);
    expect(JSON.stringify(night).length).toBeLessThan(MAX_PAYLOAD_BYTES);
  });

  test('knows the run whose model forecasts, once one is published', async () => {
    const own = await makeLake();
    const { planRefresh } = createPlanActivities({
      lake: own.lake,
      readSettings: async () => replicaSettings(dailyCharts(['us'])),
      source: replicaSettings([]).source,
    });
    expect(await runActivity(planRefresh, NIGHT)).not.toHaveProperty('forecastBy');
    const runId = '0123456789abcdef' as RunId;
    await own.lake.commitPublication({
      runId,
      publishedAt: '2026-03-01T00:00:00.000Z',
      publishedBy: 'run',
      why: 'good',
    });
    expect(await runActivity(planRefresh, NIGHT)).toMatchObject({ forecastBy: runId });
    await own.remove();
  });

  test.each([
    ['UTC', '2026-03-05T03:00:00Z', '2026-03-05'],
    ['Pacific/Auckland', '2026-03-04T14:00:00Z', '2026-03-05'],
    ['America/New_York', '2026-03-05T04:59:00Z', '2026-03-04'],
  ])(
    'a schedule’s night is its nominal day in the user’s time zone (%s, %s)',
    async (timeZone, scheduledAt, expected) => {
      const settings = replicaSettings(dailyCharts(['us']), { timeZone });
      const night = await plan(settings, { cadence: 'daily', nominalDate: null, scheduledAt });
      expect(night.nominalDate).toBe(expected);
    },
  );

  test('a date that a person gave comes before the schedule’s', async () => {
    const input = { ...NIGHT, scheduledAt: '2026-04-01T03:00:00Z' };
    expect((await plan(replicaSettings(dailyCharts(['us'])), input)).nominalDate).toBe('2026-03-05');
  });

  test('is patient with kworb, and quick with a replica', async () => {
    const charts = dailyCharts(['us']);
    const live = replicaSettings(charts, {
      source: { kind: 'kworb', baseUrl: 'https://kworb.net', contact: 'me@example.org' },
    });
    const { fetchPatience: patient } = await plan(live);
    const { fetchPatience: quick } = await plan(replicaSettings(charts));
    expect(patient.longestWaitMs).toBeGreaterThan(quick.longestWaitMs);
  });

  test.each<[string, Settings, Settings | undefined, PlanRefreshInput, string]>([
    ['no chart', replicaSettings([]), undefined, NIGHT, 'No regions are named'],
    [
      'no chart of the cadence',
      replicaSettings(dailyCharts(['us'])),
      undefined,
      { ...NIGHT, cadence: 'weekly' },
      'no weekly chart',
    ],
    [
      'live kworb without a contact',
      replicaSettings(dailyCharts(['us']), { source: { kind: 'kworb', baseUrl: 'https://kworb.net', contact: null } }),
      undefined,
      NIGHT,
      'No contact is named',
    ],
    ['no date', replicaSettings(dailyCharts(['us'])), undefined, { ...NIGHT, nominalDate: null }, 'no nominal date'],
    [
      'another source than the worker was started for',
      replicaSettings(dailyCharts(['us'])),
      replicaSettings([], { source: { kind: 'kworb', baseUrl: 'https://kworb.net', contact: 'me@example.org' } }),
      NIGHT,
      'this worker was started for https://kworb.net',
    ],
  ])('%s: refused, with what to do', async (_what, settings, atStart, input, message) => {
    await expect(runActivity(planner(settings, atStart).planRefresh, input)).rejects.toMatchObject({
      type: 'InvalidInput',
      nonRetryable: true,
      message: expect.stringContaining(message),
    });
  });
});

describe('listTracksToEnrich', () => {
  async function list(settings: Settings, enteredFrom = '2026-03-01'): Promise<number[]> {
    const sizes: number[] = [];
    let numListed = 0;
    let afterTrackId: TrackId | null = null;
    for (let hasMore = true; hasMore; ) {
      const page: ListTracksResult = await runActivity(planner(settings).listTracksToEnrich, {
        enteredFrom: parseDate(enteredFrom),
        nominalDate: parseDate('2026-03-05'),
        afterTrackId,
        numListed,
      });
      sizes.push(page.trackIds.length);
      numListed += page.trackIds.length;
      afterTrackId = page.trackIds.at(-1) ?? null;
      hasMore = page.hasMore;
    }
    return sizes;
  }

  test('lists each entry once, a payload at a time', async () => {
    expect(await list(replicaSettings([]))).toEqual([TRACKS_PER_LISTING, 100 - TRACKS_PER_LISTING]);
  });

  test('stops at the most that one night may ask for', async () => {
    const sizes = await list(replicaSettings([], { maxTracksPerNight: 90 }));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(90);
  });

  test('lists nobody who entered before', async () => {
    expect(await list(replicaSettings([]), '2026-03-04')).toEqual([0]);
  });
});
