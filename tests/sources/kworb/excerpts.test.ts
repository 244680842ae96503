/** Every pair NAME.html + NAME.json in tests/golden/kworb/excerpts: what a page must give, or which error. */
import { describe, expect, test } from 'vitest';
import { PAGE_KINDS } from '../../../contracts/pages.ts';
import { parsePageBytes } from '../../../sources/kworb/parsePage.ts';
import { goldenExcerpts } from './goldenExcerpts.ts';
import { outcomeOf } from './outcome.ts';

const excerpts = goldenExcerpts();

describe('excerpts of real and hand-written pages', () => {
  test('there is one of every kind', () => {
    const kinds = excerpts.flatMap(({ expected }) => ('page' in expected ? expected.page.kind : []));
    expect([...new Set(kinds)].sort()).toEqual([...PAGE_KINDS].sort());
  });

  test.each(excerpts)('$name', ({ bytes, hints, expected }) => {
    expect(outcomeOf(() => parsePageBytes(bytes, hints))).toEqual(expected);
  });
});
