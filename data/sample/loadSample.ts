/** The committed sample as a chart history: what the replica serves in the demo and the tests. */
import path from 'node:path';
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import type { ChartHistory, HistoryTrack } from '../../contracts/chartHistory.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { fromEpochDay } from '../../contracts/dates.ts';
import { parseArtistId, parseTrackId } from '../../contracts/ids.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { number, readSample, SAMPLE_DIR, text } from './readSample.ts';

/** Where the sample's two files lie. README.md beside them says what they hold. */
export const SAMPLE_FILES = {
  daily: path.join(SAMPLE_DIR, 'us_daily_2017_2019.parquet'),
  tracks: path.join(SAMPLE_DIR, 'us_tracks.parquet'),
} as const;

const ORIGIN =
  'the Spotify200 sample: US daily Top 200, 2017-01-01 to 2019-12-11, MIT licence, ' +
  'Copyright 2019 Ines Ajimi, https://github.com/IAjimi/Spotify200';

const TRACKS_SQL = `
  select track_ID, Track, Artist, artist_ID
  from read_parquet($tracks)
  order by track_ID`;

const ROWS_SQL = `
  with numbered as (
    select track_ID, (row_number() over (order by track_ID) - 1)::integer as track_index
    from read_parquet($tracks)
  )
  select
    (daily.Date::date - date '1970-01-01')::integer as epoch_day,
    daily.Position::integer as rank,
    numbered.track_index,
    daily.Streams::double as streams
  from read_parquet($daily) as daily
  left join numbered using (track_ID)
  order by epoch_day, rank`;

/**
 * Reads the sample's US daily charts.
 *
 * @throws ChartlifeError SetupMissing if a file is missing or does not hold what its README says.
 */
export function loadSample(): Promise<ChartHistory> {
  return readSample(async (connection) => {
    const tracks = await readTracks(connection);
    return { ...(await readRows(connection, tracks.length)), tracks };
  });
}

async function readTracks(connection: DuckDBConnection): Promise<HistoryTrack[]> {
  const reader = await connection.runAndReadAll(TRACKS_SQL, { tracks: SAMPLE_FILES.tracks });
  return reader.getRows().map(([id, title, artistName, artistId]) => ({
    id: parseTrackId(text(id)),
    title: title === null ? null : text(title),
    artist: artistName === null ? null : { id: parseArtistId(text(artistId)), name: text(artistName) },
    featured: [],
  }));
}

async function readRows(connection: DuckDBConnection, numTracks: number): Promise<Omit<ChartHistory, 'tracks'>> {
  const result = await connection.run(ROWS_SQL, { daily: SAMPLE_FILES.daily, tracks: SAMPLE_FILES.tracks });
  const chunks = await result.fetchAllChunks();
  const numRows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const trackIndexes = new Int32Array(numRows);
  const streams = new Float64Array(numRows);
  const dates: CalendarDate[] = [];
  const rowStarts: number[] = [];
  let row = 0;
  let epochDay = Number.NaN;
  for (const chunk of chunks) {
    const days = numbers(chunk, 0);
    const ranks = numbers(chunk, 1);
    const tracks = numbers(chunk, 2);
    const counts = numbers(chunk, 3);
    for (let i = 0; i < chunk.rowCount; i += 1, row += 1) {
      if (days[i] !== epochDay) {
        epochDay = days[i]!;
        dates.push(fromEpochDay(epochDay));
        rowStarts.push(row);
      }
      const rank = row - rowStarts[rowStarts.length - 1]! + 1;
      if (ranks[i] !== rank) throw new Error(`rank ${ranks[i]} stands where rank ${rank} of ${dates.at(-1)} should`);
      trackIndexes[row] = tracks[i]!;
      streams[row] = counts[i]!;
    }
  }
  if (numRows === 0 || numTracks === 0) throw new Error('it has no rows');
  rowStarts.push(numRows);
  return {
    kind: 'daily',
    region: parseRegion('us'),
    origin: ORIGIN,
    isSynthetic: false,
    dates,
    rowStarts: Int32Array.from(rowStarts),
    trackIndexes,
    streams,
  };
}

function numbers(chunk: DuckDBDataChunk, column: number): readonly number[] {
  return chunk.getColumnValues(column).map(number);
}
