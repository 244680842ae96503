/**
 * The layout of a home: one self-contained folder with a lake, a Temporal server's state and a cache of pages. What is
 * computed from charts and sound is its store; a machine that only helps has a home of its own on the store of another.
 */
import path from 'node:path';

/** Names another home whose store is used. */
export const STORE_VARIABLE = 'CHARTLIFE_STORE';

export interface Home {
  readonly root: string;
  /** Where lake, pages, sound and runs lie: the root itself, or another home. */
  readonly storeRoot: string;
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

/** @param storeRoot another home, whose store it works on; undefined or empty: its own */
export function homeAt(root: string, storeRoot?: string): Home {
  const at = (...parts: string[]): string => path.resolve(root, ...parts);
  const inStore = (...parts: string[]): string => path.resolve(storeRoot || root, ...parts);
  return {
    root: path.resolve(root),
    storeRoot: inStore(),
    catalogPath: inStore('lake', 'catalog.sqlite'),
    lakeDataDir: inStore('lake', 'data'),
    pagesDir: inStore('pages'),
    spectrogramsDir: inStore('spectrograms'),
    inboxDir: inStore('inbox'),
    audioDir: inStore('audio'),
    runsDir: inStore('runs'),
    temporalDbPath: at('temporal', 'temporal.sqlite'),
    logsDir: at('logs'),
    settingsPath: at('settings.json'),
    systemPath: at('system.json'),
  };
}
