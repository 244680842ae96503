/** Pages cut, thinned out and scrambled: a typed error or the same rows, never other rows and never another throw. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePage, parsePageBytes } from '../../../sources/kworb/parsePage.ts';
import { arbitraryPage } from './arbitraryPages.ts';
import type { GoldenExcerpt } from './goldenExcerpts.ts';
import { goldenExcerpts } from './goldenExcerpts.ts';
import type { Outcome } from './outcome.ts';
import { outcomeOf } from './outcome.ts';
import { renderPage } from './renderPages.ts';

const excerpts = goldenExcerpts().filter(({ expected }) => 'page' in expected);

/** What a cut can be taken for: the head may be gone before anything says what the page was. */
const CUT_ERRORS = ['PageTruncated', 'InvalidInput', 'WrongPage'];

function typeOf(outcome: Outcome): string {
  return 'error' in outcome ? outcome.error.type : 'page';
}

function indexOfBytes(bytes: Uint8Array, text: string, from: 'first' | 'last'): number {
  const latin1 = Buffer.from(bytes).toString('latin1').toLowerCase();
  return from === 'first' ? latin1.indexOf(text) : latin1.lastIndexOf(text);
}

describe('cut after any byte', () => {
  test.each(excerpts)('$name', ({ bytes, hints, expected }) => {
    const tableStart = indexOfBytes(bytes, '<table', 'first');
    const tableEnd = indexOfBytes(bytes, '</table>', 'last') + '</table>'.length;
    for (let length = 0; length < bytes.length; length += 1) {
      const outcome = outcomeOf(() => parsePageBytes(bytes.subarray(0, length), hints));
      const place = `cut after ${length} of ${bytes.length} bytes`;
      if (length < tableEnd && length > tableStart) expect(typeOf(outcome), place).toBe('PageTruncated');
      else if ('page' in outcome) expect(outcome, place).toEqual(expected);
      else expect(CUT_ERRORS, place).toContain(outcome.error.type);
    }
  });
});

describe('a cut page of any kind', () => {
  test('gives the whole page or an error', () => {
    fc.assert(
      fc.property(arbitraryPage(), fc.double({ min: 0, max: 1, noNaN: true }), ({ page, rendering }, share) => {
        const bytes = new TextEncoder().encode(renderPage(page, rendering));
        const outcome = outcomeOf(() => parsePageBytes(bytes.subarray(0, Math.floor(bytes.length * share))));
        if ('page' in outcome) expect(outcome.page).toEqual(page);
        else expect(CUT_ERRORS).toContain(outcome.error.type);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('any one tag taken out', () => {
  test.each(excerpts)('$name', ({ bytes, hints, expected }) => {
    const html = new TextDecoder().decode(bytes);
    for (const tag of html.matchAll(/<\/?[a-z][^<>]*>/gi)) {
      const outcome = outcomeOf(() =>
        parsePage(html.slice(0, tag.index) + html.slice(tag.index + tag[0].length), hints),
      );
      // A track's or an artist's name may be lost with its markup; figures may not.
      if ('page' in outcome)
        expect(figuresOf(outcome), `without ${tag[0]} at ${tag.index}`).toEqual(figuresOf(expected));
    }
  });
});

describe('any one header or cell taken out', () => {
  test.each(excerpts)('$name', ({ bytes, hints, expected }) => {
    const html = new TextDecoder().decode(bytes);
    for (const cell of html.matchAll(/<(t[hd])\b[^>]*>.*?<\/\1>\s*/gis)) {
      const outcome = outcomeOf(() =>
        parsePage(html.slice(0, cell.index) + html.slice(cell.index + cell[0].length), hints),
      );
      if ('page' in outcome) expect(outcome, `without ${cell[0]} at ${cell.index}`).toEqual(expected);
    }
  });
});

/** All of a page but the names, and the id of the track that a track page is of: null where its link is gone. */
function figuresOf(outcome: Outcome): string {
  const isTrack = 'page' in outcome && outcome.page.kind === 'track';
  const names = isTrack ? /^(title|artistNames|trackId)$/ : /^(title|name|artistName)$/;
  return JSON.stringify(outcome, (key, value) => (names.test(key) ? '' : value));
}

describe('scrambled pages', () => {
  const SNIPPETS = [
    '<',
    '>',
    '</',
    '<td>',
    '</td>',
    '<tr>',
    '</tr>',
    '<table>',
    '</table>',
    '<a>',
    '</a>',
    '<!--',
    '-->',
    '<script>',
    '&',
    '&#0;',
    '"',
    '\0',
    '\r',
    '<th>',
    '</title>',
    '<title>',
    '<b>',
    '<span class="pagetitle">',
    '<![CDATA[',
  ];
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    numRemoved: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 400 })),
    inserted: fc.oneof(fc.constant(''), fc.constantFrom(...SNIPPETS), fc.string({ unit: 'binary', maxLength: 4 })),
  });

  test.each(excerpts)('$name never throws anything but a ChartlifeError', ({ bytes, hints }: GoldenExcerpt) => {
    const html = new TextDecoder().decode(bytes);
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const scrambled = edits.reduce((text, { at, numRemoved, inserted }) => {
          const index = Math.floor(text.length * at);
          return text.slice(0, index) + inserted + text.slice(index + numRemoved);
        }, html);
        outcomeOf(() => parsePage(scrambled, hints));
      }),
      { numRuns: 400 },
    );
  });

  test('any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const outcome = outcomeOf(() => parsePageBytes(bytes));
        expect(['WrongPage', 'PageTruncated']).toContain(typeOf(outcome));
      }),
      { numRuns: 2000 },
    );
  });
});
