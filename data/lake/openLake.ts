/** The door to the lake: opens it, brings its schema up to date, and composes what a {@link Lake} can do. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { dateOfInstant } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { TrackCommit } from '../../contracts/lake.ts';
import { openQueryEngine } from '../query/openQueryEngine.ts';
import { runQuery } from '../query/runQuery.ts';
import { countArchivedPages, readArchivedPages } from './archivedPages.ts';
import { checkWholeLake, createChartChecker } from './checks.ts';
import { commitChart } from './commitChart.ts';
import { commitArtistSongs, commitTotals } from './commitNames.ts';
import { commitSound } from './commitSound.ts';
import { commitTracks } from './commitTrack.ts';
import { type LakeDatabase, openDatabase } from './connection.ts';
import { toLakeError } from './duckdbError.ts';
import { readCoverage, readExamples } from './exampleReads.ts';
import { createFormerCharts } from './formerCharts.ts';
import { maintain } from './maintain.ts';
import { checkReadable, migrate } from './migrate.ts';
import { createNameBook } from './nameBook.ts';
import { sourceOf } from './pageRows.ts';
import { quarantinePage, readQuarantinedPages } from './quarantine.ts';
import { hasPage, readCheckResults, readFreshness, readTracksToEnrich } from './reads.ts';
import {
  commitForecasts,
  commitPublication,
  commitRun,
  commitSweep,
  readIssuedForecasts,
  readPublications,
} from './runRows.ts';
import { pinSnapshot, readSnapshots, unpinSnapshot } from './snapshots.ts';
import {
  readHeardAudio,
  readKeptAudio,
  readShardNamesEver,
  readShards,
  readSpectrogramOf,
  readTracksToHear,
  readTrackToHear,
  readUndecodableOrigins,
} from './soundReads.ts';
import {
  type LakeTransaction,
  retryConflicts,
  runTransaction,
  type TransactionMessage,
  type TransactionResult,
} from './transaction.ts';
import type { Lake, LakeLocation, OpenOptions } from './types.ts';
import { refreshViews } from './views.ts';

type WritePart = Pick<
  Lake,
  | 'commitChart'
  | 'commitTrack'
  | 'commitTracks'
  | 'commitTotals'
  | 'commitArtistSongs'
  | 'quarantinePage'
  | 'commitSound'
  | 'commitRun'
  | 'commitSweep'
  | 'commitPublication'
  | 'commitForecasts'
  | 'pinSnapshot'
  | 'unpinSnapshot'
  | 'maintain'
  | 'transaction'
>;
type ReadPart = Omit<Lake, keyof WritePart | 'location' | 'mode' | 'query' | 'close'>;

/** Runs one piece of work after the other: a DuckDB connection holds one transaction at a time. */
function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  };
}

type Queue = ReturnType<typeof createQueue>;

function createWritePart(connection: DuckDBConnection, catalogPath: string, inOrder: Queue): WritePart {
  const checker = createChartChecker(connection);
  const names = createNameBook();
  const formerCharts = createFormerCharts();
  /** For this file's own commits: what is remembered of the lake stays true. */
  const transaction = async <T>(
    message: TransactionMessage,
    work: (transaction: LakeTransaction) => Promise<T>,
  ): Promise<TransactionResult<T>> => {
    const result = await runTransaction(connection, catalogPath, message, work);
    if (result.snapshotId !== null) {
      names.advance(result.snapshotId - 1, result.snapshotId);
      formerCharts.advance(result.snapshotId - 1, result.snapshotId);
    }
    return result;
  };
  const parts = { connection, catalogPath, transaction, checker, names, formerCharts };
  return {
    commitChart: (page, provenance, options) =>
      inOrder(() => commitChart(parts, page, provenance, options?.source ?? sourceOf(provenance))),
    commitTrack: async (page, provenance, options) => {
      const source = options?.source ?? sourceOf(provenance);
      const [commit] = await inOrder(() => commitTracks(parts, [{ page, provenance }], source));
      return commit as TrackCommit;
    },
    commitTracks: (pages, options) => inOrder(() => commitTracks(parts, pages, options.source)),
    commitTotals: (page, provenance, options) =>
      inOrder(() => commitTotals(parts, page, provenance, options?.source ?? sourceOf(provenance))),
    commitArtistSongs: (page, provenance, options) =>
      inOrder(() => commitArtistSongs(parts, page, provenance, options?.source ?? sourceOf(provenance))),
    quarantinePage: (provenance, reason, chart = null) =>
      inOrder(() => quarantinePage(parts, provenance, reason, chart)),
    commitSound: (batch, brokenShards) => inOrder(() => commitSound(parts, batch, brokenShards)),
    commitRun: (commit) => inOrder(() => commitRun(transaction, commit)),
    commitSweep: (sweepId, runIds) => inOrder(() => commitSweep(transaction, sweepId, runIds)),
    commitPublication: (publication) => inOrder(() => commitPublication(transaction, publication)),
    commitForecasts: (commit) => inOrder(() => commitForecasts(transaction, commit)),
    pinSnapshot: (snapshotId, name, reason) => inOrder(() => pinSnapshot(transaction, snapshotId, name, reason)),
    unpinSnapshot: (name) => inOrder(() => unpinSnapshot(transaction, name)),
    maintain: (options) => inOrder(() => maintain(parts, options)),
    transaction: (message, work) => inOrder(() => runTransaction(connection, catalogPath, message, work)),
  };
}

/** What a lake opened to read says to everything that would change it. */
function createNoWritePart(catalogPath: string): WritePart {
  const refuse = async (): Promise<never> => {
    throw new ChartlifeError('InvalidInput', `the lake ${catalogPath} was opened to read`, {
      next: "Open it with mode 'write'.",
      details: { catalogPath },
    });
  };
  return {
    commitChart: refuse,
    commitTrack: refuse,
    commitTracks: refuse,
    commitTotals: refuse,
    commitArtistSongs: refuse,
    quarantinePage: refuse,
    commitSound: refuse,
    commitRun: refuse,
    commitSweep: refuse,
    commitPublication: refuse,
    commitForecasts: refuse,
    pinSnapshot: refuse,
    unpinSnapshot: refuse,
    maintain: refuse,
    transaction: refuse,
  };
}

function createReadPart(database: LakeDatabase, catalogPath: string): ReadPart {
  const read = async <T>(what: string, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
    try {
      const connection = await database.connect();
      try {
        return await work(connection);
      } finally {
        connection.closeSync();
      }
    } catch (error) {
      throw toLakeError(error, what, catalogPath);
    }
  };
  return {
    hasPage: (url, sha256, parserVersion) =>
      read(`looking up ${url}`, (connection) => hasPage(connection, url, sha256, parserVersion)),
    tracksToEnrich: (query) => read('listing tracks to enrich', (connection) => readTracksToEnrich(connection, query)),
    tracksToHear: (query) => read('listing tracks to hear', (connection) => readTracksToHear(connection, query)),
    trackToHear: (trackId) => read(`looking up ${trackId}`, (connection) => readTrackToHear(connection, trackId)),
    shards: () => read('listing shards', readShards),
    shardNamesEver: () => read('listing shards of all snapshots', readShardNamesEver),
    heardAudio: (featureVersion) =>
      read('listing what was heard', (connection) => readHeardAudio(connection, featureVersion)),
    trainingExamples: (query) =>
      read('listing what can be trained on', (connection) => readExamples(connection, query)),
    trainingCoverage: (query) =>
      read('counting what can be trained on', (connection) => readCoverage(connection, query)),
    spectrogramOf: (trackId) => read(`looking up ${trackId}`, (connection) => readSpectrogramOf(connection, trackId)),
    undecodableOrigins: (trackId) =>
      read(`looking up ${trackId}`, (connection) => readUndecodableOrigins(connection, trackId)),
    keptAudio: (trackId) => read(`looking up ${trackId}`, (connection) => readKeptAudio(connection, trackId)),
    quarantinedPages: () => read('listing the quarantine', readQuarantinedPages),
    archivedPages: (query) => read('listing archived pages', (connection) => readArchivedPages(connection, query)),
    countArchivedPages: (selection) =>
      read('counting archived pages', (connection) => countArchivedPages(connection, selection)),
    freshness: (today) => read('reading freshness', (connection) => readFreshness(connection, today)),
    checkResults: (query = {}) => read('reading check results', (connection) => readCheckResults(connection, query)),
    runChecks: (today = dateOfInstant(Date.now())) =>
      read('checking the lake', (connection) => checkWholeLake(connection, today)),
    publications: () => read('listing publications', readPublications),
    issuedForecasts: (runId) => read('listing forecasts', (connection) => readIssuedForecasts(connection, runId)),
    snapshots: () => read('listing snapshots', readSnapshots),
  };
}

/** The engine for a person's SQL, opened when it is first asked for. */
function createQueryPart(location: LakeLocation, snapshot: number | undefined): Pick<Lake, 'query' | 'close'> {
  let engine: Promise<LakeDatabase> | null = null;
  return {
    query: async (sql, options) => {
      engine ??= openQueryEngine(location, snapshot);
      const connection = await (await engine).connect();
      return runQuery(connection, sql, location, options);
    },
    close: async () => {
      const opened = await engine?.catch(() => null);
      opened?.close();
    },
  };
}

/**
 * @throws ChartlifeError LakeUnusable (absent, damaged, of a newer schema), SetupMissing (no DuckLake extension),
 *   SnapshotNotFound, InvalidInput.
 */
export async function openLake(location: LakeLocation, options: OpenOptions): Promise<Lake> {
  if (options.mode === 'write' && options.snapshot !== undefined) {
    throw new ChartlifeError('InvalidInput', `snapshot ${options.snapshot} can't be written to`, {
      next: "Open it with mode 'read'.",
      details: { snapshot: options.snapshot },
    });
  }
  const { catalogPath } = location;
  const { database, writer } = await retryConflicts(
    { author: 'chartlife', text: 'opening the lake' },
    catalogPath,
    () => openUpToDate(location, options),
  );
  const inOrder = createQueue();
  const queries = createQueryPart(location, options.snapshot);
  return {
    location,
    mode: options.mode,
    ...(options.mode === 'write' ? createWritePart(writer, catalogPath, inOrder) : createNoWritePart(catalogPath)),
    ...createReadPart(database, catalogPath),
    query: queries.query,
    close: async () => {
      await queries.close();
      await inOrder(async () => writer.closeSync());
      database.close();
    },
  };
}

/** An engine of its own for each try; the schema as this code has it. */
async function openUpToDate(
  location: LakeLocation,
  options: OpenOptions,
): Promise<{ readonly database: LakeDatabase; readonly writer: DuckDBConnection }> {
  const { catalogPath } = location;
  const database = await openDatabase(location, options);
  const writer = await database.connect();
  try {
    if (options.mode === 'write') {
      await migrate(writer, catalogPath);
      await refreshViews(writer);
    } else {
      await checkReadable(writer, catalogPath, options.snapshot);
    }
    return { database, writer };
  } catch (error) {
    writer.closeSync();
    database.close();
    throw error;
  }
}
