/** Takes staged files into the lake in one transaction: only chart dates that are new or changed. */
import { type ImportedFormat, KEPT_REASONS, type KeptReason } from '../../contracts/imports.ts';
import { sqlText } from '../lake/sqlText.ts';
import type { LakeTransaction, TransactionResult } from '../lake/transaction.ts';
import type { Lake } from '../lake/types.ts';
import { numberOf, type PlainRow, textOf } from '../lake/values.ts';
import { decideCharts, PLACE, REVISED, runAside, samePlace, WRITTEN } from './decideCharts.ts';
import type { StagedFiles } from './settleStaging.ts';

/** One file of an import, as import_run records it. */
export interface FileRecord {
  readonly fileIndex: number;
  readonly importId: string;
  readonly fileName: string;
  readonly sha256: string;
  readonly source: string;
  readonly format: ImportedFormat;
  /** How it was read, as JSON. */
  readonly plan: string;
  readonly numRowsRead: number;
  readonly numRowsGood: number;
  readonly numRowsRejected: number;
  readonly numRowsLeftOut: number;
}

export interface CommittedImport {
  readonly chartDates: {
    readonly new: number;
    readonly same: number;
    readonly merged: number;
    readonly replaced: number;
    readonly kept: number;
  };
  readonly keptByReason: Readonly<Partial<Record<KeptReason, number>>>;
  readonly numRowsWritten: number;
  readonly numTracksNew: number;
  readonly numTracksDated: number;
  readonly numArtistsNew: number;
}

/** Rows per INSERT: so often is progress reported, and so much is held in memory at most. */
const BATCH_ROWS = 250_000;

/**
 * @throws ChartlifeError LakeConflict, DiskFull, LakeUnusable. Nothing is written then.
 */
export function commitImport(
  lake: Pick<Lake, 'transaction'>,
  staged: StagedFiles,
  files: readonly FileRecord[],
  startedAt: string,
  onRowsWritten: (numRows: number, numRowsTotal: number) => void,
): Promise<TransactionResult<CommittedImport>> {
  const names = files.map(({ fileName }) => fileName);
  const text = `import of ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more files` : ''}`;
  return lake.transaction({ author: 'import', text }, async (transaction) => {
    await listFiles(transaction, files);
    const rowsToWrite = await decideCharts(transaction, staged);
    const numRowsWritten = await writeCharts(transaction, rowsToWrite, onRowsWritten);
    const { numFacts, ...named } = await writeNames(transaction, staged, numRowsWritten);
    const decisions = await countDecisions(transaction);
    await recordFiles(transaction, staged, files, rowsToWrite, startedAt, numFacts);
    for (const table of ['import_file', 'import_chart', 'import_track', 'written_rows']) {
      await runAside(transaction, `DROP TABLE temp.${table}`);
    }
    return { ...decisions, numRowsWritten, ...named };
  });
}

/** Fills temp.import_file. */
async function listFiles(transaction: LakeTransaction, files: readonly FileRecord[]): Promise<void> {
  const rows = files.map(
    (file) => `(${file.fileIndex}, ${sqlText(file.importId)}, ${sqlText(file.source)}, ${sqlText(file.sha256)})`,
  );
  await runAside(
    transaction,
    `
    CREATE OR REPLACE TEMP TABLE import_file AS
    FROM (VALUES ${rows.join(', ')}) AS file (file_index, import_id, source, sha256)`,
  );
}

/** Writes the rows, each in place of the lake's row of that rank if there is one; the number of rows. */
async function writeCharts(
  transaction: LakeTransaction,
  rowsToWrite: string,
  onRowsWritten: (numRows: number, numRowsTotal: number) => void,
): Promise<number> {
  const charts = await transaction.rows(
    `SELECT chart_kind, region, count(*) AS num_rows FROM ${rowsToWrite} GROUP BY ALL ORDER BY ALL`,
  );
  const numRowsTotal = charts.reduce((sum, row) => sum + numberOf(row, 'num_rows'), 0);
  const isRevising = (await transaction.rows(`SELECT 1 FROM ${REVISED} LIMIT 1`)).length > 0;
  if (isRevising) {
    await transaction.run(`
      DELETE FROM chart_entry USING (
        FROM ${rowsToWrite} SEMI JOIN ${REVISED} AS revised USING (${PLACE})) AS written
      WHERE ${samePlace('chart_entry', 'written')} AND chart_entry.rank = written.rank`);
    await transaction.run(`
      DELETE FROM check_result USING ${REVISED} AS revised WHERE ${samePlace('check_result', 'revised')}`);
  }
  let numRowsWritten = 0;
  if (numRowsTotal > 0) onRowsWritten(0, numRowsTotal);
  for (const batch of batchesOf(charts)) {
    // The rows are read, and so written, in the order they are staged in: sorted by date and rank.
    const isInBatch = batch.map(
      ({ kind, region }) => `(chart_kind = ${sqlText(kind)} AND region = ${sqlText(region)})`,
    );
    numRowsWritten += await transaction.run(`
      INSERT INTO chart_entry
      SELECT entry.* EXCLUDE (file_index), file.source, file.sha256
      FROM ${rowsToWrite} AS entry
      JOIN temp.import_file AS file USING (file_index)
      WHERE ${isInBatch.join(' OR ')}`);
    onRowsWritten(numRowsWritten, numRowsTotal);
  }
  if (isRevising) await runAside(transaction, LOOK_AGAIN);
  if (numRowsWritten > 0) await transaction.run(RECORD_CHECKS);
  return numRowsWritten;
}

/** What the checks look at, for chart dates of which some rows were in the lake already. */
const LOOK_AGAIN = `
  UPDATE temp.import_chart SET num_rows = whole.num_rows, last_rank = whole.last_rank, num_rising = whole.num_rising,
    first_rising = whole.first_rising
  FROM (
    SELECT ${PLACE}, count(*) AS num_rows, max(rank) AS last_rank, count(*) FILTER (is_rising) AS num_rising,
      min(rank) FILTER (is_rising) AS first_rising
    FROM (
      SELECT ${PLACE}, rank, streams > lag(streams) OVER (PARTITION BY ${PLACE} ORDER BY rank) AS is_rising
      FROM chart_entry SEMI JOIN ${REVISED} AS revised USING (${PLACE})
    ) GROUP BY ALL
  ) AS whole
  WHERE ${samePlace('import_chart', 'whole')}`;

/** Charts with holes and the like are history all the same: the checks they fail are recorded and block nothing. */
const RECORD_CHECKS = `
  INSERT INTO check_result
  SELECT ${PLACE}, name, false, false, figure, message, now()::TIMESTAMP, file.sha256
  FROM (
    SELECT *, 'ranks_contiguous' AS name, (last_rank - num_rows)::DOUBLE AS figure,
      (last_rank - num_rows) || ' ranks are missing, the last is ' || last_rank AS message
    FROM ${WRITTEN} WHERE last_rank > num_rows
    UNION ALL
    SELECT *, 'streams_non_increasing', num_rising::DOUBLE,
      num_rising || ' rows have more streams than the row above, the first at rank ' || first_rising
    FROM ${WRITTEN} WHERE num_rising > 0
  ) JOIN temp.import_file AS file USING (file_index)`;

interface Batch {
  readonly kind: string;
  readonly region: string;
}

function batchesOf(charts: readonly PlainRow[]): Batch[][] {
  const batches: Batch[][] = [];
  let numRows = BATCH_ROWS;
  for (const row of charts) {
    if (numRows >= BATCH_ROWS) {
      batches.push([]);
      numRows = 0;
    }
    batches.at(-1)?.push({ kind: textOf(row, 'chart_kind'), region: textOf(row, 'region') });
    numRows += numberOf(row, 'num_rows');
  }
  return batches;
}

/** Tracks and artists the lake does not know, and facts it lacks of those it knows. What it knows is not changed. */
async function writeNames(
  transaction: LakeTransaction,
  staged: StagedFiles,
  numRowsWritten: number,
): Promise<Omit<CommittedImport, 'chartDates' | 'keptByReason' | 'numRowsWritten'> & { readonly numFacts: number }> {
  await runAside(
    transaction,
    `
    CREATE OR REPLACE TEMP TABLE import_track AS
    FROM read_parquet(${sqlText(staged.tracks)}) WHERE is_fact OR track_id IN (
      SELECT DISTINCT track_id FROM read_parquet(${sqlText(staged.entries)}) SEMI JOIN ${WRITTEN} AS written USING (${PLACE}))`,
  );
  const lacks = `(track.title IS NULL AND brought.title IS NOT NULL
    OR track.release_date IS NULL AND brought.release_date IS NOT NULL)`;
  const [counts] = await transaction.rows(`
    SELECT
      count(*) FILTER (track.track_id IS NULL) AS num_new,
      count(*) FILTER (track.release_date IS NULL AND brought.release_date IS NOT NULL) AS num_dated,
      count(*) FILTER (track.track_id IS NOT NULL AND ${lacks}) AS num_changed,
      count(*) FILTER (is_fact AND (track.track_id IS NULL OR ${lacks})) AS num_facts
    FROM temp.import_track AS brought LEFT JOIN track USING (track_id)`);
  if (numberOf(counts!, 'num_changed') > 0) {
    await transaction.run(`
      UPDATE track SET
        title = coalesce(track.title, brought.title),
        release_date = coalesce(track.release_date, brought.release_date),
        release_date_precision =
          CASE WHEN track.release_date IS NULL THEN brought.release_date_precision ELSE track.release_date_precision END
      FROM temp.import_track AS brought
      WHERE brought.track_id = track.track_id AND ${lacks}`);
  }
  if (numberOf(counts!, 'num_new') > 0) {
    await transaction.run(`
      INSERT INTO track
      SELECT track_id, title, release_date, release_date_precision, file.source
      FROM temp.import_track AS brought JOIN temp.import_file AS file USING (file_index)
      WHERE track_id NOT IN (SELECT track_id FROM track)`);
  }
  const bringsNames = numRowsWritten > 0 || numberOf(counts!, 'num_facts') > 0;
  const numArtistsNew = !bringsNames
    ? 0
    : await transaction.run(`
        INSERT INTO artist
        FROM read_parquet(${sqlText(staged.artists)}) WHERE artist_id NOT IN (SELECT artist_id FROM artist)`);
  return {
    numTracksNew: numberOf(counts!, 'num_new'),
    numTracksDated: numberOf(counts!, 'num_dated'),
    numArtistsNew,
    numFacts: numberOf(counts!, 'num_facts'),
  };
}

async function countDecisions(
  transaction: LakeTransaction,
): Promise<Pick<CommittedImport, 'chartDates' | 'keptByReason'>> {
  const rows = await transaction.rows('SELECT decision, count(*) AS num_dates FROM temp.import_chart GROUP BY ALL');
  const counts = new Map(rows.map((row) => [textOf(row, 'decision'), numberOf(row, 'num_dates')]));
  const of = (decision: string): number => counts.get(decision) ?? 0;
  const kept = KEPT_REASONS.map((reason) => [reason, of(reason)] as const).filter(([, numDates]) => numDates > 0);
  return {
    chartDates: {
      new: of('new'),
      same: of('same'),
      merged: of('merged'),
      replaced: of('replaced'),
      kept: kept.reduce((sum, [, numDates]) => sum + numDates, 0),
    },
    keptByReason: Object.fromEntries(kept),
  };
}

/**
 * Records the files that brought something, and the rows that were put aside. A row of a file that is in import_reject
 * already, for the same reason, is not stored again, in whatever way the file was read; a file that brings neither is
 * not recorded.
 */
async function recordFiles(
  transaction: LakeTransaction,
  staged: StagedFiles,
  files: readonly FileRecord[],
  rowsToWrite: string,
  startedAt: string,
  numFacts: number,
): Promise<void> {
  await runAside(
    transaction,
    `
    CREATE OR REPLACE TEMP TABLE written_rows AS
    SELECT file_index, sum(num_rows) AS num_rows, count(*) AS num_dates, count(*) FILTER (has_gap) AS num_gaps
    FROM (
      SELECT entry.file_index, ${PLACE}, count(*) AS num_rows, any_value(written.last_rank > written.num_rows) AS has_gap
      FROM ${rowsToWrite} AS entry JOIN ${WRITTEN} AS written USING (${PLACE})
      GROUP BY entry.file_index, ${PLACE}
    ) GROUP BY ALL`,
  );
  const written = new Map(
    (await transaction.rows('FROM temp.written_rows')).map((row) => [numberOf(row, 'file_index'), row]),
  );
  const rejects = newRejects(staged, files);
  const withRejects = new Set(
    files.some(({ numRowsRejected }) => numRowsRejected > 0)
      ? (await transaction.rows(`SELECT DISTINCT file_index FROM ${rejects}`)).map((row) => numberOf(row, 'file_index'))
      : [],
  );
  const brought = (file: FileRecord): boolean =>
    written.has(file.fileIndex) || (file.format === 'tracks' && numFacts > 0);
  const runs = files.filter((file) => brought(file) || withRejects.has(file.fileIndex));
  if (runs.length === 0) return;
  const finishedAt = new Date().toISOString();
  const rows = runs.map((file) => {
    const row = written.get(file.fileIndex);
    const count = (column: string): number => (row === undefined ? 0 : numberOf(row, column));
    const texts = [file.importId, file.fileName, file.sha256, file.source, file.format, file.plan].map(sqlText);
    const numImported = file.format === 'tracks' ? numFacts : count('num_rows');
    const numbers = [
      file.numRowsRead,
      numImported,
      file.numRowsGood - numImported,
      file.numRowsRejected,
      file.numRowsLeftOut,
      count('num_dates'),
      count('num_gaps'),
    ];
    return `(${[...texts, `TIMESTAMP '${startedAt}'`, `TIMESTAMP '${finishedAt}'`, ...numbers].join(', ')})`;
  });
  await transaction.run(`INSERT INTO import_run VALUES ${rows.join(', ')}`);
  if (withRejects.size === 0) return;
  await transaction.run(`
    INSERT INTO import_reject
    SELECT import_id, line, reason, detail, raw_row
    FROM ${rejects} JOIN temp.import_file AS file USING (file_index)`);
}

/** SQL for the staged rejects that import_reject does not have of a file with the same bytes. */
function newRejects(staged: StagedFiles, files: readonly FileRecord[]): string {
  const hashes = [...new Set(files.map(({ sha256 }) => sqlText(sha256)))].join(', ');
  return `(
    SELECT reject.* FROM read_parquet(${sqlText(staged.rejects)}) AS reject
    JOIN temp.import_file AS reject_file USING (file_index)
    ANTI JOIN (
      SELECT file_sha256, line, reason FROM import_reject JOIN import_run USING (import_id)
      WHERE file_sha256 IN (${hashes})
    ) AS stored ON stored.file_sha256 = reject_file.sha256 AND stored.line = reject.line AND stored.reason = reject.reason
  )`;
}
