/** The totals of a chart: every track that was ever on it. */
import type { ChartKind } from '../../contracts/charts.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { tryParseDate } from '../../contracts/dates.ts';
import type { TotalsPage, TotalsRow } from '../../contracts/pages.ts';
import { TOTALS_RANK_COLUMN, totalsColumns } from './columns.ts';
import { readTrackCredit } from './credits.ts';
import type { ColumnHeaders } from './headers.ts';
import { findColumns, headerTexts } from './headers.ts';
import type { PageIdentity } from './identifyPage.ts';
import { requireRegion } from './identifyPage.ts';
import { layoutChanged, quote } from './pageErrors.ts';
import type { PageReading, Table } from './pageReading.ts';
import { RankCheck, RowReader } from './rowReader.ts';
import { selectTable } from './selectTable.ts';

type ColumnName = keyof ReturnType<typeof totalsColumns> | 'rank';

const COVERS = /Covers charts from\s+(\S+)\s+to\s+(\d{4}[/-]\d{2}[/-]\d{2})/;

/** @throws ChartlifeError PageTruncated, LayoutChanged; InvalidInput if neither the page nor the hints say the region. */
export function parseTotalsPage(reading: PageReading, identity: PageIdentity, kind: ChartKind): TotalsPage {
  const { source } = identity;
  const table = selectTable(reading, totalsColumns(kind), source);
  const headers = withRankColumn(table, totalsColumns(kind));
  const columns = findColumns(headerTexts(table) ?? [], headers, source);
  const region = requireRegion(identity);
  const { coversFrom, coversTo } = readCoverage(reading, identity);
  if (table.rows.length === 0) throw layoutChanged(source, 'the table of totals has no rows');

  const reader = new RowReader(table, columns, headers, source);
  const ranks = headers.rank === undefined ? null : new RankCheck(table.rows.length);
  const rows = table.rows.map((_, index): TotalsRow => {
    reader.moveTo(index);
    ranks?.read(reader, 'rank');
    return {
      ...readTrackCredit(reader.run('credit'), reader.place('credit')),
      periodsOnChart: reader.count('periodsOnChart'),
      periodsInTopTen: reader.count('periodsInTopTen'),
      peakRank: reader.positiveCount('peakRank'),
      timesAtPeak: reader.times('timesAtPeak'),
      peakStreams: reader.count('peakStreams'),
      total: reader.count('total'),
    };
  });
  return { kind: `${kind}-totals`, region, coversFrom, coversTo, rows };
}

/** kworb's pages of 2022 began with a column of positions, with or without a header text; later ones have none. */
function withRankColumn(table: Table, headers: ColumnHeaders<ColumnName>): ColumnHeaders<ColumnName> {
  const texts = headerTexts(table) ?? [];
  const rank = [TOTALS_RANK_COLUMN, ''].find((text) => texts.includes(text));
  return rank === undefined ? headers : { rank, ...headers };
}

interface Coverage {
  readonly coversFrom: CalendarDate | null;
  readonly coversTo: CalendarDate | null;
}

/** A page that has lost its head may have lost this line with it; on a whole page its absence is a change of layout. */
function readCoverage(reading: PageReading, { source, isHeadless }: PageIdentity): Coverage {
  for (const line of reading.lines) {
    const match = COVERS.exec(line.text);
    if (match === null) continue;
    const coversFrom = tryParseDate(match[1] ?? '');
    const coversTo = tryParseDate(match[2] ?? '');
    if (coversFrom !== null && coversTo !== null && coversFrom <= coversTo) return { coversFrom, coversTo };
    throw layoutChanged(source, `${quote(match[0])} is not a period`);
  }
  if (isHeadless) return { coversFrom: null, coversTo: null };
  throw layoutChanged(source, 'the page no longer says "Covers charts from DATE to DATE"');
}
