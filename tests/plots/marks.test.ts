import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countLabel, linearMarks, logMarks, plainLabel, shortNumber, wholeMarks } from '../../plots/marks.ts';

const labels = (marks: readonly { readonly label: string }[]): string[] => marks.map(({ label }) => label);

test.each([
  [3.6, 7.1, ['10k', '100k', '1M', '10M']],
  [3.9, 6.1, ['10k', '20k', '50k', '100k', '200k', '500k', '1M']],
  [5.6, 6.4, ['500k', '1M', '2M']],
  [0, 12, ['1', '100', '10k', '1M', '100M', '10B', '1T']],
])('counts from 10^%d to 10^%d', (low, high, expected) => {
  expect(labels(logMarks({ low, high }, 9, countLabel))).toEqual(expected);
});

test('write small and large numbers as powers', () => {
  expect(labels(logMarks({ low: -6, high: 6 }, 5, plainLabel))).toEqual(['10⁻⁶', '0.001', '1', '1,000', '10⁶']);
  expect(labels(linearMarks({ low: 0, high: 3e-7 }, 4))).toEqual(['0', '1·10⁻⁷', '2·10⁻⁷', '3·10⁻⁷']);
  expect(labels(linearMarks({ low: 0, high: 30 }, 4))).toEqual(['0', '10', '20', '30']);
});

test('of what is counted lie on whole numbers', () => {
  expect(labels(wholeMarks({ low: -0.5, high: 1.5 }, 12))).toEqual(['0', '1']);
  expect(labels(wholeMarks({ low: 0, high: 20_000 }, 6))).toEqual(['0', '5,000', '10,000', '15,000', '20,000']);
});

test('are no more than were asked for and lie in the range', () => {
  const domain = fc.record({
    low: fc.double({ min: -150, max: 149, noNaN: true }),
    width: fc.double({ min: 0.01, max: 200, noNaN: true }),
  });
  fc.assert(
    fc.property(domain, fc.integer({ min: 2, max: 12 }), ({ low, width }, maxMarks) => {
      const marks = logMarks({ low, high: low + width }, maxMarks, plainLabel);
      expect(marks.length).toBeLessThanOrEqual(maxMarks + 1);
      expect(new Set(labels(marks)).size).toBe(marks.length);
      for (const { value } of marks) expect(value >= low && value <= low + width).toBe(true);
    }),
  );
});

test.each([
  [0, '0'],
  [0.123456, '0.123'],
  [-12.5, '−12.5'],
  [1_234, '1230'],
  [1.5e-7, '1.50·10⁻⁷'],
  [-2e9, '−2.00·10⁹'],
])('%d is short', (value, expected) => {
  expect(shortNumber(value)).toBe(expected);
});
