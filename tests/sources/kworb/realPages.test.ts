/**
 * Whole real pages against an independent reader: tests/golden/kworb/make_digests.py with html5lib. A column that
 * differs is named. The pages lie beside the checkout; without them the tests are skipped.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDate } from '../../../contracts/dates.ts';
import type { ChartRow, ParsedPage } from '../../../contracts/pages.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import type { PageHints } from '../../../sources/kworb/parsePage.ts';
import { parsePageBytes } from '../../../sources/kworb/parsePage.ts';
import { GOLDEN_DIR, readBytes, realPages } from './kworbPages.ts';
import { outcomeOf } from './outcome.ts';

interface FileDigest {
  readonly sha256: string;
  readonly kind: string | null;
  readonly numRows?: number;
  readonly columns?: Readonly<Record<string, string>>;
}

interface Digests {
  readonly files: Readonly<Record<string, FileDigest>>;
  readonly edgeCasesOfDailyPages: Readonly<Record<string, number | readonly string[]>>;
}

const digests: Digests = JSON.parse(readFileSync(path.join(GOLDEN_DIR, 'html5lib_digests.json'), 'utf8'));
const pages = realPages();
const known = Object.entries(digests.files).filter(([name]) => pages.has(name));
const knownDaily = known.filter(([name]) => name.startsWith('geo/'));
const allDailyAreHere =
  knownDaily.length === Object.keys(digests.files).filter((name) => name.startsWith('geo/')).length;

function bytesOf(name: string): Uint8Array {
  return readBytes(pages.get(name) ?? name);
}

/** What the pages without a head lack. */
function hintsOf(name: string): PageHints {
  const region = /^geo\/(\w+)\.html$/.exec(name)?.[1] ?? /_spotify_(\w+)_weekly/.exec(name)?.[1];
  if (region === undefined) return { source: name };
  return { region: parseRegion(region), chartDate: parseDate('2026-07-16'), source: name };
}

function rowsOf(page: ParsedPage): ReadonlyArray<Readonly<Record<string, unknown>>> {
  return 'rows' in page ? page.rows.map((row) => ({ ...row })) : [];
}

describe.skipIf(known.length === 0)('whole pages', () => {
  test.each(known)('%s is read as html5lib reads it', (name, digest) => {
    const bytes = bytesOf(name);
    expect(sha256Hex(bytes), 'the page is the one that the digests were made of').toBe(digest.sha256);
    const outcome = outcomeOf(() => parsePageBytes(bytes, hintsOf(name)));
    if (digest.kind === null) {
      expect(outcome).toMatchObject({ error: { type: 'WrongPage' } });
      return;
    }
    if (!('page' in outcome)) throw new Error(outcome.error.message);
    const rows = rowsOf(outcome.page);
    const columns = Object.keys(digest.columns ?? {}).map((column) => [
      column,
      sha256Hex(JSON.stringify(rows.map((row) => row[column]))),
    ]);
    expect(outcome.page.kind).toBe(digest.kind);
    expect(rows.length).toBe(digest.numRows);
    expect(Object.fromEntries(columns)).toEqual(digest.columns);
    expect(Object.keys(rows[0] ?? {}).sort()).toEqual(Object.keys(digest.columns ?? {}).sort());
  });

  test.each(knownDaily)('%s, cut anywhere, is truncated', (name) => {
    const bytes = bytesOf(name);
    for (let length = bytes.length - 10; length > 0; length -= 9_973) {
      const outcome = outcomeOf(() => parsePageBytes(bytes.subarray(0, length), hintsOf(name)));
      expect(outcome, `cut after ${length} bytes`).toMatchObject({ error: { type: 'PageTruncated' } });
    }
  });
});

test('html5lib finds the edge cases that were noted when the pages were gathered', () => {
  const { zeroChange, ...counts } = digests.edgeCasesOfDailyPages;
  expect(zeroChange).toEqual(expect.arrayContaining(['do/99', 'hn/17']));
  expect(counts).toMatchObject({
    blankRows: ['bo/16', 'co/153', 'ec/144', 'gt/191', 'kz/88', 'sv/91'],
    pagesWithTrackTwice: ['bo', 'co', 'ec', 'gt', 'kz', 'sv'],
    shortPages: ['lu 95'],
    largestTimesAtPeak: 777,
    artistWithDash: 6,
    invisibleMarks: 3,
  });
});

describe.skipIf(known.length === 0 || !allDailyAreHere)('edge cases of the daily pages', () => {
  test('their counts are those of html5lib', () => {
    const places = knownDaily.flatMap(([name]) => {
      const outcome = outcomeOf(() => parsePageBytes(bytesOf(name), hintsOf(name)));
      if (!('page' in outcome) || outcome.page.kind !== 'daily') throw new Error(`${name} is no daily chart`);
      const file = name.slice('geo/'.length, -'.html'.length);
      return outcome.page.rows.map((row) => ({ file, row }));
    });
    const count = (fits: (row: ChartRow) => boolean): number => places.filter(({ row }) => fits(row)).length;
    const list = (fits: (row: ChartRow) => boolean): string[] =>
      places.filter(({ row }) => fits(row)).map(({ file, row }) => `${file}/${row.rank}`);
    const names = (row: ChartRow): string[] => [
      row.title,
      ...[...row.artists, ...row.featured].map(({ name }) => name),
    ];
    const isBlank = (row: ChartRow): boolean =>
      [row.movement, row.periodsOnChart, row.peakRank, row.timesAtPeak, row.streams, row.total].every(
        (v) => v === null,
      );
    const idsByFile = groupIds(places);
    expect({
      ampersand: count((row) => names(row).some((name) => name.includes('&'))),
      artistWithDash: count((row) => row.artists.some(({ name }) => name.includes(' - '))),
      blankRows: list(isBlank),
      invisibleMarks: count((row) =>
        names(row).some((name) => /[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/.test(name)),
      ),
      largestTimesAtPeak: Math.max(...places.map(({ row }) => row.timesAtPeak ?? 0)),
      movementDown: count((row) => typeof row.movement === 'number' && row.movement < 0),
      movementEmpty: count((row) => row.movement === null),
      movementNew: count((row) => row.movement === 'new'),
      movementReEntry: count((row) => row.movement === 're-entry'),
      movementSame: count((row) => row.movement === 0),
      movementUp: count((row) => typeof row.movement === 'number' && row.movement > 0),
      pages: knownDaily.length,
      pagesWithTrackTwice: [...idsByFile].filter(([, ids]) => new Set(ids).size < ids.length).map(([file]) => file),
      periodsOver999: count((row) => (row.periodsOnChart ?? 0) > 999),
      rows: places.length,
      shortPages: [...idsByFile].filter(([, ids]) => ids.length < 200).map(([file, ids]) => `${file} ${ids.length}`),
      streamsChangeEmpty: count((row) => row.streamsChange === null),
      timesAtPeakFilled: count((row) => row.timesAtPeak !== null),
      titleNotAscii: count((row) => /[^\0-\x7f]/.test(row.title)),
      titleWithDash: count((row) => row.title.includes(' - ')),
      titleWithLessThan: count((row) => row.title.includes('<')),
      unlinkedArtist: list((row) => row.artists.some(({ id }) => id === null)),
      withFeatures: count((row) => row.featured.length > 0),
      zeroChange: list((row) => row.streamsChange === 0 || row.sevenDayChange === 0),
    }).toEqual(digests.edgeCasesOfDailyPages);
  });

  test('times at peak are there exactly where the peak is 1, 2 or 3', () => {
    for (const [name] of knownDaily) {
      const page = parsePageBytes(bytesOf(name), hintsOf(name));
      if (page.kind !== 'daily') throw new Error(`${name} is no daily chart`);
      for (const row of page.rows) expect(row.timesAtPeak !== null).toBe(row.peakRank !== null && row.peakRank <= 3);
    }
  });
});

function groupIds(places: ReadonlyArray<{ file: string; row: ChartRow }>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { file, row } of places) groups.set(file, [...(groups.get(file) ?? []), row.trackId]);
  return groups;
}
