/** The way in: a page's text or bytes to typed rows. */
import type { ParsedPage } from '../../contracts/pages.ts';
import { parseArtistSongsPage } from './artistSongsPage.ts';
import { parseChartPage } from './chartPage.ts';
import type { PageHints, PageIdentity } from './identifyPage.ts';
import { identifyPage } from './identifyPage.ts';
import { pageTruncated, wrongPage } from './pageErrors.ts';
import { readPage } from './pageReader.ts';
import type { PageReading } from './pageReading.ts';
import { parseRegionsPage } from './regionsPage.ts';
import { parseTotalsPage } from './totalsPage.ts';
import { parseTrackPage } from './trackPage.ts';

export type { PageHints } from './identifyPage.ts';

/** Raised whenever the output for any page changes, so that archived pages are known to want parsing again. */
export const PARSER_VERSION: string = 'kworb-1';

/**
 * Parses a page of any kind. Kind, region and date are the page's own; a hint fills what the page lacks.
 *
 * @throws ChartlifeError
 *   - WrongPage: none of kworb's Spotify pages, or another than the hints say;
 *   - LayoutChanged: headers or cells are not as known; message and details say which, with a difference of headers;
 *   - PageTruncated: the page ends before its table does;
 *   - InvalidInput: the page has lost its head, and the hints do not make up for it.
 */
export function parsePage(html: string, hints: PageHints = {}): ParsedPage {
  const reading = readPage(html);
  return parseKind(reading, identifyPage(reading, hints), hints);
}

/**
 * As {@link parsePage}, from UTF-8 with or without a byte order mark.
 *
 * @throws ChartlifeError also WrongPage if the bytes are not UTF-8, and PageTruncated if they end inside a character.
 */
export function parsePageBytes(bytes: Uint8Array, hints: PageHints = {}): ParsedPage {
  return parsePage(decodeUtf8(bytes, hints.source ?? 'the page'), hints);
}

function parseKind(reading: PageReading, identity: PageIdentity, hints: PageHints): ParsedPage {
  switch (identity.kind) {
    case 'daily':
    case 'weekly':
      return parseChartPage(reading, identity, identity.kind);
    case 'daily-totals':
      return parseTotalsPage(reading, identity, 'daily');
    case 'weekly-totals':
      return parseTotalsPage(reading, identity, 'weekly');
    case 'track':
      return parseTrackPage(reading, identity, hints);
    case 'artist-songs':
      return parseArtistSongsPage(reading, identity, hints);
    case 'regions':
      return parseRegionsPage(reading, identity);
  }
}

function decodeUtf8(bytes: Uint8Array, source: string): string {
  const text = tryDecode(bytes, false);
  if (text !== null) return text;
  if (tryDecode(bytes, true) !== null) throw pageTruncated(source, 'the page ends inside a character');
  const offset = numValidBytes(bytes);
  throw wrongPage(source, `the page is not UTF-8, which kworb's pages are: byte ${offset} fits no character`, {
    offset,
  });
}

/** null if the bytes are not UTF-8. With `mayEndInside`, they may end inside a character. */
function tryDecode(bytes: Uint8Array, mayEndInside: boolean): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: mayEndInside });
  } catch {
    return null;
  }
}

/** How many bytes at the start are UTF-8. */
function numValidBytes(bytes: Uint8Array): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = Math.floor((valid + invalid) / 2);
    if (tryDecode(bytes.subarray(0, middle), true) === null) invalid = middle;
    else valid = middle;
  }
  return valid;
}
