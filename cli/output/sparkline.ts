/** A curve in one line of text. */

const HEIGHTS = '▁▂▃▄▅▆▇█';

/** The curve from left to right in at most `width` characters, each the mean of its stretch; empty for no values. */
export function sparkline(values: readonly number[], width: number): string {
  const numBars = Math.min(width, values.length);
  const bars = Array.from({ length: numBars }, (_, bar) => {
    const from = Math.floor((bar * values.length) / numBars);
    const to = Math.floor(((bar + 1) * values.length) / numBars);
    return values.slice(from, to).reduce((sum, value) => sum + value / (to - from), 0);
  });
  const [low, high] = [Math.min(...bars), Math.max(...bars)];
  const top = HEIGHTS.length - 1;
  return bars.map((value) => HEIGHTS[high > low ? Math.round(((value - low) / (high - low)) * top) : 0]).join('');
}
