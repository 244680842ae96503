/** What a chart page says of itself although it does not parse: so that it is known which chart date is missing. */
import type { ChartPage } from '../../contracts/pages.ts';
import { identifyPage, type PageHints } from './identifyPage.ts';
import { readPage } from './pageReader.ts';

/** Kind, region and date; null where the page is no chart, contradicts itself or the hints, or does not say. */
export function statedChart(
  bytes: Uint8Array,
  hints: PageHints,
): Pick<ChartPage, 'kind' | 'region' | 'chartDate'> | null {
  try {
    const { kind, region, chartDate } = identifyPage(readPage(new TextDecoder().decode(bytes)), hints);
    const isChart = kind === 'daily' || kind === 'weekly';
    return isChart && region !== null && chartDate !== null ? { kind, region, chartDate } : null;
  } catch {
    return null;
  }
}
