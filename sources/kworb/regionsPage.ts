/** The index of regions: which charts there are. */
import type { ChartKind } from '../../contracts/charts.ts';
import { CHART_KINDS } from '../../contracts/charts.ts';
import type { ChartlifeError } from '../../contracts/errors.ts';
import type { RegionRow, RegionsPage } from '../../contracts/pages.ts';
import type { Region } from '../../contracts/regions.ts';
import type { PageIdentity } from './identifyPage.ts';
import { hasRegionRow, isCountryLink } from './identifyPage.ts';
import { layoutChanged, pageTruncated, quote } from './pageErrors.ts';
import type { PageReading, TableRow } from './pageReading.ts';
import { refuseOpenTable, refuseStrayParts } from './selectTable.ts';
import { parseCountryPage } from './urls.ts';

/**
 * Reads the tables that link to charts: a region's name from a row's first cell, its code and kinds from the links in
 * the others. A row without a link is an error, since its region would be lost.
 *
 * @throws ChartlifeError PageTruncated, LayoutChanged
 */
export function parseRegionsPage(reading: PageReading, identity: PageIdentity): RegionsPage {
  const { source } = identity;
  for (const table of reading.tables) refuseOpenTable(table, source);
  if (reading.hasDocumentStart && !reading.hasDocumentEnd) {
    throw pageTruncated(source, 'the page ends before it is complete: more tables may follow');
  }
  refuseStrayParts(reading, source);
  const rows: RegionRow[] = [];
  const tables = reading.tables.filter(hasRegionRow);
  for (const [index, row] of tables.flatMap((table) => table.rows).entries()) {
    const region = readRegion(row, index + 1, source);
    if (rows.some((other) => other.region === region.region)) {
      throw layoutChanged(source, `row ${index + 1}: the region ${region.region} stands twice`, { row: index + 1 });
    }
    rows.push(region);
  }
  if (rows.length === 0) throw layoutChanged(source, 'no row links to a chart');
  return { kind: 'regions', rows };
}

function readRegion(row: TableRow, rowNumber: number, source: string): RegionRow {
  const fail = (problem: string): ChartlifeError =>
    layoutChanged(source, `row ${rowNumber}: ${problem}`, { row: rowNumber });
  if (row.problem !== null) throw fail(`cannot be read: ${quote(row.problem)}`);
  const [first, ...others] = row.cells;
  const name = first?.text.trim() ?? '';
  if (name === '' || first === undefined || first.links.length > 0) throw fail(`${quote(name)} is not a region's name`);
  const hrefs = others.flatMap((cell) => cell.links.map((link) => link.href)).filter(isCountryLink);
  const pages = hrefs.flatMap((href) => parseCountryPage(href.slice(href.lastIndexOf('/') + 1)) ?? []);
  const regions = new Set<Region>(pages.map((page) => page.chart.region));
  const [region] = regions;
  if (region === undefined) throw fail(`${quote(name)} has no link to a chart`);
  if (regions.size > 1) throw fail(`${quote(name)} links to several regions: ${[...regions].join(', ')}`);
  const kinds = new Set<ChartKind>(pages.filter((page) => !page.isTotals).map((page) => page.chart.kind));
  return { region, name, kinds: CHART_KINDS.filter((kind) => kinds.has(kind)) };
}
