/** Seventy days of a chart whose tracks come and go by rule: what is to be known of each week can be said beforehand. */
import { addDays, parseDate } from '../../../contracts/dates.ts';
import type { Lake } from '../../../data/lake/types.ts';
import { artistOf, commit, pageOf, rowOf, trackIdOf } from '../lakeFixture.ts';

export const FIRST_DAY = parseDate('2026-01-05');
const NUM_DAYS = 70;
const NUM_TRACKS = 24;

/** @param track from 1 */
export const wordOf = (track: number): string => `track${track}x`;
export const TRACK_WORDS: readonly string[] = Array.from({ length: NUM_TRACKS }, (_, place) => wordOf(place + 1));

/**
 * Track t comes on day 2t, has 1,000 t streams a day, and goes after 10 days. `held` is on all days, from before.
 *
 * @param missedDays from 0: the lake has no charts of them
 */
export async function commitChartedTracks(
  lake: Lake,
  region = 'us',
  missedDays: readonly number[] = [],
): Promise<void> {
  const debutOf = (track: number): number => 2 * track;
  const tracks = Array.from({ length: NUM_TRACKS }, (_, place) => place + 1);
  for (let day = 0; day < NUM_DAYS; day++) {
    if (missedDays.includes(day)) continue;
    const on = tracks.filter((track) => day >= debutOf(track) && day < debutOf(track) + 10);
    const rows = [0, ...on.reverse()].map((track, place) =>
      rowOf(place + 1, {
        trackId: trackIdOf(track === 0 ? 'held' : wordOf(track)),
        title: track === 0 ? 'Held' : `Song ${track}`,
        artists: [artistOf(`by${track}x`)],
        streams: track === 0 ? 10_000_000 : 1_000 * track,
        movement: day === debutOf(track) && track > 0 ? 'new' : 0,
        periodsOnChart: track === 0 ? 500 + day : day - debutOf(track) + 1,
      }),
    );
    await commit(lake, pageOf({ region, date: addDays(FIRST_DAY, day), rows }));
  }
}
