/** What the lake's SQL says of itself: tables, views and checks with their grain, columns, types and units. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type DataCheck, dataChecks } from '../lake/checks.ts';
import { readSqlFiles } from '../lake/sqlFiles.ts';
import { readRows, textOf } from '../lake/values.ts';
import { inOrder } from '../lake/views.ts';

export interface ColumnDescription {
  readonly name: string;
  readonly sqlType: string;
  readonly isNullable: boolean;
  readonly description: string;
}

export interface TableDescription {
  readonly name: string;
  /** Grain first, then what else is to be known, as sentences. */
  readonly description: string;
  readonly columns: readonly ColumnDescription[];
}

export interface ViewDescription extends TableDescription {
  /** One row per what. */
  readonly grain: string;
}

export interface LakeDescription {
  readonly tables: readonly TableDescription[];
  readonly views: readonly ViewDescription[];
  readonly checks: readonly DataCheck[];
}

/** What only DuckLake knows and a plain DuckDB does not: how rows lie in files. */
const DUCKLAKE_ONLY = /^\s*(?:CALL lake\.|ALTER TABLE \w+ SET (?:PARTITIONED|SORTED) BY)/i;

/** The statements of an SQL file. No text in our files holds a semicolon at a line's end. */
function statementsOf(text: string): string[] {
  return text
    .replaceAll(/^--.*$/gm, '')
    .split(/;\s*$/m)
    .filter((statement) => statement.trim() !== '');
}

/** The lake's tables and views in a plain DuckDB: the same SQL files, without how the rows lie in files. */
export async function createPlainSchema(connection: DuckDBConnection): Promise<void> {
  for (const { text } of readSqlFiles('migrations')) {
    for (const statement of statementsOf(text)) if (!DUCKLAKE_ONLY.test(statement)) await connection.run(statement);
  }
  for (const { text } of inOrder(readSqlFiles('views'))) await connection.run(text);
}

interface ViewHeader {
  readonly grain: string;
  readonly prose: string;
  readonly columns: ReadonlyMap<string, string>;
}

/**
 * A view's header: `grain: …`, prose, then `column: …` for each column in order. A line that begins with more than one
 * space goes on with the line before.
 *
 * @throws TypeError if a column is missing, unknown, or out of order.
 */
export function parseViewHeader(view: string, text: string, columnNames: readonly string[]): ViewHeader {
  const prose: string[] = [];
  const columns: [string, string][] = [];
  let grain = '';
  for (const line of text.split('\n')) {
    if (!line.startsWith('-- ')) break;
    const content = line.slice(3);
    const [, name, rest] = /^(\w+): (.*)$/.exec(content) ?? [];
    const last = columns.at(-1);
    if (name === 'grain' && rest !== undefined && grain === '') grain = rest;
    else if (name !== undefined && rest !== undefined && columnNames.includes(name)) columns.push([name, rest]);
    else if (last !== undefined && content.startsWith('  ')) last[1] += ` ${content.trim()}`;
    else if (last === undefined) prose.push(content);
    else throw new TypeError(`data/sql/views/${view}.sql describes "${content}", which is no column of it`);
  }
  const described = columns.map(([name]) => name);
  if (grain === '' || described.join() !== columnNames.join()) {
    throw new TypeError(
      `data/sql/views/${view}.sql has the columns ${columnNames.join()}; its header ${described.join()}`,
    );
  }
  return { grain, prose: prose.join('\n'), columns: new Map(columns) };
}

async function columnsOf(connection: DuckDBConnection, relation: string): Promise<ColumnDescription[]> {
  const rows = await readRows(
    connection,
    `SELECT column_name, data_type, is_nullable, coalesce(comment, '') AS comment FROM duckdb_columns()
    WHERE table_name = '${relation}' AND database_name = current_database() ORDER BY column_index`,
  );
  return rows.map((row) => ({
    name: textOf(row, 'column_name'),
    sqlType: textOf(row, 'data_type'),
    isNullable: row.is_nullable === true,
    description: textOf(row, 'comment'),
  }));
}

async function describeTables(connection: DuckDBConnection): Promise<TableDescription[]> {
  const rows = await readRows(
    connection,
    `SELECT table_name, coalesce(comment, '') AS comment FROM duckdb_tables() WHERE database_name = current_database() ORDER BY table_oid`,
  );
  return Promise.all(
    rows.map(async (row) => ({
      name: textOf(row, 'table_name'),
      description: textOf(row, 'comment'),
      columns: await columnsOf(connection, textOf(row, 'table_name')),
    })),
  );
}

async function describeViews(connection: DuckDBConnection): Promise<ViewDescription[]> {
  return Promise.all(
    readSqlFiles('views').map(async ({ name, text }) => {
      const columns = await columnsOf(connection, name);
      const header = parseViewHeader(
        name,
        text,
        columns.map((column) => column.name),
      );
      return {
        name,
        grain: header.grain,
        description: header.prose,
        columns: columns.map((column) => ({ ...column, description: header.columns.get(column.name) ?? '' })),
      };
    }),
  );
}

export async function describeLake(): Promise<LakeDescription> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await createPlainSchema(connection);
    return {
      tables: await describeTables(connection),
      views: await describeViews(connection),
      checks: dataChecks(),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
