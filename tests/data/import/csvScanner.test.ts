import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvScanner, type MalformedReason, splitRecord } from '../../../data/import/csvScanner.ts';

interface Scanned {
  readonly records: { line: number; fields: string[]; isStandard: boolean }[];
  readonly malformed: { line: number; reason: MalformedReason; text: string }[];
}

/** Scans bytes that come in blocks of these sizes (the last one repeats). */
function scan(
  bytes: Uint8Array,
  numColumns: number | null,
  blockSizes: readonly number[] = [1 << 20],
  numHeaderRecords = 0,
) {
  const found: Scanned = { records: [], malformed: [] };
  const scanner = new CsvScanner(
    { delimiter: 0x2c, numColumns, numHeaderRecords },
    {
      record: (block, start, end, line, isStandard) =>
        found.records.push({ line, fields: splitRecord(block, start, end, 0x2c), isStandard }),
      malformed: (reason, block, start, end, line) =>
        found.malformed.push({ line, reason, text: new TextDecoder().decode(block.subarray(start, end)) }),
    },
  );
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = blockSizes[Math.min(index, blockSizes.length - 1)] ?? 1;
    scanner.push(bytes.subarray(at, at + size));
    at += size;
  }
  scanner.end();
  return found;
}

const scanText = (text: string, numColumns: number | null = null) => scan(new TextEncoder().encode(text), numColumns);
const fieldsOf = (text: string) => scanText(text).records.map(({ fields }) => fields);

describe('records', () => {
  it('are quoted as RFC 4180 has it', () => {
    expect(fieldsOf('1,"a ""b"", c",\n2,"x\r\ny",z')).toEqual([
      ['1', 'a "b", c', ''],
      ['2', 'x\r\ny', 'z'],
    ]);
  });

  it('may end in LF, CRLF or CR, after a byte order mark, with blank lines between', () => {
    expect(scanText('\ufeffa,b\r\n\r\nc,d\re,f\n\n').records).toEqual([
      { line: 1, fields: ['a', 'b'], isStandard: true },
      { line: 3, fields: ['c', 'd'], isStandard: true },
      { line: 4, fields: ['e', 'f'], isStandard: true },
    ]);
  });

  it('start on the line they are said to, after fields of several lines', () => {
    expect(scanText('"a\nb",1\n"c\r\n\r\nd",2\ne,3\n').records.map(({ line }) => line)).toEqual([1, 3, 6]);
  });

  it('may have a quote within an unquoted field, which stands for itself', () => {
    expect(scanText('5,12" Mix,x').records).toEqual([{ line: 1, fields: ['5', '12" Mix', 'x'], isStandard: false }]);
  });
});

describe('what is not sound costs one line', () => {
  it('a quote that is never closed', () => {
    expect(scanText('a,b\n1,"open\n2,c\n3,d\n', 2)).toEqual({
      records: [
        { line: 1, fields: ['a', 'b'], isStandard: true },
        { line: 3, fields: ['2', 'c'], isStandard: true },
        { line: 4, fields: ['3', 'd'], isStandard: true },
      ],
      malformed: [{ line: 2, reason: 'bad-quoting', text: '1,"open' }],
    });
  });

  it('a quote that the next quoted field seems to close', () => {
    const { records, malformed } = scanText('1,"open\n2,"good"\n3,d\n', 2);
    expect(records.map(({ fields }) => fields)).toEqual([
      ['2', 'good'],
      ['3', 'd'],
    ]);
    expect(malformed).toEqual([{ line: 1, reason: 'bad-quoting', text: '1,"open' }]);
  });

  it('too few or too many columns', () => {
    expect(scanText('1,2,3\n1,2\n1,2,3,4\n"a\nb",2\n4,5,6\n', 3)).toEqual({
      records: [
        { line: 1, fields: ['1', '2', '3'], isStandard: true },
        { line: 6, fields: ['4', '5', '6'], isStandard: true },
      ],
      malformed: [
        { line: 2, reason: 'wrong-column-count', text: '1,2' },
        { line: 3, reason: 'wrong-column-count', text: '1,2,3,4' },
        { line: 4, reason: 'wrong-column-count', text: '"a' },
        { line: 5, reason: 'wrong-column-count', text: 'b",2' },
      ],
    });
  });

  it('bytes that are no UTF-8, and NUL', () => {
    const { records, malformed } = scan(Buffer.from('a,\xe9\nb,c\nd,\0\n', 'latin1'), 2);
    expect(records.map(({ fields }) => fields)).toEqual([['b', 'c']]);
    expect(malformed).toEqual([
      { line: 1, reason: 'bad-encoding', text: 'a,\ufffd' },
      { line: 3, reason: 'bad-encoding', text: 'd,\0' },
    ]);
  });

  it('a quote that is open for more than a record can be long', () => {
    const tail = Array.from({ length: 40_000 }, (_, index) => `${index},${'x'.repeat(40)}\n`).join('');
    const { records, malformed } = scan(new TextEncoder().encode(`1,"open\n${tail}`), 2, [1 << 16]);
    expect(malformed).toEqual([{ line: 1, reason: 'bad-quoting', text: '1,"open' }]);
    expect(records).toHaveLength(40_000);
    expect(records.at(-1)?.line).toBe(40_001);
  });

  it('a line that is longer than a record can be', () => {
    const { records, malformed } = scan(new TextEncoder().encode(`a,${'x'.repeat(3 << 20)}\nb,c\n`), 2, [1 << 16]);
    expect(records.map(({ line, fields }) => [line, fields])).toEqual([[2, ['b', 'c']]]);
    expect(malformed.map(({ line, reason }) => [line, reason])).toEqual([[1, 'bad-quoting']]);
    expect(malformed[0]?.text.length).toBeLessThanOrEqual((1 << 20) + (1 << 16));
  });
});

/** Fields with all that makes CSV hard; a lone CR only inside quotes. */
const field = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', '\r\n', 'a', ' ', 'é', '打', '\ufeff', '🎵') }),
);
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

function written(fields: readonly string[], quoteAll: boolean): string {
  return fields.map((text) => (quoteAll || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',');
}

describe('any CSV file', () => {
  const rows = fc.array(fc.record({ fields: fc.array(field, { minLength: 3, maxLength: 3 }), quoteAll: fc.boolean() }));
  const blockSizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });

  it('gives back the fields that were written, whatever the blocks it comes in', () => {
    fc.assert(
      fc.property(rows, lineEnd, fc.boolean(), fc.boolean(), blockSizes, (some, end, hasMark, endsInLineEnd, sizes) => {
        const clean = some.filter(({ fields }) => fields.every((text) => !text.includes('\0')));
        const lines = clean.map(({ fields, quoteAll }) => written(fields, quoteAll));
        const text = `${hasMark ? '\ufeff' : ''}${lines.join(end)}${endsInLineEnd ? end : ''}`;
        const startsWithMark = !hasMark && text.startsWith('\ufeff');
        fc.pre(!startsWithMark);
        const { records, malformed } = scan(new TextEncoder().encode(text), 3, sizes);
        expect(malformed).toEqual([]);
        expect(records.map(({ fields }) => fields)).toEqual(clean.map(({ fields }) => fields));
        expect(records.every(({ isStandard }) => isStandard)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('whatever its bytes: each non-blank line is in a record or put aside, and blocks make no difference', () => {
    const bytes = fc.array(fc.constantFrom(0x22, 0x2c, 0x0a, 0x0d, 0x61, 0xc3, 0xa9, 0x00), { maxLength: 80 });
    fc.assert(
      fc.property(bytes, blockSizes, (raw, sizes) => {
        const whole = scan(Uint8Array.from(raw), 2);
        expect(scan(Uint8Array.from(raw), 2, sizes)).toEqual(whole);
        const found = [...whole.records, ...whole.malformed].map(({ line }) => line);
        expect(new Set(found).size).toBe(found.length);
        const lines = Buffer.from(raw)
          .toString('latin1')
          .split(/\r\n|\n|\r/);
        const starts = new Set(found);
        const covered = whole.records.flatMap(({ line, fields }) => {
          const numInside = fields.join(',').split(/\r\n|\n|\r/).length - 1;
          return Array.from({ length: numInside + 1 }, (_, index) => line + index);
        });
        for (const [index, text] of lines.entries()) {
          if (text !== '') expect(starts.has(index + 1) || covered.includes(index + 1)).toBe(true);
        }
      }),
      { numRuns: 1_000, examples: [[[0x22, 0x22, 0x61, 0x22], [1]]] },
    );
  });
});
