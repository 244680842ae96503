/** Pages of every kind, as random as kworb's grammar allows. */
import fc from 'fast-check';
import type { CalendarDate } from '../../../contracts/dates.ts';
import { addDays, parseDate } from '../../../contracts/dates.ts';
import type { ArtistId, TrackId } from '../../../contracts/ids.ts';
import { parseArtistId, parseTrackId } from '../../../contracts/ids.ts';
import type {
  ArtistCredit,
  ArtistSongsPage,
  ChartPage,
  ChartRow,
  ParsedPage,
  RegionsPage,
  TotalsPage,
  TrackPage,
  TrackPeriod,
} from '../../../contracts/pages.ts';
import { parseRegion, REGION_NAMES } from '../../../contracts/regions.ts';
import type { Rendering } from './renderPages.ts';

/** What titles are made of that a parser can trip over, written raw as kworb does. */
const ODD_WORDS = [
  '<3',
  '</3',
  '<',
  '>',
  '<3>',
  '< b >',
  '<!',
  '<?',
  '<Break>',
  '</Break>',
  '<Break',
  '&',
  '&&',
  'V&V',
  '&;',
  '&#',
  '"',
  "'",
  '-',
  '(w/',
  'A,',
  ')',
  '*',
  '/',
  '=',
  'NEW',
  '|',
  '打上花火',
  '데이먼스',
  'مصطفي',
  'שלום',
  '\u200eGood',
  'f\u200beat\u200b.',
  '\u202eabc\u202c',
  '😀',
  'é',
  'e\u0301',
  '\u00a0',
  '\ufeff',
  'Title:',
  'Totals',
  '2026/01/01',
  'Spotify',
  'Remix',
];

const oddText = fc
  .array(fc.constantFrom(...ODD_WORDS), { minLength: 1, maxLength: 5 })
  .map((words) => words.join(' '))
  // An attribute's quote would reach over the end of the link: that is an error, not a title.
  .filter((text) => !(text.includes('<Break') && text.includes('=')));

/** Any Unicode that HTML can hold: no NUL, and carriage returns would become line feeds. */
const anyText = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replace(/[\0\r]/g, ''));

const CHARS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const id = fc.string({ unit: fc.constantFrom(...CHARS), minLength: 22, maxLength: 22 });
const trackId: fc.Arbitrary<TrackId> = id.map(parseTrackId);
const artistId: fc.Arbitrary<ArtistId> = id.map(parseArtistId);

const count = fc.nat({ max: 400_000_000_000 });
const emptyOr = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 4 });
const emptyOrCount = emptyOr(count);
const emptyOrChange = emptyOr(fc.integer({ min: -400_000_000, max: 400_000_000 }));
const emptyOrRank = emptyOr(fc.integer({ min: 1, max: 200 }));
const emptyOrTimes = emptyOr(fc.integer({ min: 1, max: 5000 }));

const date: fc.Arbitrary<CalendarDate> = fc.nat({ max: 5000 }).map((days) => addDays(parseDate('2016-12-30'), days));
const region = fc.constantFrom(...Object.keys(REGION_NAMES).filter((code) => code !== 'gb'), 'zz').map(parseRegion);

function credit(text: fc.Arbitrary<string>) {
  const linked: fc.Arbitrary<ArtistCredit> = fc.record({ id: artistId, name: text });
  const artists = fc.oneof(
    { weight: 8, arbitrary: fc.array(linked, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant<ArtistCredit[]>([{ id: null, name: 'Unknown Artist' }]) },
  );
  return { trackId, title: text, artists, featured: fc.array(linked, { maxLength: 3 }) };
}

function chartRow(text: fc.Arbitrary<string>, isDaily: boolean): fc.Arbitrary<Omit<ChartRow, 'rank'>> {
  const none = fc.constant(null);
  const blank = {
    periodsOnChart: none,
    peakRank: none,
    timesAtPeak: none,
    streams: none,
    streamsChange: none,
    total: none,
  };
  const full = {
    periodsOnChart: emptyOr(fc.nat({ max: 5000 })),
    peakRank: emptyOrRank,
    timesAtPeak: emptyOrTimes,
    streams: emptyOrCount,
    streamsChange: emptyOrChange,
    total: emptyOrCount,
  };
  const movement = fc.oneof(
    fc.constantFrom('new' as const, 're-entry' as const, 0, null),
    fc.integer({ min: -199, max: 199 }),
  );
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        ...credit(text),
        movement,
        ...full,
        sevenDay: isDaily ? emptyOrCount : none,
        sevenDayChange: isDaily ? emptyOrChange : none,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ ...credit(text), movement: none, ...blank, sevenDay: none, sevenDayChange: none }),
    },
  );
}

function chartPage(text: fc.Arbitrary<string>): fc.Arbitrary<ChartPage> {
  return fc.constantFrom('daily' as const, 'weekly' as const).chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      region,
      chartDate: date,
      rows: fc
        .array(chartRow(text, kind === 'daily'), { minLength: 1, maxLength: 6 })
        .map((rows) => rows.map((row, index) => ({ ...row, rank: index + 1 }))),
    }),
  );
}

function totalsPage(text: fc.Arbitrary<string>): fc.Arbitrary<TotalsPage> {
  return fc
    .record({
      kind: fc.constantFrom('daily-totals' as const, 'weekly-totals' as const),
      region,
      dates: fc.tuple(date, date),
      rows: fc.array(
        fc.record({
          ...credit(text),
          periodsOnChart: emptyOr(fc.nat({ max: 5000 })),
          periodsInTopTen: emptyOr(fc.nat({ max: 5000 })),
          peakRank: emptyOrRank,
          timesAtPeak: emptyOrTimes,
          peakStreams: emptyOrCount,
          total: emptyOrCount,
        }),
        { minLength: 1, maxLength: 5 },
      ),
    })
    .map(({ dates: [a, b], ...page }) => ({ ...page, coversFrom: a < b ? a : b, coversTo: a < b ? b : a }));
}

/** Names in headings and lines, where white space collapses at the ends and a quote could reach over a tag. */
function headingText(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return text.map((name) => `x${name.replace(/\s+/g, ' ').replaceAll(/Title:|=/g, '')}x`);
}

/** Five weeks and five days at least, so that the distances between dates tell which is which. */
function trackPage(text: fc.Arbitrary<string>): fc.Arbitrary<TrackPage> {
  const lineText = headingText(text);
  const streams = fc.option(fc.nat({ max: 4_000_000_000 }), { freq: 8 });
  return fc
    .record({
      trackId,
      title: lineText,
      artistNames: fc.array(lineText, { minLength: 1, maxLength: 2 }),
      codes: fc.uniqueArray(region, { minLength: 1, maxLength: 4 }),
      lastThursday: fc.integer({ min: 2700, max: 2990 }),
      numWeeks: fc.integer({ min: 7, max: 9 }),
      numDays: fc.integer({ min: 2, max: 9 }),
      cells: fc.infiniteStream(fc.option(fc.record({ rank: fc.integer({ min: 1, max: 200 }), streams }), { freq: 3 })),
      summaries: fc.infiniteStream(
        fc.record({ total: emptyOrCount, peakRank: fc.integer({ min: 1, max: 200 }), peakStreams: streams }),
      ),
    })
    .map(({ codes, lastThursday, numWeeks, numDays, cells, summaries, ...page }) => {
      const newest = addDays(parseDate('1970-01-01'), lastThursday * 7);
      const periods = (numPeriods: number, stepDays: number): TrackPeriod[] =>
        Array.from({ length: numPeriods }, (_, i) => addDays(newest, -i * stepDays)).flatMap((periodDate) =>
          // The first region is always on the chart, so that every date has its row.
          codes.flatMap((code, i): TrackPeriod[] => {
            const cell = cells.next().value ?? (i === 0 ? { rank: 1, streams: null } : null);
            return cell === null ? [] : [{ date: periodDate, region: code, rank: cell.rank, streams: cell.streams }];
          }),
        );
      return {
        kind: 'track' as const,
        ...page,
        regions: codes.map((code) => ({ region: code, ...summaries.next().value })),
        weeks: periods(numWeeks, 7),
        days: periods(numDays, 1),
      };
    });
}

function artistSongsPage(text: fc.Arbitrary<string>): fc.Arbitrary<ArtistSongsPage> {
  return fc.record({
    kind: fc.constant('artist-songs' as const),
    artistId: fc.option(artistId, { freq: 6 }),
    artistName: headingText(text),
    lastUpdated: date,
    rows: fc.array(
      fc.record({ trackId, title: text, isFeature: fc.boolean(), total: emptyOrCount, daily: emptyOrCount }),
      { minLength: 1, maxLength: 6 },
    ),
  });
}

function regionsPage(text: fc.Arbitrary<string>): fc.Arbitrary<RegionsPage> {
  const row = fc.record({
    region,
    name: text.map((name) => `x${name.replace(/[<>]/g, '')}x`),
    kinds: fc.constantFrom(['daily' as const], ['weekly' as const], ['daily' as const, 'weekly' as const]),
  });
  const rows = fc.uniqueArray(row, { minLength: 1, maxLength: 6, selector: (value) => value.region });
  return fc.record({ kind: fc.constant('regions' as const), rows });
}

export interface PageAndRendering {
  readonly page: ParsedPage;
  readonly rendering: Rendering;
}

/** A page, how its names are written, and in what order its columns come. */
export function arbitraryPage(): fc.Arbitrary<PageAndRendering> {
  const raw = { text: oddText, write: (text: string) => text };
  const escaped = { text: fc.oneof(anyText, oddText), write: escapeHtml };
  return fc.oneof(fc.constant(raw), fc.constant(escaped)).chain(({ text, write }) =>
    fc.record({
      page: fc.oneof(
        { weight: 4, arbitrary: chartPage(text) },
        { weight: 2, arbitrary: totalsPage(text) },
        { weight: 2, arbitrary: trackPage(text) },
        { weight: 2, arbitrary: artistSongsPage(text) },
        { weight: 1, arbitrary: regionsPage(text) },
      ),
      rendering: fc.nat().map((seed) => ({ write, order: <T>(columns: readonly T[]): T[] => shuffled(columns, seed) })),
    }),
  );
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function shuffled<T>(values: readonly T[], seed: number): T[] {
  const rest = [...values];
  let state = seed;
  return values.map(() => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const [value] = rest.splice((state >>> 8) % rest.length, 1);
    return value as T;
  });
}
