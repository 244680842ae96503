/** Data checks: one SQL file each under data/sql/checks, run on a chart before it is committed or on the whole lake. */
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import type { CalendarDate } from '../../contracts/dates.ts';
import type { CheckResult } from '../../contracts/lake.ts';
import { readSqlFiles } from './sqlFiles.ts';
import { booleanOf, numberOf, plainRows, readRows, textOf } from './values.ts';

export interface DataCheck {
  readonly name: string;
  /** The property, as a sentence. */
  readonly description: string;
  readonly isBlocking: boolean;
  /** What the figure counts. */
  readonly figure: string;
  readonly sql: string;
}

const HEADER = /^-- (?<description>.+?)\n-- blocking: (?<blocking>yes|no)\n-- figure: (?<figure>.+?)\n/;

function parseCheck(name: string, text: string): DataCheck {
  const groups = HEADER.exec(text)?.groups;
  if (groups === undefined) throw new TypeError(`data/sql/checks/${name}.sql has no header of three lines`);
  return {
    name,
    description: groups.description ?? '',
    isBlocking: groups.blocking === 'yes',
    figure: groups.figure ?? '',
    sql: text,
  };
}

/** All checks, in the order of their names. */
export function dataChecks(): DataCheck[] {
  return readSqlFiles('checks').map(({ name, text }) => parseCheck(name, text));
}

/** All checks as one statement: one row per check and chart date. */
function allChecksSql(checks: readonly DataCheck[]): string {
  return checks
    .map(
      ({ name, sql }) =>
        `SELECT '${name}' AS name, chart_kind, region, chart_date, figure::DOUBLE AS figure, passed, message FROM (\n${sql})`,
    )
    .join('\nUNION ALL\n');
}

/**
 * What checks look at, as temporary tables of the connection:
 * `chart` (chart_kind, region, chart_date, reference_date), `entry` (as chart_entry) and `former_entry` (the rows of
 * the chart before, under the date of the chart they come before: chart_kind, region, chart_date, former_chart_date,
 * rank, track_id, total_streams).
 */
const SCOPE_TABLES = [
  'CREATE OR REPLACE TEMP TABLE chart (chart_kind VARCHAR, region VARCHAR, chart_date DATE, reference_date DATE)',
  'CREATE OR REPLACE TEMP TABLE entry AS FROM lake.chart_entry LIMIT 0',
  `CREATE OR REPLACE TEMP TABLE former_entry (
    chart_kind VARCHAR, region VARCHAR, chart_date DATE, former_chart_date DATE,
    rank INTEGER, track_id VARCHAR, total_streams BIGINT
  )`,
];

/** Runs checks on one chart at a time, on one connection, each time on what `temp.chart` and the others hold. */
export interface ChartChecker {
  /** To be called before the transaction of each chart. */
  makeReady(): Promise<void>;
  run(): Promise<CheckResult[]>;
}

/** Rows deleted from a temporary table are still passed over by every scan: after so many charts it is made anew. */
const CHARTS_PER_TABLE = 64;

/**
 * Planning the checks takes longer than running them on 200 rows, so they are planned once per table. A plan made with
 * the table's statistics would be true of the rows of that moment alone (none), and fold away what later rows need.
 */
async function prepareWithoutStatistics(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  await connection.run(
    `SET GLOBAL disabled_optimizers = 'statistics_propagation,compressed_materialization,row_group_pruner'`,
  );
  try {
    return await connection.prepare(sql);
  } finally {
    await connection.run('RESET GLOBAL disabled_optimizers');
  }
}

export function createChartChecker(connection: DuckDBConnection): ChartChecker {
  const checks = dataChecks();
  const isBlocking = new Map(checks.map((check) => [check.name, check.isBlocking]));
  const sql = `${allChecksSql(checks)}\nORDER BY name`;
  let statement: DuckDBPreparedStatement | null = null;
  let numCharts = 0;
  return {
    makeReady: async () => {
      if (statement !== null && ++numCharts % CHARTS_PER_TABLE !== 0) return;
      statement?.destroySync();
      statement = null;
      for (const table of SCOPE_TABLES) await connection.run(table);
      statement = await prepareWithoutStatistics(connection, sql);
    },
    run: async () => {
      if (statement === null) throw new TypeError('the checks were not made ready');
      const rows = plainRows(await statement.runAndReadAll());
      return rows.map((row) => ({
        name: textOf(row, 'name'),
        isBlocking: isBlocking.get(textOf(row, 'name')) ?? true,
        passed: booleanOf(row, 'passed'),
        figure: numberOf(row, 'figure'),
        message: textOf(row, 'message'),
      }));
    },
  };
}

const LAKE_SCOPE = [
  'CREATE OR REPLACE TEMP VIEW entry AS FROM lake.chart_entry',
  `CREATE OR REPLACE TEMP VIEW chart AS
    SELECT DISTINCT chart_kind, region, chart_date, getvariable('today')::DATE AS reference_date FROM lake.chart_entry`,
  `CREATE OR REPLACE TEMP VIEW former_entry AS
    SELECT chart_kind, region, followed.chart_date, former_chart_date, rank, track_id, total_streams
    FROM lake.chart_entry AS former
    JOIN (
      SELECT
        chart_kind, region, chart_date,
        lag(chart_date) OVER (PARTITION BY chart_kind, region ORDER BY chart_date) AS former_chart_date
      FROM chart
    ) AS followed USING (chart_kind, region)
    WHERE former.chart_date = former_chart_date`,
];

/**
 * Every check over the whole lake. `figure` is the number of chart dates (for `fresh`: regions) that don't have the
 * property. The connection must not be the writer's: it takes the names of its temporary tables.
 */
export async function checkWholeLake(connection: DuckDBConnection, today: CalendarDate): Promise<CheckResult[]> {
  await connection.run(`SET VARIABLE today = DATE '${today}'`);
  for (const sql of LAKE_SCOPE) await connection.run(sql);
  const checks = dataChecks();
  const rows = await readRows(
    connection,
    `WITH result AS (${allChecksSql(checks)})
    SELECT
      name,
      count(*) AS num_charts,
      count(*) FILTER (NOT passed) AS num_failed,
      arg_min(chart_kind || ' ' || region || ' ' || chart_date || ': ' || message, (chart_date, region, chart_kind))
        FILTER (NOT passed) AS first_failure
    FROM result
    GROUP BY ALL`,
  );
  const byName = new Map(rows.map((row) => [textOf(row, 'name'), row]));
  return checks.map(({ name, isBlocking }) => {
    const row = byName.get(name);
    const numCharts = row === undefined ? 0 : numberOf(row, 'num_charts');
    const numFailed = row === undefined ? 0 : numberOf(row, 'num_failed');
    const unit = `${name === 'fresh' ? 'chart' : 'chart date'}${numCharts === 1 ? '' : 's'}`;
    return {
      name,
      isBlocking,
      passed: numFailed === 0,
      figure: numFailed,
      message:
        row === undefined || numFailed === 0
          ? `all of ${numCharts} ${unit}`
          : `${numFailed} of ${numCharts} ${unit} failed, the first is ${textOf(row, 'first_failure')}`,
    };
  });
}
