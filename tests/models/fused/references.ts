/** The fused ops' math in float64, written for the eye. Rows lie one after the other. */
import type { Values } from './values.ts';

export function layerNormReference(x: Values, dy: Values, width: number, epsilon: number) {
  const normalized = new Float64Array(x.length);
  const dx = new Float64Array(x.length);
  for (let first = 0; first < x.length; first += width) {
    const row = Array.from(x.subarray(first, first + width));
    const mean = meanOf(row);
    const scale = 1 / Math.sqrt(meanOf(row.map((value) => (value - mean) ** 2)) + epsilon);
    const y = row.map((value) => (value - mean) * scale);
    const gradient = Array.from(dy.subarray(first, first + width));
    const along = meanOf(gradient.map((value, at) => value * (y[at] as number)));
    const meanGradient = meanOf(gradient);
    for (let at = 0; at < width; at++) {
      normalized[first + at] = y[at] as number;
      dx[first + at] = scale * ((gradient[at] as number) - meanGradient - (y[at] as number) * along);
    }
  }
  return { normalized, dx };
}

/** x · Φ(x) and its slope. */
export function geluReference(x: number): { readonly y: number; readonly slope: number } {
  const density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  const cdf = x < 0 ? tailOf(-x, density) : 1 - tailOf(x, density);
  return { y: x * cdf, slope: cdf + x * density };
}

/** 1 - Φ(x) for x >= 0: a series near 0, a continued fraction far from it (Abramowitz and Stegun 26.2.11 and 26.2.14). */
function tailOf(x: number, density: number): number {
  if (x > 3) {
    let fraction = x;
    for (let depth = 200; depth > 0; depth--) fraction = x + depth / fraction;
    return density / fraction;
  }
  let term = x;
  let sum = x;
  for (let odd = 3; odd < 150; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 - density * sum;
}

export interface AttentionSizes {
  readonly numExamples: number;
  readonly numQueries: number;
  readonly numKeys: number;
  readonly numHeads: number;
  /** Of one head. */
  readonly width: number;
  readonly scale: number;
  readonly causal: boolean;
}

/** q, dy: [examples, queries, heads · width]; k, v: [examples, keys, heads · width]. */
export function attentionReference(q: Values, k: Values, v: Values, dy: Values, sizes: AttentionSizes) {
  const { numExamples, numQueries, numKeys, numHeads, width, scale, causal } = sizes;
  const results = {
    mixed: new Float64Array(q.length),
    logSumExp: new Float64Array(numExamples * numHeads * numQueries),
    dq: new Float64Array(q.length),
    dk: new Float64Array(k.length),
    dv: new Float64Array(v.length),
  };
  const dot = (a: Values, atA: number, b: Values, atB: number): number => {
    let sum = 0;
    for (let column = 0; column < width; column++) sum += (a[atA + column] as number) * (b[atB + column] as number);
    return sum;
  };
  const addTo = (to: Float64Array, atTo: number, factor: number, from: Values, atFrom: number): void => {
    for (let column = 0; column < width; column++) {
      to[atTo + column] = (to[atTo + column] as number) + factor * (from[atFrom + column] as number);
    }
  };
  for (let headOfAll = 0; headOfAll < numExamples * numHeads; headOfAll++) {
    const example = Math.floor(headOfAll / numHeads);
    const column = (headOfAll % numHeads) * width;
    const placeOf = (row: number, numRows: number): number => (example * numRows + row) * numHeads * width + column;
    for (let query = 0; query < numQueries; query++) {
      const atQuery = placeOf(query, numQueries);
      const keys = Array.from({ length: causal ? query + 1 : numKeys }, (_, key) => placeOf(key, numKeys));
      const scores = keys.map((atKey) => scale * dot(q, atQuery, k, atKey));
      const largest = Math.max(...scores);
      const logSum = largest + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0));
      results.logSumExp[headOfAll * numQueries + query] = logSum;
      const shares = scores.map((score) => Math.exp(score - logSum));
      for (const [key, share] of shares.entries()) {
        addTo(results.mixed, atQuery, share, v, keys[key] as number);
      }
      const along = dot(dy, atQuery, results.mixed, atQuery);
      for (const [key, share] of shares.entries()) {
        const atKey = keys[key] as number;
        const dScore = scale * share * (dot(dy, atQuery, v, atKey) - along);
        addTo(results.dq, atQuery, dScore, k, atKey);
        addTo(results.dk, atKey, dScore, q, atQuery);
        addTo(results.dv, atKey, share, dy, atQuery);
      }
    }
  }
  return results;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
