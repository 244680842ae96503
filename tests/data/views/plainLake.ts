/**
 * The lake's tables and views in a plain DuckDB in memory: the same SQL files, without what only DuckLake knows. Quick
 * enough for hundreds of random lakes; lake/*.test.ts runs the views in a real one.
 */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { createPlainSchema } from '../../../data/dictionary/describeLake.ts';
import { type PlainRow, readRows } from '../../../data/lake/values.ts';
import { trackIdOf } from '../lakeFixture.ts';

export interface Credit {
  readonly id: string | null;
  readonly name: string;
}

/** A row of chart_entry; what is left out is null, or as below. */
export interface Entry {
  /** Default: daily. */
  readonly kind?: 'daily' | 'weekly';
  /** Default: us. */
  readonly region?: string;
  readonly date: string;
  readonly rank: number;
  /** A word, made an id. */
  readonly track: string;
  readonly streams?: number | null;
  readonly movement?: 'new' | 're-entry' | 'moved' | null;
  readonly periods?: number | null;
  readonly artists?: readonly Credit[];
  readonly featured?: readonly Credit[];
}

export interface TrackWeek {
  readonly track: string;
  readonly region: string;
  readonly weekEnd: string;
  readonly rank: number;
  readonly streams: number | null;
  /** The page it comes from. */
  readonly sha256: string;
}

export interface PlainLake {
  readonly connection: DuckDBConnection;
  rows(sql: string): Promise<PlainRow[]>;
  run(...statements: readonly string[]): Promise<void>;
  addEntries(entries: readonly Entry[]): Promise<void>;
  addTrackWeeks(weeks: readonly TrackWeek[]): Promise<void>;
  addTrackPage(sha256: string, fetchedAt: string): Promise<void>;
  /** Empties all tables and forgets all session variables. */
  clear(): Promise<void>;
  close(): void;
}

const ENTRY_SCHEMA = JSON.stringify([
  {
    chart_kind: 'VARCHAR',
    region: 'VARCHAR',
    chart_date: 'DATE',
    rank: 'INTEGER',
    track_id: 'VARCHAR',
    title: 'VARCHAR',
    artists: [{ id: 'VARCHAR', name: 'VARCHAR' }],
    featured: [{ id: 'VARCHAR', name: 'VARCHAR' }],
    movement: 'VARCHAR',
    places_moved: 'INTEGER',
    periods_on_chart: 'INTEGER',
    peak_rank: 'INTEGER',
    times_at_peak: 'INTEGER',
    streams: 'BIGINT',
    streams_change: 'BIGINT',
    seven_day_streams: 'BIGINT',
    seven_day_streams_change: 'BIGINT',
    total_streams: 'BIGINT',
    source: 'VARCHAR',
    source_sha256: 'VARCHAR',
  },
]);

function entryRow(entry: Entry): Record<string, unknown> {
  return {
    chart_kind: entry.kind ?? 'daily',
    region: entry.region ?? 'us',
    chart_date: entry.date,
    rank: entry.rank,
    track_id: trackIdOf(entry.track),
    title: entry.track,
    artists: entry.artists ?? [],
    featured: entry.featured ?? [],
    movement: entry.movement ?? null,
    places_moved: null,
    periods_on_chart: entry.periods ?? null,
    peak_rank: null,
    times_at_peak: null,
    streams: entry.streams ?? null,
    streams_change: null,
    seven_day_streams: null,
    seven_day_streams_change: null,
    total_streams: null,
    source: 'kworb',
    source_sha256: 'abc',
  };
}

const VARIABLES = ['moments', 'kurtosis', 'chart_depth', 'today'];

export async function openPlainLake(): Promise<PlainLake> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await createPlainSchema(connection);
  const tables = (await readRows(connection, 'SELECT table_name FROM duckdb_tables()')).map((row) =>
    String(row.table_name),
  );
  return {
    connection,
    rows: (sql) => readRows(connection, sql),
    run: async (...statements) => {
      for (const sql of statements) await connection.run(sql);
    },
    addEntries: async (entries) => {
      if (entries.length === 0) return;
      await connection.run(`INSERT INTO chart_entry SELECT unnest(from_json($1, '${ENTRY_SCHEMA}'), max_depth := 2)`, [
        JSON.stringify(entries.map(entryRow)),
      ]);
    },
    addTrackWeeks: async (weeks) => {
      for (const { track, region, weekEnd, rank, streams, sha256 } of weeks) {
        await connection.run(
          `INSERT INTO track_week VALUES ('${trackIdOf(track)}', '${region}', '${weekEnd}', ${rank}, ${streams}, '${sha256}')`,
        );
      }
    },
    addTrackPage: async (sha256, fetchedAt) => {
      await connection.run(
        `INSERT INTO page VALUES ('u', 'track', NULL, NULL, NULL, '${fetchedAt}', 200, NULL, '${sha256}', '1', 'parsed', NULL, NULL, '${fetchedAt}')`,
      );
    },
    clear: async () => {
      for (const table of tables) await connection.run(`DELETE FROM ${table}`);
      for (const name of VARIABLES) await connection.run(`RESET VARIABLE ${name}`);
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
