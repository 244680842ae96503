/** What Spotify's API said in December 2019 of the sample's tracks: what the replica's embed pages and sound are made of. */
import { parseDate } from '../../contracts/dates.ts';
import { parseTrackId, type TrackId } from '../../contracts/ids.ts';
import type { ReleaseDate } from '../../contracts/previews.ts';
import type { TrackFacts } from '../../contracts/trackFacts.ts';
import { SAMPLE_FILES } from './loadSample.ts';
import { boolean, number, readSample, text } from './readSample.ts';

const FACTS_SQL = `
  select track_ID, tempo, time_signature, "key", mode, loudness, energy, valence, danceability, acousticness,
    instrumentalness, speechiness, liveness, album_release_date, duration_ms, explicit
  from read_parquet($tracks)
  order by track_ID`;

/**
 * Reads the facts of all tracks of the sample.
 *
 * @throws ChartlifeError SetupMissing if the file is missing or does not hold what its README says.
 */
export function loadSampleTrackFacts(): Promise<ReadonlyMap<TrackId, TrackFacts>> {
  return readSample(async (connection) => {
    const reader = await connection.runAndReadAll(FACTS_SQL, { tracks: SAMPLE_FILES.tracks });
    return new Map(reader.getRowObjects().map((row) => [parseTrackId(text(row.track_ID)), factsOf(row)]));
  });
}

function factsOf(row: Readonly<Record<string, unknown>>): TrackFacts {
  return {
    descriptors: {
      tempoBpm: number(row.tempo),
      beatsPerBar: number(row.time_signature),
      pitchClass: number(row.key),
      isMajor: number(row.mode) === 1,
      loudnessDb: number(row.loudness),
      energy: number(row.energy),
      valence: number(row.valence),
      danceability: number(row.danceability),
      acousticness: number(row.acousticness),
      instrumentalness: number(row.instrumentalness),
      speechiness: number(row.speechiness),
      liveness: number(row.liveness),
    },
    releaseDate: releaseDate(text(row.album_release_date)),
    durationMs: number(row.duration_ms),
    isExplicit: boolean(row.explicit),
  };
}

/** `1947`, `1957-09` or `2016-11-25`. */
function releaseDate(value: string): ReleaseDate {
  if (/^\d{4}$/.test(value)) return { date: parseDate(`${value}-01-01`), precision: 'year' };
  if (/^\d{4}-\d{2}$/.test(value)) return { date: parseDate(`${value}-01`), precision: 'month' };
  return { date: parseDate(value), precision: 'day' };
}
