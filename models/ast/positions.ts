/**
 * Position embeddings of one grid of patches, brought to another: what lets weights that were trained on one length of
 * sound take another. Done once, when weights are loaded, on plain numbers.
 */
import { numElementsOf } from '../parameters.ts';
import type { StoredTensor } from '../weights/safetensors.ts';

/** Tokens run row by row. An AST's rows are mel bins and its columns time; timm's the other way round. */
export interface PositionGrid {
  readonly numRows: number;
  readonly numColumns: number;
}

/** How to fill one axis of `to` places from one of `from`: for each place, weights of neighbours from `first` on. */
type AxisRule = (from: number, to: number) => readonly AxisPlace[];

interface AxisPlace {
  readonly first: number;
  readonly weights: readonly number[];
}

/**
 * `original`: AST's own (Gong et al. 2021, github.com/YuanGongND/ast): the centre of a larger axis is cut out, a smaller one is
 * stretched bilinearly, without aligned corners. `timm`: resample_abs_pos_embed of timm 1.0: bicubic, antialiased.
 */
export type PositionRule = 'original' | 'timm';

/**
 * @param positions_1ND [1, prefix + rows · columns, D]
 * @param numPrefixTokens that stand before the grid and are kept: 2 of an AST, 1 of timm's
 * @throws RangeError where the tokens are not those of `from`, or the values not those of the shape
 */
export function interpolatePositions(
  positions_1ND: StoredTensor,
  numPrefixTokens: number,
  from: PositionGrid,
  to: PositionGrid,
  rule: PositionRule,
): StoredTensor {
  const [, numTokens, D = 0] = positions_1ND.shape;
  if (numTokens !== numPrefixTokens + from.numRows * from.numColumns) {
    throw new RangeError(`${numTokens} tokens are not ${numPrefixTokens} and ${from.numRows} x ${from.numColumns}`);
  }
  const { values: given, shape } = positions_1ND;
  if (given.length !== numElementsOf(shape)) throw new RangeError(`${given.length} values for [${shape.join(', ')}]`);
  const axisRule = rule === 'original' ? cutOrStretch : bicubic;
  const prefix = given.subarray(0, numPrefixTokens * D);
  const grid = Float64Array.from(given.subarray(prefix.length));
  const wide = alongAxis(grid, from.numRows, from.numColumns, D, axisRule(from.numColumns, to.numColumns));
  const resized = alongAxis(wide, 1, from.numRows, to.numColumns * D, axisRule(from.numRows, to.numRows));
  const values = new Float32Array(prefix.length + resized.length);
  values.set(prefix);
  values.set(resized, prefix.length);
  return { shape: [1, numPrefixTokens + to.numRows * to.numColumns, D], values };
}

/** The middle axis of [outer, middle, inner], replaced by `places`. */
function alongAxis(
  values: Float64Array,
  numOuter: number,
  numMiddle: number,
  numInner: number,
  places: readonly AxisPlace[],
): Float64Array {
  const out = new Float64Array(numOuter * places.length * numInner);
  for (let outer = 0; outer < numOuter; outer++) {
    for (const [place, { first, weights }] of places.entries()) {
      const target = (outer * places.length + place) * numInner;
      for (const [offset, weight] of weights.entries()) {
        const source = (outer * numMiddle + first + offset) * numInner;
        for (let inner = 0; inner < numInner; inner++) {
          out[target + inner] = (out[target + inner] as number) + weight * (values[source + inner] as number);
        }
      }
    }
  }
  return out;
}

const cutOrStretch: AxisRule = (from, to) => (to <= from ? cutCentre(from, to) : bilinear(from, to));

const cutCentre: AxisRule = (from, to) => {
  const start = Math.floor(from / 2) - Math.floor(to / 2);
  return Array.from({ length: to }, (_, place) => ({ first: start + place, weights: [1] }));
};

/** Places are rounded to float32 as PyTorch's are: the weights were trained on those. */
const bilinear: AxisRule = (from, to) =>
  Array.from({ length: to }, (_, place) => {
    const centre = Math.max(0, Math.fround(Math.fround(from / to) * (place + 0.5) - 0.5));
    const first = Math.min(Math.floor(centre), from - 1);
    const share = centre - first;
    return first === from - 1 ? { first, weights: [1] } : { first, weights: [1 - share, share] };
  });

/** Of Keys' cubic kernel (1981): PyTorch's antialiased resize takes Pillow's value. */
const CUBIC_SHARPNESS = -0.5;
const CUBIC_RADIUS = 2;

/** The kernel is as wide as the pace through the source, where that is more than one. */
const bicubic: AxisRule = (from, to) => {
  const pace = from / to;
  const width = Math.max(1, pace);
  return Array.from({ length: to }, (_, place) => {
    const centre = pace * (place + 0.5);
    const first = Math.max(0, Math.floor(centre - CUBIC_RADIUS * width + 0.5));
    const end = Math.min(from, Math.floor(centre + CUBIC_RADIUS * width + 0.5));
    const raw = Array.from({ length: end - first }, (_, offset) => cubic((first + offset + 0.5 - centre) / width));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: raw.map((weight) => weight / total) };
  });
};

function cubic(distance: number): number {
  const x = Math.abs(distance);
  const a = CUBIC_SHARPNESS;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < CUBIC_RADIUS) return ((x - 5) * x + 8) * x * a - 4 * a;
  return 0;
}
