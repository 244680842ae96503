import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  parseCount,
  parseMovement,
  parsePositiveCount,
  parseSignedCount,
  parseTimes,
} from '../../../sources/kworb/cells.ts';

const wholeNumber = fc.nat({ max: Number.MAX_SAFE_INTEGER });

describe('counts', () => {
  test.each([
    ['0', 0],
    ['7', 7],
    ['2053', 2053],
    ['1,234', 1234],
    ['351,699,533', 351_699_533],
    ['9,007,199,254,740,991', Number.MAX_SAFE_INTEGER],
  ])('%s', (text, value) => {
    expect(parseCount(text)).toBe(value);
  });

  test.each([
    '',
    ' ',
    '-1',
    '+1',
    '01',
    '0,123',
    '1,23',
    '1,2345',
    '12,34',
    ',123',
    '1,234,',
    '1,,234',
    '1234,567',
    '1.5',
    '1 234',
    '１２',
    '1e3',
    '0x10',
    'NaN',
    '--',
    '9,007,199,254,740,992',
    '99999999999999999999999',
  ])('"%s" is refused', (text) => {
    expect(parseCount(text)).toBeNaN();
  });

  test('every whole number is read, with commas and without', () => {
    fc.assert(
      fc.property(wholeNumber, (value) => {
        expect(parseCount(String(value))).toBe(value);
        expect(parseCount(value.toLocaleString('en-US'))).toBe(value);
      }),
    );
  });

  test('no other text is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9,+\-. x()]{1,12}$/), (text) => {
        const value = parseCount(text);
        if (!Number.isNaN(value)) expect([String(value), value.toLocaleString('en-US')]).toContain(text);
      }),
    );
  });

  test('0 is no rank', () => {
    expect(parsePositiveCount('0')).toBeNaN();
    expect(parsePositiveCount('200')).toBe(200);
  });
});

describe('changes', () => {
  test.each([
    ['+3,955', 3955],
    ['-4,638', -4638],
    ['+1', 1],
    ['0', 0],
    ['+0', 0],
    ['-0', 0],
  ])('%s', (text, value) => {
    expect(parseSignedCount(text)).toBe(value);
  });

  test.each(['', '3,955', '+', '-', '+-1', '--1', '−5', '+ 5', '+01', '='])('"%s" is refused', (text) => {
    expect(parseSignedCount(text)).toBeNaN();
  });
});

describe('times at peak', () => {
  test.each([
    ['(x1)', 1],
    ['(x777)', 777],
    ['(x1,001)', 1001],
    ['(x1001)', 1001],
  ])('%s', (text, value) => {
    expect(parseTimes(text)).toBe(value);
  });

  test.each(['', '(x)', '(x0)', 'x3', '(3)', '(x-1)', '(x3', '(X3)', '(x 3)', '(x?)'])('"%s" is refused', (text) => {
    expect(parseTimes(text)).toBeNaN();
  });
});

describe('movements', () => {
  test.each([
    ['=', 0],
    ['+3', 3],
    ['-147', -147],
    ['NEW', 'new'],
    ['RE', 're-entry'],
  ])('%s', (text, value) => {
    expect(parseMovement(text)).toBe(value);
  });

  test.each(['', '0', '+0', '3', 'new', 're', 'RE ', '==', '+x'])('"%s" is refused', (text) => {
    expect(parseMovement(text)).toBeNull();
  });
});
