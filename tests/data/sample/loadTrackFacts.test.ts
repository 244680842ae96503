/** What the sample says of its tracks, as the replica takes it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { parseTrackId, type TrackId } from '../../../contracts/ids.ts';
import type { TrackFacts } from '../../../contracts/trackFacts.ts';
import { loadSample } from '../../../data/sample/loadSample.ts';
import { loadSampleTrackFacts } from '../../../data/sample/loadTrackFacts.ts';

let facts: ReadonlyMap<TrackId, TrackFacts>;
beforeAll(async () => {
  facts = await loadSampleTrackFacts();
});

describe('the facts', () => {
  it('are of every track of the charts', async () => {
    const { tracks } = await loadSample();
    expect(facts.size).toBe(5433);
    expect(tracks.filter(({ id }) => !facts.has(id))).toEqual([]);
  });

  it('are those of the file', () => {
    expect(facts.get(parseTrackId('4Km5HrUvYTaSUfiSGPJeQR'))).toEqual({
      descriptors: {
        tempoBpm: 127.076,
        beatsPerBar: 4,
        pitchClass: 11,
        isMajor: true,
        loudnessDb: -5.313,
        energy: 0.665,
        valence: 0.175,
        danceability: 0.927,
        acousticness: 0.061,
        instrumentalness: 0,
        speechiness: 0.244,
        liveness: 0.123,
      },
      releaseDate: { date: '2017-01-27', precision: 'day' },
      durationMs: 343_150,
      isExplicit: true,
    });
  });

  it('tell days of release from months and years', () => {
    const numOf = (precision: string): number =>
      [...facts.values()].filter(({ releaseDate }) => releaseDate.precision === precision).length;
    expect(['day', 'month', 'year'].map(numOf)).toEqual([5345, 6, 82]);
    const years = [...facts.values()].filter(({ releaseDate }) => releaseDate.precision === 'year');
    expect(years.every(({ releaseDate }) => releaseDate.date.endsWith('-01-01'))).toBe(true);
  });
});
