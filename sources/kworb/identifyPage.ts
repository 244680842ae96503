/** Which page this is: from its titles, its tables' headers and ids, and only where it is silent, from the hints. */
import type { CalendarDate } from '../../contracts/dates.ts';
import { tryParseDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { ArtistId, TrackId } from '../../contracts/ids.ts';
import type { PageKind } from '../../contracts/pages.ts';
import type { Region } from '../../contracts/regions.ts';
import { tryParseRegion } from '../../contracts/regions.ts';
import {
  ARTIST_SONGS_COLUMNS,
  DAILY_COLUMNS,
  TOTALS_RANK_COLUMN,
  TRACK_DATE_COLUMN,
  totalsColumns,
  WEEKLY_COLUMNS,
} from './columns.ts';
import { hasColumns, headerTexts, rowTexts } from './headers.ts';
import { layoutChanged, pageTruncated, quote, wrongPage } from './pageErrors.ts';
import type { PageReading, Table } from './pageReading.ts';
import type { TitleFacts } from './pageTitle.ts';
import { readPlainTitle, readTitle } from './pageTitle.ts';
import { parseCountryPage } from './urls.ts';

/** What the caller knows of a page. The page itself comes first: a hint fills what it lacks, and must not contradict. */
export interface PageHints {
  readonly kind?: PageKind | undefined;
  readonly region?: Region | undefined;
  readonly chartDate?: CalendarDate | undefined;
  readonly trackId?: TrackId | undefined;
  readonly artistId?: ArtistId | undefined;
  /** The page's address or file name, for messages. A page that does not name its track or artist is named by it. */
  readonly source?: string | undefined;
}

export interface PageIdentity {
  readonly kind: PageKind;
  readonly source: string;
  /** The page's own, else the hint's. */
  readonly region: Region | null;
  readonly chartDate: CalendarDate | null;
  /** The artist of a songs page; artist and title of a track page. */
  readonly subject: string | null;
  /** Whether nothing came but a table. */
  readonly isHeadless: boolean;
}

const TABLE_IDS: Readonly<Record<string, PageKind>> = { spotifydaily: 'daily', spotifyweekly: 'weekly' };

/** Kinds told by their headers alone; track pages and the index of regions have headers of their own each. */
const FIXED_COLUMNS: ReadonlyArray<readonly [PageKind, Readonly<Record<string, string>>]> = [
  ['daily', DAILY_COLUMNS],
  ['weekly', WEEKLY_COLUMNS],
  ['daily-totals', totalsColumns('daily')],
  ['weekly-totals', totalsColumns('weekly')],
  ['artist-songs', ARTIST_SONGS_COLUMNS],
];

/**
 * @throws ChartlifeError WrongPage if it is none of kworb's Spotify pages or contradicts a hint; PageTruncated if too
 *   little came to tell; LayoutChanged if it contradicts itself.
 */
export function identifyPage(reading: PageReading, hints: PageHints): PageIdentity {
  const source = hints.source ?? 'the page';
  if (reading.tables.length === 0 && mayGoOn(reading)) {
    throw pageTruncated(source, 'the page ends before its table begins');
  }
  // The head's title first: no name in it can be taken for a tag.
  const facts = [
    ...(reading.title === null ? [] : [readPlainTitle(reading.title)]),
    ...(reading.pageTitle === null ? [] : [readTitle(reading.pageTitle)]),
  ];
  const kind = kindOf(reading, facts, hints, source);
  const region = onlyOne(
    facts.flatMap((fact) => fact.regions),
    'regions',
    source,
  );
  const chartDate = onlyOne(
    facts.flatMap((fact) => datesOf(fact, source)),
    'dates',
    source,
  );
  refuseContradiction('region', region, hints.region, source);
  refuseContradiction('date', chartDate, hints.chartDate, source);
  return {
    kind,
    source,
    region: region ?? hints.region ?? null,
    chartDate: chartDate ?? hints.chartDate ?? null,
    subject: facts.find((fact) => fact.subject !== null)?.subject ?? null,
    isHeadless: reading.pageTitle === null && reading.title === null && !reading.hasDocumentStart,
  };
}

function kindOf(reading: PageReading, facts: readonly TitleFacts[], hints: PageHints, source: string): PageKind {
  const byTitle = onlyOne(
    facts.flatMap((fact) => fact.kind ?? []),
    'kinds',
    source,
  );
  const byHeaders = reading.tables.map(kindOfHeaders).find((kind) => kind !== null) ?? null;
  const byId = reading.tables.map((table) => TABLE_IDS[table.id]).find((kind) => kind !== undefined) ?? null;
  const claims = [byTitle, byHeaders].filter((kind) => kind !== null);
  if (isChart(byId) && claims.every(isChart)) claims.push(byId);
  const kind =
    onlyOne(claims, 'kinds', source) ??
    (reading.tables.some(hasRegionRow) ? 'regions' : mostResembled(reading, hints.kind));
  if (kind !== null) {
    refuseContradiction('kind', kind, hints.kind, source);
    return kind;
  }
  if (mayGoOn(reading)) throw pageTruncated(source, 'the page ends before its table does');
  const heading = reading.pageTitle?.text.trim() ?? reading.title?.trim() ?? '';
  const found = reading.tables.flatMap((table) => headerTexts(table) ?? []);
  throw wrongPage(
    source,
    `not one of kworb's Spotify pages: ${heading === '' ? 'it has no title' : `its title is ${quote(heading)}`}, and ` +
      (found.length === 0 ? 'no table of it has headers' : `its headers are ${found.map(quote).join(', ')}`),
    { found },
  );
}

function isChart(kind: PageKind | null): kind is 'daily' | 'weekly' {
  return kind === 'daily' || kind === 'weekly';
}

function kindOfHeaders(table: Table): PageKind | null {
  const texts = headerTexts(table);
  if (texts === null) return isTrackTable(table) ? 'track' : null;
  const withoutRank = texts.filter((text) => text !== TOTALS_RANK_COLUMN && text !== '');
  const fixed = FIXED_COLUMNS.find(
    ([kind, columns]) => hasColumns(texts, columns) || (kind.endsWith('-totals') && hasColumns(withoutRank, columns)),
  );
  return fixed?.[0] ?? (isTrackTable(table) ? 'track' : null);
}

/** Whether the table's first row is `Date` and regions; its header may be made of plain cells. */
export function isTrackTable(table: Table): boolean {
  const first = table.header ?? table.rows[0];
  const texts = first === undefined ? [] : rowTexts(first);
  const regions = texts.filter((text) => text !== TRACK_DATE_COLUMN);
  return regions.length > 0 && regions.length < texts.length && regions.every((text) => tryParseRegion(text) !== null);
}

/** Whether some row links to a chart. */
export function hasRegionRow(table: Table): boolean {
  return table.rows.some((row) => row.cells.some((cell) => cell.links.some((link) => isCountryLink(link.href))));
}

/** Whether a link leads to a chart or to totals of a region. */
export function isCountryLink(href: string): boolean {
  return /(?:^|\/)country\/[^/]+$/.test(href) && parseCountryPage(href.slice(href.lastIndexOf('/') + 1)) !== null;
}

/** The kind whose headers the page shares at least half of, so that a change of some can be reported as such. */
function mostResembled(reading: PageReading, hint: PageKind | undefined): PageKind | null {
  const found = reading.tables.flatMap((table) => headerTexts(table) ?? []);
  const shares = FIXED_COLUMNS.map(([kind, columns]) => {
    const texts = Object.values(columns);
    return { kind, share: texts.filter((text) => found.includes(text)).length / texts.length };
  }).filter(({ kind }) => kind !== 'artist-songs' || found.includes(ARTIST_SONGS_COLUMNS.song));
  const best = shares.reduce((a, b) => (b.share > a.share || (b.share === a.share && b.kind === hint) ? b : a));
  if (best.share >= 0.5) return shares.find(({ kind, share }) => kind === hint && share >= 0.5)?.kind ?? best.kind;
  const regions = found.filter((text) => text !== TRACK_DATE_COLUMN && tryParseRegion(text) !== null);
  return found.includes(TRACK_DATE_COLUMN) && regions.length > 0 ? 'track' : null;
}

/** Whether what came may be the beginning of any page. */
function mayGoOn(reading: PageReading): boolean {
  if (reading.hasDocumentEnd) return false;
  if (reading.tables.length > 0) return reading.tables.some((table) => !table.isClosed);
  return reading.hasDocumentStart || reading.endsInTag || (reading.lines.length === 0 && !reading.hasStrayCell);
}

function datesOf(fact: TitleFacts, source: string): CalendarDate[] {
  if (fact.dateText === null) return [];
  const date = tryParseDate(fact.dateText);
  if (date === null) throw layoutChanged(source, `its title's date ${quote(fact.dateText)} does not exist`);
  return [date];
}

function onlyOne<Value extends string>(values: readonly Value[], what: string, source: string): Value | null {
  const distinct = [...new Set(values)];
  if (distinct.length > 1) {
    throw layoutChanged(source, `the page contradicts itself: it names the ${what} ${distinct.join(' and ')}`);
  }
  return distinct[0] ?? null;
}

function refuseContradiction(what: string, found: string | null, hint: string | undefined, source: string): void {
  if (found === null || hint === undefined || found === hint) return;
  throw wrongPage(source, `the page's ${what} is ${found}, but ${hint} was asked for`, { found, expected: hint });
}

/** The region of a chart or totals page, from the page or the hints. @throws as {@link requireRegionAndDate} */
export function requireRegion(identity: PageIdentity): Region {
  if (identity.region === null) throw lacks(identity, ['region']);
  return identity.region;
}

/**
 * The region and date of a chart, from the page or the hints.
 *
 * @throws ChartlifeError InvalidInput if a page without a head lacks one, saying what to give; LayoutChanged if a page
 *   with a head does.
 */
export function requireRegionAndDate(identity: PageIdentity): { region: Region; chartDate: CalendarDate } {
  const { region, chartDate } = identity;
  if (region !== null && chartDate !== null) return { region, chartDate };
  throw lacks(identity, [
    ...(region === null ? ['region' as const] : []),
    ...(chartDate === null ? ['date' as const] : []),
  ]);
}

const OPTIONS = { region: '--region (such as --region us)', date: '--date (such as --date 2026-07-16)' } as const;

function lacks(identity: PageIdentity, missing: ReadonlyArray<keyof typeof OPTIONS>): ChartlifeError {
  const { source } = identity;
  const what = missing.join(' and ');
  if (!identity.isHeadless) return layoutChanged(source, `the page's title no longer says its ${what}`, { missing });
  return new ChartlifeError('InvalidInput', `${source}: the page has lost its head and does not say its ${what}`, {
    next: `Give ${missing.map((name) => OPTIONS[name]).join(' and ')}.`,
    details: { source, missing },
  });
}
