/**
 * A DuckDB engine with the lake attached as `lake`, and connections whose default catalog it is.
 *
 * One process may hold several (several homes, a writer and a reader); each engine is in memory and owns no file.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { ChartlifeError } from '../../contracts/errors.ts';
import { messageOf } from './duckdbError.ts';
import { sqlText } from './sqlText.ts';
import { retryConflicts } from './transaction.ts';
import type { LakeLocation, OpenOptions } from './types.ts';
import { readRows, textOf } from './values.ts';

/** Both are needed to attach a lake whose catalog is a SQLite file; loaded by path, nothing is downloaded. */
const EXTENSIONS = ['sqlite_scanner', 'ducklake'] as const;

/** How long SQLite itself waits for another process's write before it says "database is locked". */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * A commit is many small statements on the catalog: with several threads each would spend its time on handing over.
 *
 * Never changed while the engine lives: a process that gave maintenance more threads and took them back again died of a
 * damaged heap, once in about a hundred nights on a busy machine (DuckDB 1.5.5).
 */
const WRITER_THREADS = 1;

export interface LakeDatabase {
  /** A connection with the lake as its default catalog. The caller closes it. */
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

/** DuckLake joins names to the data path, so it must end in a slash. */
function dataPathOf(location: LakeLocation): string {
  return `${path.resolve(location.dataDir)}${path.sep}`;
}

function attachStatement(location: LakeLocation, options: OpenOptions): string {
  const settings = [
    `DATA_PATH ${sqlText(dataPathOf(location))}`,
    // The catalog remembers the path it was made with; the lake may have been moved since.
    'OVERRIDE_DATA_PATH true',
    `META_BUSY_TIMEOUT ${BUSY_TIMEOUT_MS}`,
    ...(options.mode === 'read' ? ['READ_ONLY'] : ["META_JOURNAL_MODE 'WAL'"]),
    ...(options.snapshot === undefined ? [] : [`SNAPSHOT_VERSION ${options.snapshot}`]),
  ];
  return `ATTACH ${sqlText(`ducklake:sqlite:${path.resolve(location.catalogPath)}`)} AS lake (${settings.join(', ')})`;
}

async function loadExtensions(connection: DuckDBConnection, extensionsDir: string): Promise<void> {
  for (const name of EXTENSIONS) {
    const file = path.join(extensionsDir, `${name}.duckdb_extension`);
    try {
      await connection.run(`LOAD ${sqlText(file)}`);
    } catch (error) {
      throw new ChartlifeError('SetupMissing', `DuckDB's extension ${file} can't be loaded: ${messageOf(error)}`, {
        next: 'Run `npm run demo` or `chartlife doctor`: the set-up fetches the extensions.',
        details: { file },
        cause: error,
      });
    }
  }
}

/** Other DuckDB clients attach by the stored path: keep it the one the lake lies at. */
async function rememberDataPath(connection: DuckDBConnection, location: LakeLocation): Promise<void> {
  const dataPath = dataPathOf(location);
  const [row] = await readRows(
    connection,
    `SELECT value FROM __ducklake_metadata_lake.ducklake_metadata WHERE key = 'data_path'`,
  );
  if (row === undefined || textOf(row, 'value') === dataPath) return;
  await connection.run(`UPDATE __ducklake_metadata_lake.ducklake_metadata SET value = $1 WHERE key = 'data_path'`, [
    dataPath,
  ]);
}

/**
 * Opens the engine and attaches the lake; with `write` the catalog is made where it is absent.
 *
 * @throws ChartlifeError LakeUnusable, SetupMissing, SnapshotNotFound, DiskFull, LakeConflict (after many tries).
 */
export async function openDatabase(location: LakeLocation, options: OpenOptions): Promise<LakeDatabase> {
  if (options.mode === 'write') {
    await mkdir(path.dirname(location.catalogPath), { recursive: true });
    await mkdir(location.dataDir, { recursive: true });
  } else if (!existsSync(location.catalogPath)) {
    throw new ChartlifeError('LakeUnusable', `there is no lake at ${location.catalogPath}`, {
      next: 'Bring charts in first: `chartlife import FILE`, or `chartlife up` and its nightly refresh.',
      details: { catalogPath: location.catalogPath },
    });
  }
  // Where several processes make the same lake at once, DuckLake fails at once with "database is locked".
  return retryConflicts({ author: 'chartlife', text: 'opening the lake' }, location.catalogPath, () =>
    attachLake(location, options),
  );
}

/** Each try has an engine of its own, so that nothing of one that failed is left. */
async function attachLake(location: LakeLocation, options: OpenOptions): Promise<LakeDatabase> {
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // What doesn't fit in memory spills here, beside the lake, not into the working directory.
    temp_directory: path.join(path.dirname(path.resolve(location.catalogPath)), 'spill'),
    ...(options.mode === 'write' ? { threads: String(WRITER_THREADS) } : {}),
  });
  try {
    const connection = await instance.connect();
    try {
      await loadExtensions(connection, location.extensionsDir);
      // Our own retry runs the whole transaction again, reads and all (transaction.ts).
      await connection.run('SET GLOBAL ducklake_max_retry_count = 0');
      await connection.run(attachStatement(location, options));
      if (options.mode === 'write') await rememberDataPath(connection, location);
    } finally {
      connection.closeSync();
    }
  } catch (error) {
    instance.closeSync();
    throw error;
  }
  return {
    connect: async () => {
      const connection = await instance.connect();
      await connection.run('USE lake');
      return connection;
    },
    close: () => instance.closeSync(),
  };
}
