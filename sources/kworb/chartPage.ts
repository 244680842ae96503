/** The daily and the weekly chart. */
import type { ChartKind } from '../../contracts/charts.ts';
import type { ChartPage, ChartRow, Movement } from '../../contracts/pages.ts';
import { parseMovement } from './cells.ts';
import { DAILY_COLUMNS, WEEKLY_COLUMNS } from './columns.ts';
import { readTrackCredit } from './credits.ts';
import type { ColumnHeaders } from './headers.ts';
import { findColumns, headerTexts } from './headers.ts';
import type { PageIdentity } from './identifyPage.ts';
import { requireRegionAndDate } from './identifyPage.ts';
import { layoutChanged } from './pageErrors.ts';
import type { PageReading } from './pageReading.ts';
import { RankCheck, RowReader } from './rowReader.ts';
import { selectTable } from './selectTable.ts';

type ChartReader = RowReader<keyof typeof DAILY_COLUMNS>;

/**
 * Reads a chart. A row whose cells are all empty but the title is kept, with nulls; so is a track that stands twice.
 *
 * @throws ChartlifeError PageTruncated, LayoutChanged; InvalidInput if neither the page nor the hints say region and
 *   date.
 */
export function parseChartPage(reading: PageReading, identity: PageIdentity, kind: ChartKind): ChartPage {
  const { source } = identity;
  const headers: ColumnHeaders<keyof typeof DAILY_COLUMNS> = kind === 'daily' ? DAILY_COLUMNS : WEEKLY_COLUMNS;
  const table = selectTable(reading, headers, source);
  const columns = findColumns(headerTexts(table) ?? [], headers, source);
  const { region, chartDate } = requireRegionAndDate(identity);
  if (table.rows.length === 0) throw layoutChanged(source, 'the chart has no rows');

  const reader: ChartReader = new RowReader(table, columns, headers, source);
  const ranks = new RankCheck(table.rows.length);
  const rows = table.rows.map((_, index): ChartRow => {
    reader.moveTo(index);
    const { trackId, title, artists, featured } = readTrackCredit(reader.run('credit'), reader.place('credit'));
    return {
      rank: ranks.read(reader, 'rank'),
      movement: readMovement(reader),
      trackId,
      title,
      artists,
      featured,
      periodsOnChart: reader.count('periodsOnChart'),
      peakRank: reader.positiveCount('peakRank'),
      timesAtPeak: reader.times('timesAtPeak'),
      streams: reader.count('streams'),
      streamsChange: reader.change('streamsChange'),
      sevenDay: kind === 'daily' ? reader.count('sevenDay') : null,
      sevenDayChange: kind === 'daily' ? reader.change('sevenDayChange') : null,
      total: reader.count('total'),
    };
  });
  return { kind, region, chartDate, rows };
}

function readMovement(reader: ChartReader): Movement | null {
  const text = reader.text('movement');
  if (text === '') return null;
  const movement = parseMovement(text);
  if (movement === null) throw reader.fail('movement', 'a movement: =, NEW, RE, or places such as +3 or -12');
  return movement;
}
