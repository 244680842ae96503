/** Numbers to pixels. */

export interface Domain {
  readonly low: number;
  readonly high: number;
}

/** From a number to where it stands. */
export type Scale = (value: number) => number;

/** Beyond this a number stands at the edge, and nearer to 0 it is 0: differences and shares of two must be numbers. */
const MAX_MAGNITUDE = 1e150;
const LEAST_MAGNITUDE = 1e-150;
/** Numbers that differ by less, as a share of their size, are drawn as equal. */
const LEAST_SHARE = 1e-6;

/** The number where it can be drawn; null for what is no number. */
export function drawable(value: number | null | undefined): number | null {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (Math.abs(value) < LEAST_MAGNITUDE) return 0;
  return Math.min(MAX_MAGNITUDE, Math.max(-MAX_MAGNITUDE, value));
}

/**
 * From the least to the greatest, with room on both sides; around a number that stands alone.
 *
 * @param values drawable
 * @param paddingShare of the range, on each side
 */
export function domainOf(values: readonly number[], paddingShare: number): Domain {
  if (values.length === 0) return { low: 0, high: 1 };
  const { low, high } = extentOf(values);
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low <= size * LEAST_SHARE) {
    const room = size === 0 ? 1 : size / 2;
    return { low: low - room, high: high + room };
  }
  const room = (high - low) * paddingShare;
  return { low: low - room, high: high + room };
}

/** The least and the greatest. @param values one at least */
export function extentOf(values: readonly number[]): Domain {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

/** @param from where the low end stands, in pixels; `to` where the high end does */
export function linearScale({ low, high }: Domain, from: number, to: number): Scale {
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}
