/** The layout of a home: one self-contained folder with a lake, a Temporal server's state and a cache of pages. */
import path from 'node:path';

export interface Home {
  readonly root: string;
  /** DuckLake's catalog, a SQLite file. */
  readonly catalogPath: string;
  /** DuckLake's Parquet files. */
  readonly lakeDataDir: string;
  /** Page bodies, compressed, named by their SHA-256. */
  readonly pagesDir: string;
  /** Spectrograms in Arrow IPC shards, named by their SHA-256. */
  readonly spectrogramsDir: string;
  /** What sources of sound answered, until it is in the lake. */
  readonly inboxDir: string;
  /** Audio files that the user wants kept, named by their SHA-256. */
  readonly audioDir: string;
  /** Training runs, a folder each: data set, checkpoints, weights, losses. */
  readonly runsDir: string;
  /** The Temporal development server's database. */
  readonly temporalDbPath: string;
  readonly logsDir: string;
  /** What the user chose: source, regions, contact. */
  readonly settingsPath: string;
  /** What runs now: process ids and addresses. Present only while `chartlife up` runs. */
  readonly systemPath: string;
}

export function homeAt(root: string): Home {
  const at = (...parts: string[]): string => path.resolve(root, ...parts);
  return {
    root: path.resolve(root),
    catalogPath: at('lake', 'catalog.sqlite'),
    lakeDataDir: at('lake', 'data'),
    pagesDir: at('pages'),
    spectrogramsDir: at('spectrograms'),
    inboxDir: at('inbox'),
    audioDir: at('audio'),
    runsDir: at('runs'),
    temporalDbPath: at('temporal', 'temporal.sqlite'),
    logsDir: at('logs'),
    settingsPath: at('settings.json'),
    systemPath: at('system.json'),
  };
}
