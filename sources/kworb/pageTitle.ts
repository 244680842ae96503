/** What a page says of itself in `<title>` and `span.pagetitle`. */
import type { CalendarDate } from '../../contracts/dates.ts';
import { tryParseDate } from '../../contracts/dates.ts';
import type { PageKind } from '../../contracts/pages.ts';
import type { Region } from '../../contracts/regions.ts';
import { tryParseRegion } from '../../contracts/regions.ts';
import type { TextRun } from './pageReading.ts';
import { parseCountryPage } from './urls.ts';

export interface TitleFacts {
  /** null if the title is of no page that this project reads. */
  readonly kind: PageKind | null;
  /** By name and by the links beside it; more than one if they contradict each other. */
  readonly regions: readonly Region[];
  /** The date's text, and the day it stands for: null if there is no such day. */
  readonly dateText: string | null;
  readonly date: CalendarDate | null;
  /** The artist of a songs page; artist and title of a track page. */
  readonly subject: string | null;
}

const NO_FACTS: TitleFacts = { kind: null, regions: [], dateText: null, date: null, subject: null };

const CHART = /^Spotify (Daily|Weekly) Chart( Totals)?$/i;
const DATE = /\d{4}[/-]\d{2}[/-]\d{2}/;
const ARTIST_SONGS = /^(.*\S)\s+-\s+Spotify Top Songs$/s;
const TRACK = /^(.*\S)\s+Spotify Chart History$/s;
/** Between a title's text and the links after it. */
const LINK_BARS = /[\s|]+$/;

/** Reads `Spotify Daily Chart - United States - 2026/06/27 | Totals` and the titles of the other pages. */
export function readTitle(run: TextRun): TitleFacts {
  const text = textOutsideLinks(run).replace(LINK_BARS, '').trim();
  const chart = readChartTitle(text);
  if (chart !== null) return { ...chart, regions: [...new Set([...regionsOfLinks(run), ...chart.regions])] };
  const artist = ARTIST_SONGS.exec(text)?.[1];
  if (artist !== undefined) return { ...NO_FACTS, kind: 'artist-songs', subject: artist };
  const track = TRACK.exec(text)?.[1];
  if (track !== undefined) return { ...NO_FACTS, kind: 'track', subject: track.replace(/\s+[-–|]$/, '') };
  return NO_FACTS;
}

/** As {@link readTitle}, from text alone. */
export function readPlainTitle(text: string): TitleFacts {
  return readTitle({ text, links: [], spans: [] });
}

function readChartTitle(text: string): TitleFacts | null {
  const parts = (text.split('|')[0] ?? '').split(/\s+-\s+/).map((part) => part.trim());
  const [heading = '', ...rest] = parts;
  const match = CHART.exec(heading);
  if (match === null) return null;
  const chartKind = match[1]?.toLowerCase() === 'weekly' ? 'weekly' : 'daily';
  const isTotals = match[2] !== undefined || rest.some((part) => /^Totals$/i.test(part));
  const dateText = rest.map((part) => DATE.exec(part)?.[0]).find((date) => date !== undefined) ?? null;
  const names = rest.filter((part) => part !== '' && !DATE.test(part) && !/^Totals$/i.test(part));
  const region = tryParseRegion(names.join(' - '));
  return {
    kind: isTotals ? `${chartKind}-totals` : chartKind,
    regions: region === null ? [] : [region],
    dateText,
    date: dateText === null ? null : tryParseDate(dateText),
    subject: null,
  };
}

/** The regions of the links beside the title (`us_daily_totals.html`): right also where a region's name is new. */
function regionsOfLinks(run: TextRun): Region[] {
  return run.links.flatMap((link) => {
    const page = parseCountryPage(link.href.slice(link.href.lastIndexOf('/') + 1));
    return page === null ? [] : [page.chart.region];
  });
}

function textOutsideLinks(run: TextRun): string {
  let text = '';
  let position = 0;
  for (const link of run.links) {
    text += run.text.slice(position, link.start);
    position = link.end;
  }
  return text + run.text.slice(position);
}
