/** Marks along an axis. */

export interface Tick {
  readonly value: number;
  readonly label: string;
}

const ROUND_STEPS = [1, 2, 5, 10] as const;
/** Of a step: a mark that rounding puts so far past the range's end is still in it. */
const SLACK = 1e-9;

/** Marks at round numbers (steps of 1, 2 or 5 times a power of ten) from `low` to `high`, at most `maxTicks`. */
export function roundTicks(low: number, high: number, maxTicks: number): Tick[] {
  const leastStep = (high - low) / Math.max(1, maxTicks - 1);
  if (!(leastStep > 0 && Number.isFinite(leastStep))) return [];
  const exponent = Math.floor(Math.log10(leastStep));
  const power = 10 ** exponent;
  const roundStep = ROUND_STEPS.find((candidate) => candidate * power >= leastStep * (1 - SLACK)) ?? 10;
  const numDecimals = Math.max(0, roundStep === 10 ? -exponent - 1 : -exponent);
  const step = roundStep * power;
  const first = Math.ceil(low / step - SLACK);
  const last = Math.floor(high / step + SLACK);
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const value = (first + index) * step;
    return { value, label: formatNumber(value, numDecimals) };
  });
}

function formatNumber(value: number, numDecimals: number): string {
  const text = value.toLocaleString('en-US', {
    minimumFractionDigits: numDecimals,
    maximumFractionDigits: numDecimals,
  });
  return text.replace('-', '−');
}
