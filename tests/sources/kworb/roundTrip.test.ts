/** parse ∘ render = identity, for pages of every kind, whatever their names hold and however their columns stand. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePage, parsePageBytes } from '../../../sources/kworb/parsePage.ts';
import { arbitraryPage } from './arbitraryPages.ts';
import { renderPage } from './renderPages.ts';

test('a rendered page is read as it was', () => {
  fc.assert(
    fc.property(arbitraryPage(), ({ page, rendering }) => {
      expect(parsePage(renderPage(page, rendering))).toEqual(page);
    }),
    { numRuns: 1500 },
  );
});

test('line ends and a byte order mark do not matter', () => {
  fc.assert(
    fc.property(arbitraryPage(), ({ page, rendering }) => {
      const html = renderPage(page, rendering).replaceAll('\n', '\r\n');
      const bytes = new TextEncoder().encode(`\ufeff${html}`);
      expect(parsePageBytes(bytes)).toEqual(page);
    }),
    { numRuns: 200 },
  );
});
