/** The small CSV reader behind the map of a folder. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvDelimiter, readCsv } from '../../../sources/previews/csv.ts';

const cellsOf = (text: string, delimiter: CsvDelimiter = ','): (readonly string[])[] =>
  readCsv(text, delimiter).records.map(({ cells }) => cells);

describe('readCsv', () => {
  it.each<[string, CsvDelimiter, string[][]]>([
    [
      'a,b\nc,d',
      ',',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      '\uFEFFa,b\r\nc,d\r\n',
      ',',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a;b\rc;d\r',
      ';',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a\t"b\tc"\n', '\t', [['a', 'b\tc']]],
    ['"a,b", "c ""d""" ,e', ',', [['a,b', 'c "d"', 'e']]],
    ['12" mix.mp3,x', ',', [['12" mix.mp3', 'x']]],
    [' a , b ', ',', [['a', 'b']]],
    [
      'a,\n,b\n,',
      ',',
      [
        ['a', ''],
        ['', 'b'],
      ],
    ],
    ['\n\na\n\n', ',', [['a']]],
    ['""', ',', []],
    ['', ',', []],
    ['\uFEFF', ',', []],
  ])('%j by %j', (text, delimiter, expected) => {
    expect(readCsv(text, delimiter).brokenLine).toBeNull();
    expect(cellsOf(text, delimiter)).toEqual(expected);
  });

  it('knows the lines of its records, also after a cell of several', () => {
    const { records } = readCsv('a\r\n"b\r\nb\nb"\r\n\r\nc\n', ',');
    expect(records.map(({ line }) => line)).toEqual([1, 2, 6]);
  });

  it('goes through millions of quotation marks in one cell', () => {
    const { records, brokenLine } = readCsv(`a,"${'""'.repeat(8_000_000)}"\nb`, ',');
    expect(brokenLine).toBeNull();
    expect(records.map(({ cells }) => cells.map((cell) => cell.length))).toEqual([[1, 8_000_000], [1]]);
  });

  it('a cell that goes on behind its marks is taken as it stands, if it does not begin with one', () => {
    expect(cellsOf(' "Heroes" (live),b')).toEqual([['"Heroes" (live)', 'b']]);
  });

  it.each([
    ['a\n"b,c\nd', 2],
    ['a,b\nc,"d" e\n', 2],
  ])('%j is broken on line %i', (text, line) => {
    expect(readCsv(text, ',').brokenLine).toBe(line);
  });

  it('reads what was written', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', ' b') }).map((text) => text.trim());
    const table = fc.array(fc.array(cell, { minLength: 1 }), { minLength: 1 });
    const written = (rows: string[][], end: string): string =>
      rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(',')).join(end);
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n', '\r'), (rows, end) => {
        expect(cellsOf(written(rows, end))).toEqual(rows.filter((row) => row.some((text) => text !== '')));
      }),
    );
  });

  it('ends for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ') }), (text) => {
        readCsv(text, ',');
      }),
    );
  });
});
