/** Round marks along an axis, for numbers of any size. */
import { roundTicks, type Tick } from '../pictures/ticks.ts';
import type { Domain } from './scale.ts';

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
/** Written out from this to that power of ten; smaller and larger ones as powers. */
const PLAIN_EXPONENTS = { least: -4, greatest: 5 } as const;
const COUNT_UNITS = ['', 'k', 'M', 'B', 'T'] as const;
/** Between powers of ten, where few of these are in sight. */
const MANTISSAS = [1, 2, 5] as const;

/** At most `maxMarks`, in even steps. */
export function linearMarks({ low, high }: Domain, maxMarks: number): Tick[] {
  const size = Math.max(Math.abs(low), Math.abs(high));
  const exponent = size === 0 ? 0 : Math.floor(Math.log10(size));
  if (exponent >= PLAIN_EXPONENTS.least && exponent <= PLAIN_EXPONENTS.greatest) return roundTicks(low, high, maxMarks);
  const power = 10 ** exponent;
  return roundTicks(low / power, high / power, maxMarks).map(({ value, label }) => ({
    value: value * power,
    label: value === 0 ? '0' : `${label}·${powerOfTen(exponent)}`,
  }));
}

/** The same for what is counted: no mark lies between two. */
export function wholeMarks(domain: Domain, maxMarks: number): Tick[] {
  const marks = linearMarks(domain, maxMarks).filter(({ value }) => Number.isInteger(value));
  return marks.map(({ value, label }) => ({ value, label: label.replace(/\.0+$/, '') }));
}

/**
 * On an axis of log10: powers of ten; where few are in sight, 2 and 5 between them.
 *
 * @param labelOf of a number by its first digit and its power of ten
 */
export function logMarks(
  { low, high }: Domain,
  maxMarks: number,
  labelOf: (mantissa: number, exponent: number) => string,
): Tick[] {
  const first = Math.floor(low);
  const numDecades = Math.ceil(high) - first + 1;
  const every = Math.max(1, Math.ceil((high - low) / Math.max(1, maxMarks - 1)));
  const mantissas = (high - low) * MANTISSAS.length <= maxMarks ? MANTISSAS : ([1] as const);
  return Array.from({ length: numDecades }, (_, index) => first + index)
    .filter((exponent) => exponent % every === 0)
    .flatMap((exponent) =>
      mantissas.map((mantissa) => ({
        value: exponent + Math.log10(mantissa),
        label: labelOf(mantissa, exponent),
      })),
    )
    .filter(({ value }) => value >= low && value <= high);
}

/** `0.02`, `5`, `1,000`, `2·10⁻⁷`. */
export function plainLabel(mantissa: number, exponent: number): string {
  if (exponent < PLAIN_EXPONENTS.least || exponent > PLAIN_EXPONENTS.greatest) {
    return mantissa === 1 ? powerOfTen(exponent) : `${mantissa}·${powerOfTen(exponent)}`;
  }
  const numDecimals = Math.max(0, -exponent);
  return (mantissa * 10 ** exponent).toLocaleString('en-US', { minimumFractionDigits: numDecimals });
}

/** `500`, `10k`, `2M`. */
export function countLabel(mantissa: number, exponent: number): string {
  const unit = Math.min(COUNT_UNITS.length - 1, Math.max(0, Math.floor(exponent / 3)));
  return `${Number((mantissa * 10 ** (exponent - 3 * unit)).toPrecision(3))}${COUNT_UNITS[unit]}`;
}

/** @param maxDigits that tell one number from the next */
export function shortNumber(value: number, maxDigits = 3): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    const [mantissa = '', exponent = '0'] = value.toExponential(maxDigits - 1).split('e');
    return `${mantissa}·${powerOfTen(Number(exponent))}`.replace('-', '−');
  }
  return String(Number(value.toPrecision(maxDigits))).replace('-', '−');
}

function powerOfTen(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)] ?? '').join('');
  return `10${exponent < 0 ? '⁻' : ''}${digits}`;
}
