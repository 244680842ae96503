/** The gradient of a plain function in float64, by central differences. */
export function numericGradient(f: (x: readonly number[]) => number, x: readonly number[], step = 1e-5): number[] {
  return x.map((value, index) => (f(x.with(index, value + step)) - f(x.with(index, value - step))) / (2 * step));
}
