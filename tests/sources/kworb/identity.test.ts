/** Which page it is: what page and hints say of each other, pages of other kinds, bytes that are no text. */
import { describe, expect, test } from 'vitest';
import { parseDate } from '../../../contracts/dates.ts';
import type { PageKind } from '../../../contracts/pages.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import type { PageHints } from '../../../sources/kworb/parsePage.ts';
import { PARSER_VERSION, parsePage, parsePageBytes } from '../../../sources/kworb/parsePage.ts';
import { credit, DAILY_HEADERS, DATE, errorOf, parseChart, ROW, table, titled, US, withCell } from './madeUpPages.ts';

describe('page and hints', () => {
  const content = table(DAILY_HEADERS, [ROW]);
  const page = titled('Spotify Daily Chart - United States - 2026/06/27', content);

  test('the page comes first', () => {
    expect(parseChart(page, {})).toMatchObject({ kind: 'daily', region: 'us', chartDate: '2026-06-27' });
    expect(parseChart(page, { kind: 'daily', region: US, chartDate: parseDate('2026-06-27') }).rows).toHaveLength(1);
  });

  test.each<[string, PageHints]>([
    ['kind', { kind: 'weekly' }],
    ['kind', { kind: 'track' }],
    ['region', { region: parseRegion('gb') }],
    ['date', { chartDate: DATE }],
  ])('a hint of another %s makes it the wrong page', (what, hints) => {
    const error = errorOf(() => parsePage(page, hints));
    expect(error.type).toBe('WrongPage');
    expect(error.message).toContain(what);
  });

  test.each<[PageHints, string[]]>([
    [{}, ['region', 'date']],
    [{ kind: 'daily', chartDate: DATE }, ['region']],
    [{ region: US }, ['date']],
  ])('a page without a head and with hints %j says which options to give', (hints, missing) => {
    const error = errorOf(() => parsePage(`<!-- country: US | snapshot_date: 2026-07-17 -->\n${content}`, hints));
    expect(error).toMatchObject({ type: 'InvalidInput', details: { missing } });
    for (const name of missing) expect(error.next).toContain(`--${name}`);
  });

  test('a title that has lost its date is a change of layout, unless the date is given', () => {
    const dateless = titled('Spotify Daily Chart - United States', content);
    expect(errorOf(() => parsePage(dateless, { region: US })).type).toBe('LayoutChanged');
    expect(parseChart(dateless, { chartDate: DATE }).chartDate).toBe(DATE);
  });

  test('a date that does not exist is a change of layout', () => {
    expect(errorOf(() => parsePage(titled('Spotify Daily Chart - United States - 2026/02/30', content))).type).toBe(
      'LayoutChanged',
    );
  });

  test('a new region is known by the link beside its name', () => {
    const html = titled('Spotify Daily Chart - Ruritania - 2026/06/27', content).replace('us_daily', 'zz_daily');
    expect(parseChart(html, {}).region).toBe('zz');
  });

  test.each([
    ['name and link of the region', page.replace('us_daily_totals', 'gb_daily_totals')],
    ['title and heading', page.replace('<title>Spotify Daily', '<title>Spotify Weekly')],
    ['title and table', page.replace('spotifydaily', 'spotifyweekly')],
  ])('a page that contradicts itself in %s is a change of layout', (_, html) => {
    expect(errorOf(() => parsePage(html, {})).type).toBe('LayoutChanged');
  });

  test('an old page has its own date', () => {
    expect(
      parseChart(titled('Spotify Daily Chart - Cyprus - 2017/08/05', content).replace('us_daily', 'cy_daily'), {})
        .chartDate,
    ).toBe('2017-08-05');
  });
});

describe('other pages', () => {
  test.each([
    ['JSON', '{"rows": []}'],
    ['plain text', 'Bad gateway'],
    ['an HTML page', '<html><body><h1>502 Bad Gateway</h1></body></html>'],
    [
      'a page of another table',
      '<html><head><title>x</title></head><body><table><tr><th>a</th></tr><tr><td>1</td></tr></table></body></html>',
    ],
    [
      'an Apple chart with a head',
      `<html><head><title>Apple Music Top Songs - Korea</title></head><body>${table(['Pos', 'P+', 'Artist - Title'], [['1', '=', 'A - B']], 'simpletable')}</body></html>`,
    ],
    [
      'listeners',
      `<html><body><span class="pagetitle">Spotify top artists by monthly listeners</span>${table(['#', 'Artist', 'Listeners', 'Daily +/-', 'Peak', 'PkListeners'], [['1', 'A', '1', '1', '1', '1']], '')}</body></html>`,
    ],
    [
      'most streamed songs',
      `<html><body><span class="pagetitle">Spotify - Most Streamed Songs</span>${table(['Artist and Title', 'Streams', 'Daily'], [['A - B', '1', '1']], '')}</body></html>`,
    ],
  ])('%s is the wrong page, whatever was asked for', (_, html) => {
    const kinds: (PageKind | undefined)[] = [undefined, 'daily', 'weekly-totals', 'artist-songs'];
    for (const kind of kinds)
      expect(errorOf(() => parsePage(html, { kind, region: US, chartDate: DATE })).type).toBe('WrongPage');
  });

  test.each([
    '',
    '  \n',
    '<!DOCTYPE html>',
    '<!DOCTYPE html>\n<html lang="en"><head><title>Spotify Da',
    '<!-- source: https://kw',
    '<table class="sor',
    '<table id="x"><thead><tr><th>Pos</th>',
  ])('the beginning %j is truncated', (html) => {
    expect(errorOf(() => parsePage(html, {})).type).toBe('PageTruncated');
  });
});

describe('bytes', () => {
  const html = titled(
    'Spotify Daily Chart - United States - 2026/06/27',
    table(DAILY_HEADERS, [
      withCell('Artist and Title', credit('0kosUz0jePvjiz4ctmR6wL').replace('Dai Dai', '打上花火')),
    ]),
  );
  const bytes = new TextEncoder().encode(html);

  test('a byte order mark is no text', () => {
    expect(parsePageBytes(new Uint8Array([0xef, 0xbb, 0xbf, ...bytes]))).toEqual(parsePageBytes(bytes));
  });

  test('an end inside a character is a cut', () => {
    const inside = bytes.indexOf(0xe6) + 1;
    expect(errorOf(() => parsePageBytes(bytes.subarray(0, inside))).type).toBe('PageTruncated');
  });

  test('bytes that are not UTF-8 are named by their place', () => {
    const broken = bytes.slice();
    const offset = bytes.indexOf(0xe6) + 1;
    broken[offset] = 0x41;
    const error = errorOf(() => parsePageBytes(broken, { source: 'page.html' }));
    expect(error).toMatchObject({ type: 'WrongPage', details: { source: 'page.html', offset } });
  });

  test.each([
    ['gzip', [0x1f, 0x8b, 8, 0, 0, 0]],
    ['UTF-16', [0xff, 0xfe, 0x3c, 0]],
  ])('%s is the wrong page', (_, start) => {
    expect(errorOf(() => parsePageBytes(new Uint8Array(start))).type).toBe('WrongPage');
  });
});

test('the parser has a version', () => {
  expect(PARSER_VERSION).toMatch(/^kworb-\d+$/);
});
