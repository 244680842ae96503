/** A noisy curve's course. */

const LEAST_SPAN = 9;

/** So many values are averaged: a fiftieth of what there is, or of a few values all. */
export function smoothingSpan(numValues: number): number {
  return Math.max(1, Math.min(LEAST_SPAN, numValues), Math.round(numValues / 50));
}

/**
 * The exponential moving average, each value counting 1 - 2 / (span + 1) of the one after it, divided by the weights so far:
 * the first values are not drawn towards zero (as Adam corrects its moments: Kingma and Ba 2015).
 *
 * @param values finite
 * @param span 1 leaves them as they are
 */
export function smooth(values: readonly number[], span: number): number[] {
  const kept = 1 - 2 / (span + 1);
  let mean = 0;
  let weight = 0;
  return values.map((value) => {
    weight = kept * weight + (1 - kept);
    mean += ((1 - kept) / weight) * (value - mean);
    return mean;
  });
}
