/** Made-up pages in kworb's markup, a cell at a time, for the tests of what is strict about the parsers. */
import { parseDate } from '../../../contracts/dates.ts';
import { ChartlifeError } from '../../../contracts/errors.ts';
import type { ChartPage } from '../../../contracts/pages.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import type { PageHints } from '../../../sources/kworb/parsePage.ts';
import { parsePage } from '../../../sources/kworb/parsePage.ts';

export const US = parseRegion('us');
/** A Thursday. */
export const DATE = parseDate('2026-07-16');
export const DAILY_HEADERS = [
  'Pos',
  'P+',
  'Artist and Title',
  'Days',
  'Pk',
  '(x?)',
  'Streams',
  'Streams+',
  '7Day',
  '7Day+',
  'Total',
];
export const ROW = [
  '1',
  '=',
  credit('0kosUz0jePvjiz4ctmR6wL'),
  '57',
  '1',
  '(x11)',
  '4,326,239',
  '+3,955',
  '30,537,349',
  '+57,317',
  '184,799,786',
];

export function credit(trackId: string): string {
  return `<div><a href="../artist/0EmeFodog0BfCgMzAIvKQp.html">Shakira</a> - <a href="../track/${trackId}.html">Dai Dai</a></div>`;
}

export function table(headers: readonly string[], rows: ReadonlyArray<readonly string[]>, id = 'spotifydaily'): string {
  const tr = (cells: readonly string[]): string => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  return `<table id="${id}"><thead><tr>${headers.map((h) => `<th>${h}</th>`).join('')}</tr></thead><tbody>${rows.map(tr).join('\n')}</tbody></table>`;
}

export function titled(title: string, content: string): string {
  return `<html><head><title>${title.replace(/ - \d{4}.*/, '')}</title></head><body><span class="pagetitle">${title} | <a href="us_daily_totals.html">Totals</a></span><br>${content}</body></html>`;
}

export function withCell(column: string, value: string): string[] {
  return ROW.map((cell, index) => (DAILY_HEADERS[index] === column ? value : cell));
}

export const SOURCE = 'https://kworb.net/spotify/country/us_daily.html';
export const HINTS: PageHints = { region: US, chartDate: DATE, source: SOURCE };

export function parseChart(html: string, hints: PageHints = HINTS): ChartPage {
  const page = parsePage(html, hints);
  if (page.kind !== 'daily' && page.kind !== 'weekly') throw new Error(`${page.kind} is no chart`);
  return page;
}

export function errorOf(parse: () => unknown): ChartlifeError {
  try {
    parse();
  } catch (error) {
    if (error instanceof ChartlifeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
