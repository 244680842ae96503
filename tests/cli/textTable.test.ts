import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth, padEnd, truncate } from '../../cli/output/displayWidth.ts';
import { renderTable } from '../../cli/output/textTable.ts';

describe('display width', () => {
  it.each([
    ['', 0],
    ['Dai Dai', 7],
    ['打上花火', 8],
    ['한국어', 6],
    ['ｱｲｳ', 3],
    ['Beyoncé', 7],
    ['Beyonce\u0301', 7],
    ['שלום', 4],
    ['\u200Bhidden\u200E', 6],
    ['🔥', 2],
    ['👩‍👩‍👧', 2],
    ['\x1b[31mred\x1b[39m', 3],
  ])('of %s is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it('is never more than asked for after a cut, and what is cut is marked', () => {
    return fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, width) => {
        const cut = truncate(text, width);
        expect(displayWidth(cut)).toBeLessThanOrEqual(width);
        if (displayWidth(text) <= width) expect(cut).toBe(text);
        else expect(cut.endsWith('…')).toBe(true);
      }),
    );
  });

  it('is what padding fills up', () => {
    expect(padEnd('打上', 6)).toBe('打上  ');
  });
});

describe('a table', () => {
  const columns = [
    { header: 'rank', align: 'right' as const },
    { header: 'title', canShrink: true },
    { header: 'none' },
    { header: 'streams', align: 'right' as const },
  ];
  const rows = [
    ['1', '打上花火', '', '4,326,239'],
    ['200', 'Sunflower - Spider-Man: Into the Spider-Verse', '', '2,442'],
  ];

  it('aligns, and leaves out a column that nobody fills', () => {
    expect(renderTable(columns, rows, { width: 200 })).toEqual([
      'rank  title                                            streams',
      '   1  打上花火                                       4,326,239',
      ' 200  Sunflower - Spider-Man: Into the Spider-Verse      2,442',
    ]);
  });

  it('cuts only what may shrink, to fit', () => {
    const lines = renderTable(columns, rows, { width: 40 });
    expect(lines).toEqual([
      'rank  title                      streams',
      '   1  打上花火                 4,326,239',
      ' 200  Sunflower - Spider-Man…      2,442',
    ]);
  });

  it('keeps the header of an empty table', () => {
    expect(renderTable(columns, [], { width: 80 })).toEqual(['rank  title  none  streams']);
  });
});
