/** One table of a track page: dates down, regions across, rank and streams in each cell. */
import type { CalendarDate } from '../../contracts/dates.ts';
import { tryParseDate } from '../../contracts/dates.ts';
import type { TrackPeriod, TrackRegionSummary } from '../../contracts/pages.ts';
import type { Region } from '../../contracts/regions.ts';
import { tryParseRegion } from '../../contracts/regions.ts';
import { parseCount, parsePositiveCount } from './cells.ts';
import { TRACK_DATE_COLUMN } from './columns.ts';
import { headersDiffer, rowTexts } from './headers.ts';
import type { CellPlace } from './pageErrors.ts';
import { badCell } from './pageErrors.ts';
import type { Table, TableRow, TextRun } from './pageReading.ts';
import { checkRow } from './rowReader.ts';

export interface TrackTable {
  /** In the page's order. */
  readonly dates: readonly CalendarDate[];
  /** By row, then by column; cells without a rank give none. */
  readonly periods: readonly TrackPeriod[];
  /** From the rows `Total` and `Peak`, in the page's column order. */
  readonly summaries: readonly TrackRegionSummary[];
}

interface RankAndStreams {
  readonly rank: number;
  readonly streams: number | null;
}

interface RegionColumn {
  readonly index: number;
  readonly header: string;
  readonly region: Region;
}

const OFF_CHART = '--';

/** The row of headers; some scrapers saw it made of plain cells. */
export function trackTableHeader(table: Table): TableRow | undefined {
  return table.header ?? table.rows[0];
}

/** @throws ChartlifeError LayoutChanged, PageTruncated */
export function readTrackTable(table: Table, source: string): TrackTable {
  const texts = rowTexts(trackTableHeader(table) ?? { cells: [], problem: null });
  const dateIndex = texts.indexOf(TRACK_DATE_COLUMN);
  const columns = regionColumns(texts, source);
  const totals = new Map<Region, number | null>();
  const peaks = new Map<Region, RankAndStreams | null>();
  const dates: CalendarDate[] = [];
  const periods: TrackPeriod[] = [];
  const labels = new Set<string>();
  for (let index = table.header === null ? 1 : 0; index < table.rows.length; index += 1) {
    const { cells } = checkRow(table, index, texts.length, source);
    const label = cells[dateIndex]?.text.trim() ?? '';
    const at = (column: string): CellPlace => ({ source, row: index + 1, column });
    if (labels.has(label)) throw badCell(at(TRACK_DATE_COLUMN), label, 'a row that did not come before');
    labels.add(label);
    const date = tryParseDate(label);
    if (date !== null) dates.push(date);
    else if (label !== 'Total' && label !== 'Peak')
      throw badCell(at(TRACK_DATE_COLUMN), label, 'a date, Total or Peak');
    for (const { index: cellIndex, header, region } of columns) {
      const cell = cells[cellIndex];
      if (cell === undefined) continue;
      if (label === 'Total') {
        totals.set(region, readTotal(cell, at(header)));
      } else {
        const value = readRankAndStreams(cell, at(header));
        if (date === null) peaks.set(region, value);
        else if (value !== null) periods.push({ date, region, ...value });
      }
    }
  }
  const summaries = columns.map(({ region }) => ({
    region,
    total: totals.get(region) ?? null,
    peakRank: peaks.get(region)?.rank ?? null,
    peakStreams: peaks.get(region)?.streams ?? null,
  }));
  return { dates, periods, summaries };
}

/** Every column but the dates' is a region, by name or by code, in any order; none stands twice. */
function regionColumns(texts: readonly string[], source: string): RegionColumn[] {
  const columns = texts.flatMap((header, index) => {
    const region = header === TRACK_DATE_COLUMN ? null : tryParseRegion(header);
    return region === null ? [] : [{ index, header, region }];
  });
  const numDistinct = new Set(columns.map(({ region }) => region)).size;
  if (columns.length !== texts.length - 1 || numDistinct !== columns.length || columns.length === 0) {
    throw headersDiffer(texts, [TRACK_DATE_COLUMN, ...columns.map(({ header }) => header)], source);
  }
  return columns;
}

function readTotal(cell: TextRun, place: CellPlace): number | null {
  const text = cell.text.trim();
  if (text === '' || text === OFF_CHART) return null;
  const total = parseCount(text);
  if (Number.isNaN(total)) throw badCell(place, text, 'a total such as 1,234, or --');
  return total;
}

/** `1 (128,896,137)`, with a span for the rank and one for the streams; null for `--` and for an empty cell. */
function readRankAndStreams(cell: TextRun, place: CellPlace): RankAndStreams | null {
  const text = cell.text.replace(/\s+/g, '');
  if (text === '' || text === OFF_CHART) return null;
  const rankText = spanText(cell, 'p');
  const streamsText = spanText(cell, 's') ?? '';
  const rank = parsePositiveCount(rankText ?? '');
  const streams = streamsText === '' ? null : parseCount(streamsText);
  const forms = [`${rankText}(${streamsText})`, `${rankText}${streamsText}`];
  if (Number.isNaN(rank) || Number.isNaN(streams) || !forms.includes(text)) {
    throw badCell(place, cell.text, 'a rank and streams such as 1 (1,234), or --');
  }
  return { rank, streams };
}

function spanText(cell: TextRun, className: string): string | null {
  return cell.spans.find((span) => span.className.split(/\s+/).includes(className))?.text.trim() ?? null;
}
