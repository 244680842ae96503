/**
 * Runs a person's SQL: one SELECT, or EXPLAIN of one. Statements that set variables or make temporary things may stand
 * before it (`SET VARIABLE moments = 'sample'; FROM popularity_metric`). Everything else is refused.
 */
import path from 'node:path';
import {
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  StatementType,
} from '@duckdb/node-api';
import { ChartlifeError } from '../../contracts/errors.ts';
import { messageOf, toLakeError } from '../lake/duckdbError.ts';
import { sqlText } from '../lake/sqlText.ts';
import type { LakeLocation } from '../lake/types.ts';
import type { QueryBatch, QueryOptions, QueryResult } from './types.ts';

/** What DuckLake offers that only reads. All its other functions change the lake, or delete its files at once. */
const LAKE_READERS = [
  'snapshots',
  'current_snapshot',
  'last_committed_snapshot',
  'table_changes',
  'table_insertions',
  'table_deletions',
  'table_info',
  'list_files',
  'options',
  'settings',
];

/**
 * Functions that a SELECT may not call, because they act although they are called in a SELECT, and do so before the
 * engine sees that the lake is read-only: they delete or write files, open files whatever the engine's settings say
 * (`sqlite_scan`), or run text that is not in sight here (`query`).
 */
const REFUSED_FUNCTION = [
  `ducklake_(?!(?:${LAKE_READERS.join('|')})\\b)\\w+`,
  '(?:sqlite|postgres)_\\w+',
  'query',
  'json_execute_serialized_sql',
  '(?:force_)?checkpoint',
  '(?:enable|disable)_\\w+',
  'truncate_duckdb_logs',
].join('|');

/**
 * What follows a word that is called. Words are sought in the whole text, comments and literals too: to tell those
 * apart here would be to read SQL otherwise than DuckDB does. So `'query('` in a literal is refused as well.
 */
const CALLED = '"?[\\p{Z}\\p{C}]*(?:\\(|--|/\\*)';
const REFUSED_CALL = new RegExp(`\\b(${REFUSED_FUNCTION})${CALLED}`, 'iu');
/** Preparing this one already makes its folder, so it is caught by its words. */
const EXPORT = /\bexport[\p{Z}\p{C}]*(?:database\b|--|\/\*)/iu;
/** Identifiers could be spelled with these. */
const UNICODE_ESCAPE = /\bu&["']/i;

const LEADING_COMMENTS = /^(?:\s|--[^\n]*(?:\n|$)|\/\*(?:(?!\/\*)[\s\S])*?\*\/)*/;
const EXPLAIN = /^(?<head>explain(?:\s+analyze)?(?:\s*\([\w\s,]*\))?\s)(?<explained>[\s\S]*)$/i;

/** What the engine says of a file, or an extension, that is not the lake's. */
const NO_ACCESS = /disabled (?:by|through) configuration/i;
const NO_ACCESS_TO = /Cannot access (?:file|directory) ("[^"]*")/i;

/** What may stand before the statement that answers. The engine's settings are locked, the lake is read-only. */
const MAY_PRECEDE: readonly StatementType[] = [StatementType.SET, StatementType.VARIABLE_SET, StatementType.CREATE];

const STATEMENT_NAMES: ReadonlyMap<StatementType, string> = new Map([
  [StatementType.LOAD, 'LOAD or INSTALL'],
  [StatementType.COPY_DATABASE, 'COPY FROM DATABASE'],
  [StatementType.TRANSACTION, 'a transaction of your own'],
]);

function nameOf(type: StatementType): string {
  return STATEMENT_NAMES.get(type) ?? StatementType[type] ?? 'this statement';
}

function refusal(what: string): ChartlifeError {
  return new ChartlifeError('QueryFailed', `${what} is refused: SQL is read-only here, and answers with rows`, {
    next: 'Give one SELECT. To write its answer to a file give --format and --out; to bring data in use `chartlife import`.',
    details: { statement: what },
  });
}

function noStatement(): ChartlifeError {
  return new ChartlifeError('QueryFailed', 'there is no SQL statement', {
    next: 'Give one, such as `chartlife sql "from freshness"`.',
  });
}

/** What is the SQL's fault is `QueryFailed` with DuckDB's own words; what is the lake's keeps its type. */
function queryError(error: unknown, location: LakeLocation): ChartlifeError {
  if (error instanceof ChartlifeError) return error;
  const known = toLakeError(error, 'answering a query', location.catalogPath);
  const message = messageOf(error);
  if (NO_ACCESS.test(message)) {
    return refusal(`access to ${NO_ACCESS_TO.exec(message)?.[1] ?? 'what is not the lake'}`);
  }
  const isAboutTheLake =
    known.type !== 'LakeUnusable' ||
    message.includes(path.resolve(location.dataDir)) ||
    message.includes(path.resolve(location.catalogPath)) ||
    /^(?:Fatal|Serialization|INTERNAL) Error/i.test(message);
  if (isAboutTheLake) return known;
  return new ChartlifeError('QueryFailed', message, {
    next: '`chartlife sql "show tables"` lists tables and views, `chartlife sql "describe trajectory"` a view\'s columns.',
    cause: error,
  });
}

/**
 * EXPLAIN ANALYZE runs what it explains, so that must be a SELECT as well. Null where it is not. The statement is put
 * together anew from what was looked at.
 */
async function prepareExplain(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement | null> {
  const comments = LEADING_COMMENTS.exec(sql)?.[0] ?? '';
  const { head, explained } = EXPLAIN.exec(sql.slice(comments.length))?.groups ?? {};
  if (head === undefined || explained === undefined) return null;
  const statements = await connection.extractStatements(explained);
  if (statements.count !== 1) return null;
  const statement = await statements.prepare(0);
  const type = statement.statementType;
  statement.destroySync();
  if (type !== StatementType.SELECT) return null;
  // Blanks keep the positions in DuckDB's errors.
  return connection.prepare(comments.replace(/[^\n]/g, ' ') + head + explained);
}

/** Runs what stands before the last statement; that one comes back prepared, known to be harmless. */
async function prepareLast(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  if (sql.slice(LEADING_COMMENTS.exec(sql)?.[0].length).replace(/[;\s]/g, '') === '') throw noStatement();
  if (EXPORT.test(sql)) throw refusal('EXPORT');
  if (UNICODE_ESCAPE.test(sql)) throw refusal('text with U& escapes');
  const refusedFunction = REFUSED_CALL.exec(sql)?.[1];
  if (refusedFunction !== undefined) throw refusal(`${refusedFunction.toLowerCase()}()`);
  const statements = await connection.extractStatements(sql);
  if (statements.count === 0) throw noStatement();
  for (let index = 0; ; index++) {
    // Prepared only now: it may need what the statements before it made.
    const statement = await statements.prepare(index);
    const type = statement.statementType;
    const isLast = index === statements.count - 1;
    if (isLast && type === StatementType.SELECT) return statement;
    try {
      const explain = isLast && type === StatementType.EXPLAIN ? await prepareExplain(connection, sql) : null;
      if (explain !== null) return explain;
      if (!isLast && type === StatementType.SELECT) {
        throw new ChartlifeError(
          'QueryFailed',
          `${statements.count} statements were given, and not only the last answers`,
          {
            next: 'Give one SELECT at a time.',
          },
        );
      }
      if (isLast || !MAY_PRECEDE.includes(type)) throw refusal(nameOf(type));
      await statement.run();
    } finally {
      statement.destroySync();
    }
  }
}

/**
 * The connection belongs to the query from here on and is closed with it. When `options.signal` is aborted the query
 * stops and its reason is thrown.
 *
 * @throws ChartlifeError QueryFailed, DiskFull, LakeUnusable.
 */
export async function runQuery(
  connection: DuckDBConnection,
  sql: string,
  location: LakeLocation,
  options: QueryOptions = {},
): Promise<QueryResult> {
  const { signal, today } = options;
  const interrupt = (): void => connection.interrupt();
  let statement: DuckDBPreparedStatement | null = null;
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    signal?.removeEventListener('abort', interrupt);
    statement?.destroySync();
    connection.closeSync();
  };
  const orReason = (error: unknown): unknown => (signal?.aborted ? signal.reason : queryError(error, location));
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    signal?.throwIfAborted();
    // Not text before the SQL: positions in DuckDB's errors are to be those of what the person wrote.
    if (today !== undefined) await connection.run(`SET VARIABLE today = DATE ${sqlText(today)}`);
    // One transaction for planning and running: two would read the catalog twice.
    await connection.run('BEGIN');
    statement = await prepareLast(connection, sql);
    const result = await statement.stream();
    const columns = result.columnNames().map((name, index) => {
      const type = result.columnType(index);
      return { name, type, sqlType: type.toString() };
    });
    const expectWhole = expectWholeAnswer(connection, statement);
    return { columns, batches: readBatches(result, expectWhole, signal, orReason, close), close };
  } catch (error) {
    close();
    throw orReason(error);
  }
}

/**
 * A streamed answer that breaks midway just ends, as if that were all (DuckDB 1.5.5's bindings don't tell), but its
 * transaction is then aborted. The query is run once more, not streamed, for DuckDB's own words.
 */
function expectWholeAnswer(connection: DuckDBConnection, statement: DuckDBPreparedStatement): () => Promise<void> {
  return async () => {
    try {
      await connection.run('SELECT 1');
    } catch (error) {
      await connection.run('ROLLBACK');
      await statement.run();
      throw error;
    }
  };
}

async function* readBatches(
  result: DuckDBResult,
  expectWhole: () => Promise<void>,
  signal: AbortSignal | undefined,
  orReason: (error: unknown) => unknown,
  close: () => void,
): AsyncGenerator<QueryBatch, void, undefined> {
  try {
    for (;;) {
      signal?.throwIfAborted();
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      yield { numRows: chunk.rowCount, columns: chunk.getColumns() };
    }
    signal?.throwIfAborted();
    await expectWhole();
  } catch (error) {
    throw orReason(error);
  } finally {
    close();
  }
}
