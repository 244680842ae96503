/** A track's history: weeks since its debut and days of about the last month, in every region it charted in. */
import { tryParseDate } from '../../contracts/dates.ts';
import type { TrackPage } from '../../contracts/pages.ts';
import { TRACK_DATE_COLUMN } from './columns.ts';
import { headersDiffer, rowTexts } from './headers.ts';
import type { PageHints, PageIdentity } from './identifyPage.ts';
import { layoutChanged, pageTruncated, quote } from './pageErrors.ts';
import type { PageReading, Table } from './pageReading.ts';
import { refuseOpenTable, refuseStrayParts } from './selectTable.ts';
import { readTrackId, readTrackNames } from './trackNames.ts';
import { readTrackTable, trackTableHeader } from './trackTable.ts';
import { tellApart } from './weeklyOrDaily.ts';

/**
 * Reads the page's one or two tables. The summaries are the weekly table's; the daily one's where it is alone.
 *
 * @throws ChartlifeError PageTruncated, LayoutChanged; WrongPage if the page is another track's than the hint's;
 *   InvalidInput if nothing says which track it is.
 */
export function parseTrackPage(reading: PageReading, identity: PageIdentity, hints: PageHints): TrackPage {
  const { source } = identity;
  for (const table of reading.tables) refuseOpenTable(table, source);
  // A cut between the tables would pass for a track that has but one.
  if (!reading.hasDocumentEnd && (reading.hasDocumentStart || reading.tables.length === 0)) {
    throw pageTruncated(source, 'the page ends before it is complete: a table may follow');
  }
  refuseStrayParts(reading, source);
  const tables = reading.tables.filter(holdsHistory);
  const lost = tables.find((table) => !headerOf(table).includes(TRACK_DATE_COLUMN));
  if (lost !== undefined) throw headersDiffer(headerOf(lost), [TRACK_DATE_COLUMN], source);
  if (tables.length === 0) throw layoutChanged(source, `no table has a column ${quote(TRACK_DATE_COLUMN)}`);
  if (tables.length > 2) throw layoutChanged(source, `${tables.length} tables have dates, not 1 or 2`);
  const { weekly, daily } = tellApart(
    tables.map((table) => readTrackTable(table, source)),
    source,
  );
  return {
    kind: 'track',
    trackId: readTrackId(reading, hints, source),
    ...readTrackNames(reading, identity),
    regions: (weekly ?? daily)?.summaries ?? [],
    weeks: weekly?.periods ?? [],
    days: daily?.periods ?? [],
  };
}

/** Whether the table has dates in some row, or a column for them. */
function holdsHistory(table: Table): boolean {
  const hasDate = table.rows.some((row) => row.cells.some((cell) => tryParseDate(cell.text) !== null));
  return hasDate || headerOf(table).includes(TRACK_DATE_COLUMN);
}

function headerOf(table: Table): string[] {
  const header = trackTableHeader(table);
  return header === undefined ? [] : rowTexts(header);
}
