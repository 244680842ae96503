/** What becomes of each chart date of an import, and which rows that takes. No rank that the lake has is ever lost. */
import path from 'node:path';
import { sqlText } from '../lake/sqlText.ts';
import type { LakeTransaction } from '../lake/transaction.ts';
import { textOf } from '../lake/values.ts';
import { COMPARED_COLUMNS, SQL_DIGEST, type StagedFiles } from './settleStaging.ts';

export const PLACE_COLUMNS = ['chart_kind', 'region', 'chart_date'] as const;
export const PLACE = PLACE_COLUMNS.join(', ');

/** Chart dates of which something is written. */
export const WRITTEN = `(FROM temp.import_chart WHERE decision IN ('new', 'merged', 'replaced'))`;
/** Those of them that the lake has already. */
export const REVISED = `(FROM temp.import_chart WHERE decision IN ('merged', 'replaced'))`;

/** That the row of a table is of the place of another table's row. */
export function samePlace(table: string, other: string, columns: readonly string[] = PLACE_COLUMNS): string {
  return columns.map((column) => `${table}.${column} = ${other}.${column}`).join(' AND ');
}

/** A statement on temporary tables: no change of the lake, and not to be counted as one. */
export async function runAside(transaction: LakeTransaction, sql: string): Promise<void> {
  await transaction.connection.run(sql);
}

/**
 * Fills temp.import_chart, which says for each staged chart date what becomes of it: `new`, `same`, `merged`,
 * `replaced`, or why it is kept.
 *
 * @returns SQL for the rows to write: as the staged entries, only those that the lake has not or has otherwise.
 */
export async function decideCharts(transaction: LakeTransaction, staged: StagedFiles): Promise<string> {
  const whereExisting = await whereStaged(transaction, staged);
  await runAside(
    transaction,
    `
    CREATE OR REPLACE TEMP TABLE import_chart AS
    SELECT staged.*, CASE
        WHEN existing.chart_kind IS NULL THEN 'new'
        WHEN is_from_page THEN 'from-page'
        WHEN existing.digest = staged.digest THEN 'same'
        ELSE 'differing'
      END AS decision, existing.num_ranks
    FROM read_parquet(${sqlText(staged.charts)}) AS staged
    LEFT JOIN (
      SELECT ${PLACE}, bool_or(NOT starts_with(source, 'import:')) AS is_from_page, ${SQL_DIGEST} AS digest,
        count(*) AS num_ranks
      FROM chart_entry WHERE ${whereExisting} GROUP BY ALL
    ) AS existing USING (${PLACE})`,
  );
  const entries = `FROM read_parquet(${sqlText(staged.entries)})`;
  const ofNew = `${entries} SEMI JOIN (FROM temp.import_chart WHERE decision = 'new') AS new_chart USING (${PLACE})`;
  const differing = await transaction.rows(`SELECT 1 FROM temp.import_chart WHERE decision = 'differing' LIMIT 1`);
  if (differing.length === 0) return `(${ofNew})`;
  const revised = sqlText(path.join(path.dirname(staged.entries), 'revised.parquet'));
  await runAside(transaction, `COPY (${revisedRows(entries, whereExisting)}) TO ${revised} (FORMAT parquet)`);
  await runAside(
    transaction,
    `
    UPDATE temp.import_chart SET decision = CASE
        WHEN NOT brings_something THEN 'same'
        WHEN NOT contradicts THEN 'merged'
        WHEN num_rows >= num_ranks THEN 'replaced'
        ELSE 'fewer-ranks'
      END
    FROM (
      SELECT ${PLACE}, bool_or(brings_something) AS brings_something, bool_or(contradicts) AS contradicts
      FROM (
        SELECT ${PLACE}, true AS brings_something, contradicts FROM read_parquet(${revised})
        UNION ALL SELECT ${PLACE}, false, false FROM temp.import_chart WHERE decision = 'differing'
      ) GROUP BY ALL
    ) AS found
    WHERE decision = 'differing' AND ${samePlace('import_chart', 'found')}`,
  );
  const ofRevised = `
    SELECT * EXCLUDE (contradicts) FROM read_parquet(${revised}) SEMI JOIN ${REVISED} AS revised USING (${PLACE})`;
  return `(${ofNew} UNION ALL BY NAME ${ofRevised})`;
}

/** What a column of the staged row says: what it leaves open is no difference. */
interface ColumnTerms {
  /** The staged row says the same, or nothing. */
  readonly isCovered: string;
  /** Both say something, and not the same. */
  readonly contradicts: string;
  /** The lake's value, filled in by the staged row's. */
  readonly filled: string;
}

function termsOf(column: string): ColumnTerms {
  if (column !== 'artists') {
    const [ours, theirs] = [`staged.${column}`, `existing.${column}`];
    return {
      isCovered: `(${ours} IS NULL OR ${ours} IS NOT DISTINCT FROM ${theirs})`,
      contradicts: `coalesce(${ours} <> ${theirs}, false)`,
      filled: `coalesce(${theirs}, ${ours})`,
    };
  }
  // A file names the lead artist at most.
  const [ours, theirs] = ['staged.artists[1]', 'existing.artists[1]'];
  return {
    isCovered: `(len(staged.artists) = 0 OR (${ours}.name IS NOT DISTINCT FROM ${theirs}.name
      AND (${ours}.id IS NULL OR ${ours}.id IS NOT DISTINCT FROM ${theirs}.id)))`,
    contradicts: `coalesce(${ours}.name <> ${theirs}.name OR ${ours}.id <> ${theirs}.id, false)`,
    filled: `CASE WHEN len(staged.artists) = 0 OR ${theirs}.id IS NOT NULL THEN existing.artists ELSE staged.artists END`,
  };
}

/**
 * The rows of differing chart dates that bring something: ranks the lake lacks, as they are staged; ranks that say more
 * than the lake's, filled in; ranks that contradict it (`contradicts`), as they are staged.
 */
function revisedRows(entries: string, whereExisting: string): string {
  const terms = COMPARED_COLUMNS.filter((column) => column !== 'rank').map((column) => ({
    column,
    ...termsOf(column),
  }));
  const isNew = 'existing.track_id IS NULL';
  const contradicts = `(NOT (${isNew}) AND (${terms.map((term) => term.contradicts).join(' OR ')}))`;
  const values = terms.map(
    ({ column, filled }) =>
      `CASE WHEN ${isNew} OR ${contradicts} THEN staged.${column} ELSE ${filled} END AS ${column}`,
  );
  return `
    SELECT staged.* REPLACE (${values.join(', ')}), ${contradicts} AS contradicts
    FROM (${entries} SEMI JOIN (
      FROM temp.import_chart WHERE decision = 'differing') AS differing USING (${PLACE})) AS staged
    LEFT JOIN (FROM chart_entry WHERE ${whereExisting}) AS existing
      ON ${samePlace('staged', 'existing', [...PLACE_COLUMNS, 'rank'])}
    WHERE ${isNew} OR NOT (${terms.map((term) => term.isCovered).join(' AND ')})
    ORDER BY staged.chart_kind, staged.region, staged.chart_date, staged.rank`;
}

/** The part of chart_entry that the import can meet, in literals: DuckLake leaves out the files of every other. */
async function whereStaged(transaction: LakeTransaction, staged: StagedFiles): Promise<string> {
  const charts = await transaction.rows(`
    SELECT chart_kind, region, min(chart_date) AS first_date, max(chart_date) AS last_date
    FROM read_parquet(${sqlText(staged.charts)}) GROUP BY ALL`);
  if (charts.length === 0) return 'false';
  const list = (column: string): string => [...new Set(charts.map((row) => sqlText(textOf(row, column))))].join(', ');
  const dates = charts.flatMap((row) => [textOf(row, 'first_date'), textOf(row, 'last_date')]).sort();
  return `chart_kind IN (${list('chart_kind')}) AND region IN (${list('region')})
    AND chart_date BETWEEN DATE '${dates[0]}' AND DATE '${dates.at(-1)}'`;
}
