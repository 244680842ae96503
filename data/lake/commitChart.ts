/** One chart date into the lake: one transaction, at most one snapshot, nothing twice. */
import {
  BIGINT,
  DATE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDateValue,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import { chartName } from '../../contracts/charts.ts';
import { type CalendarDate, dateOfInstant, toEpochDay } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { ChartCommit, CheckResult, PageProvenance } from '../../contracts/lake.ts';
import type { ChartPage } from '../../contracts/pages.ts';
import type { SourceKind } from '../../contracts/settings.ts';
import { addsToImport, chartChunk, type FormerChart, formerChartOf, hasSameRows } from './chartColumns.ts';
import type { ChartChecker } from './checks.ts';
import type { ChartHistory, ExistingChart, FormerCharts } from './formerCharts.ts';
import type { NameBook, NameChanges, SeenNames } from './nameBook.ts';
import { insertPage, isSameVersion, NEWEST_OF_DATE_SQL, newestVersionOf } from './pageRows.ts';
import { sqlText } from './sqlText.ts';
import type { LakeTransaction, TransactionMessage, TransactionResult } from './transaction.ts';
import { numberOf, textOf, textOrNullOf } from './values.ts';

export interface ChartCommitParts {
  readonly transaction: <T>(
    message: TransactionMessage,
    work: (transaction: LakeTransaction) => Promise<T>,
  ) => Promise<TransactionResult<T>>;
  readonly checker: ChartChecker;
  readonly names: NameBook;
  readonly formerCharts: FormerCharts;
}

/** What a transaction did; `names` and `newest` are to be remembered once it is committed. */
interface Work {
  readonly outcome: ChartCommit['outcome'];
  readonly checks: readonly CheckResult[];
  readonly entries: EntryCounts;
  readonly names: NameChanges | null;
  readonly newest: FormerChart | null;
}

interface EntryCounts {
  readonly numNewEntries: number;
  readonly numReEntries: number;
}

/** Whether a page's rows take the place of those the lake has of the same chart date. */
function replaces(page: ChartPage, source: SourceKind, existing: ExistingChart): boolean {
  if (existing.source === source) return !hasSameRows(page, existing.rows);
  if (existing.source.startsWith('import:')) return addsToImport(page, existing.rows);
  // Live numbers take the place of a replica's, never the other way round.
  return source === 'kworb';
}

/** Whether a later fetch brought the rows that the lake has: an old page that is read again must not undo a correction. */
async function isOvertaken(
  transaction: LakeTransaction,
  provenance: PageProvenance,
  existing: ExistingChart,
): Promise<boolean> {
  const [row] = await transaction.rows('SELECT max(fetched_at) AS fetched_at FROM page WHERE sha256 = $1', [
    existing.sourceSha256,
  ]);
  const fetchedAt = row === undefined ? null : textOrNullOf(row, 'fetched_at');
  return fetchedAt !== null && Date.parse(fetchedAt) > Date.parse(provenance.fetchedAt);
}

function appendChunk(connection: DuckDBConnection, table: string, chunk: DuckDBDataChunk): Promise<void> {
  return connection.createAppender(table, 'main', 'temp').then((appender) => {
    try {
      if (chunk.rowCount > 0) appender.appendDataChunk(chunk);
      appender.flushSync();
    } finally {
      appender.closeSync();
    }
  });
}

function formerChunk(page: ChartPage, former: FormerChart): DuckDBDataChunk {
  const rows = former.rows;
  const chunk = DuckDBDataChunk.create([VARCHAR, VARCHAR, DATE, DATE, INTEGER, VARCHAR, BIGINT], rows.length);
  const date = new DuckDBDateValue(toEpochDay(page.chartDate));
  const formerDate = new DuckDBDateValue(toEpochDay(former.chartDate));
  chunk.setColumns([
    rows.map(() => page.kind),
    rows.map(() => page.region),
    rows.map(() => date),
    rows.map(() => formerDate),
    rows.map(({ rank }) => rank),
    rows.map(({ trackId }) => trackId),
    rows.map(({ totalStreams }) => (totalStreams === null ? null : BigInt(totalStreams))),
  ]);
  return chunk;
}

/** Fills the temporary tables that the checks look at; `entry` holds the new rows as `chart_entry` will have them. */
async function stage(
  transaction: LakeTransaction,
  page: ChartPage,
  provenance: PageProvenance,
  source: SourceKind,
  former: FormerChart | null,
): Promise<void> {
  const { connection } = transaction;
  const referenceDate: CalendarDate = dateOfInstant(Date.parse(provenance.fetchedAt));
  await connection.run('DELETE FROM temp.entry; DELETE FROM temp.former_entry; DELETE FROM temp.chart');
  await connection.run(
    `INSERT INTO temp.chart VALUES (${sqlText(page.kind)}, ${sqlText(page.region)}, '${page.chartDate}', '${referenceDate}')`,
  );
  await appendChunk(connection, 'entry', chartChunk(page, source, provenance.sha256));
  if (former !== null) await appendChunk(connection, 'former_entry', formerChunk(page, former));
}

function checkFailed(page: ChartPage, failed: readonly CheckResult[]): ChartlifeError {
  const what = failed.map(({ name, message }) => `${name} (${message})`).join(', ');
  return new ChartlifeError('CheckFailed', `${chartName(page)} ${page.chartDate} does not pass: ${what}`, {
    next: 'Nothing was committed. Look at the page with `chartlife parse`; the checks are in data/sql/checks.',
    details: { chart: chartName(page), chartDate: page.chartDate, checks: failed.map(({ name }) => name) },
  });
}

async function storeChecks(
  transaction: LakeTransaction,
  page: ChartPage,
  provenance: PageProvenance,
  checks: readonly CheckResult[],
): Promise<void> {
  const checkedAt = new Date().toISOString();
  const rows = checks.map(({ name, isBlocking, passed, figure, message }) =>
    [
      sqlText(page.kind),
      sqlText(page.region),
      `DATE '${page.chartDate}'`,
      sqlText(name),
      isBlocking,
      passed,
      `${figure}::DOUBLE`,
      sqlText(message),
      `TIMESTAMP '${checkedAt}'`,
      sqlText(provenance.sha256),
    ].join(', '),
  );
  await transaction.run(`INSERT INTO check_result VALUES ${rows.map((row) => `(${row})`).join(', ')}`);
}

function seenNames(page: ChartPage, known: readonly (FormerChart | null | undefined)[]): SeenNames {
  const formerTitles = new Map<string, string | null>();
  const formerArtistNames = new Map<string, string>();
  for (const row of known.flatMap((chart) => chart?.rows ?? [])) {
    formerTitles.set(row.trackId, row.title);
    for (const { id, name } of row.artists) if (id !== null) formerArtistNames.set(id, name);
  }
  return {
    tracks: page.rows.map(({ trackId, title }) => ({ trackId, title })),
    artists: page.rows
      .flatMap(({ artists, featured }) => [...artists, ...featured])
      .flatMap(({ id, name }) => (id === null ? [] : [{ artistId: id, name }])),
    formerTitles,
    formerArtistNames,
  };
}

function statedEntries(page: ChartPage): EntryCounts {
  const tracksWith = (movement: string): number =>
    new Set(page.rows.filter((row) => row.movement === movement).map(({ trackId }) => trackId)).size;
  return { numNewEntries: tracksWith('new'), numReEntries: tracksWith('re-entry') };
}

/** As the page says; where it says nothing at all, as the lake's former charts show. */
async function countEntries(transaction: LakeTransaction, page: ChartPage): Promise<EntryCounts> {
  if (page.rows.some(({ movement }) => movement !== null)) return statedEntries(page);
  const rows = await transaction.rows(
    `SELECT entry_kind, count(*) AS num_tracks FROM new_entry
    WHERE chart_kind = ${sqlText(page.kind)} AND region = ${sqlText(page.region)} AND chart_date = DATE '${page.chartDate}'
    GROUP BY ALL`,
  );
  const counts = new Map(rows.map((row) => [textOf(row, 'entry_kind'), numberOf(row, 'num_tracks')]));
  return { numNewEntries: counts.get('new') ?? 0, numReEntries: counts.get('re-entry') ?? 0 };
}

async function keepExisting(
  transaction: LakeTransaction,
  page: ChartPage,
  provenance: PageProvenance,
  existing: ExistingChart,
): Promise<Work> {
  const newest = newestVersionOf(await transaction.rows(NEWEST_OF_DATE_SQL, [provenance.url, page.chartDate]));
  if (!isSameVersion(newest, provenance)) {
    const state = existing.sourceSha256 === provenance.sha256 ? 'parsed' : 'unchanged';
    await insertPage(transaction, provenance, subjectOf(page), state);
  }
  return {
    outcome: 'unchanged',
    checks: [],
    entries: await countEntries(transaction, page),
    names: null,
    newest: null,
  };
}

function subjectOf(page: ChartPage): { chartKind: ChartPage['kind']; region: string; chartDate: string } {
  return { chartKind: page.kind, region: page.region, chartDate: page.chartDate };
}

async function write(
  transaction: LakeTransaction,
  parts: ChartCommitParts,
  page: ChartPage,
  provenance: PageProvenance,
  source: SourceKind,
  history: ChartHistory,
): Promise<Work> {
  await stage(transaction, page, provenance, source, history.former);
  const checks = await parts.checker.run();
  const failed = checks.filter(({ isBlocking, passed }) => isBlocking && !passed);
  if (failed.length > 0) throw checkFailed(page, failed);
  if (history.existing !== null) {
    const where = `chart_kind = ${sqlText(page.kind)} AND region = ${sqlText(page.region)} AND chart_date = DATE '${page.chartDate}'`;
    await transaction.run(`DELETE FROM chart_entry WHERE ${where}`);
    await transaction.run(`DELETE FROM check_result WHERE ${where}`);
  }
  await transaction.run('INSERT INTO lake.chart_entry FROM temp.entry');
  await insertPage(transaction, provenance, subjectOf(page), 'parsed');
  await storeChecks(transaction, page, provenance, checks);
  const seen = seenNames(page, [history.former, history.existing?.chart]);
  return {
    outcome: history.existing === null ? 'committed' : 'replaced',
    checks,
    entries: await countEntries(transaction, page),
    names: await parts.names.write(transaction, seen, source),
    newest: history.isNewest ? formerChartOf(page) : null,
  };
}

/**
 * @throws ChartlifeError CheckFailed, LakeConflict, DiskFull, LakeUnusable.
 */
export async function commitChart(
  parts: ChartCommitParts,
  page: ChartPage,
  provenance: PageProvenance,
  source: SourceKind,
): Promise<ChartCommit> {
  const chart = { kind: page.kind, region: page.region };
  const message = { author: 'charts', text: `${chartName(chart)} ${page.chartDate} from ${provenance.url}` };
  await parts.checker.makeReady();
  const { value: work, snapshotId } = await parts.transaction(message, async (transaction): Promise<Work> => {
    const history = await parts.formerCharts.historyOf(transaction, chart, page.chartDate);
    const { existing } = history;
    const isKept =
      existing !== null &&
      (!replaces(page, source, existing) || (await isOvertaken(transaction, provenance, existing)));
    return isKept
      ? keepExisting(transaction, page, provenance, existing)
      : write(transaction, parts, page, provenance, source, history);
  });
  work.names?.confirm();
  if (work.newest !== null) parts.formerCharts.remember(chart, work.newest);
  return {
    outcome: work.outcome,
    chart,
    chartDate: page.chartDate,
    snapshotId,
    numRows: page.rows.length,
    ...work.entries,
    checks: work.checks,
  };
}
