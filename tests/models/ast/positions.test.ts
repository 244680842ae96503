/** Positions on another grid, against the original AST's rule and timm's. */
import { describe, expect, it } from 'vitest';
import { interpolatePositions, type PositionGrid } from '../../../models/ast/positions.ts';
import { goldenTensors, largestDifference, stored } from './golden.ts';

const TOLERANCE = 1e-5;

describe("the original's rule", () => {
  const golden = goldenTensors('pos_interp.safetensors');
  const positions = stored(golden, 'pos_in_12x101_d4');
  const from: PositionGrid = { numRows: 12, numColumns: 101 };
  const grids = [...golden.keys()].filter((name) => name.startsWith('pos_out_')).map((name) => name.slice(8));

  it('is tested on every grid of the vectors', () => expect(grids).toHaveLength(5));

  it.each(grids)('to %s', (grid) => {
    const [numRows = 0, numColumns = 0] = grid.split('x').map(Number);
    const expected = stored(golden, `pos_out_${grid}`);
    const actual = interpolatePositions(positions, 2, from, { numRows, numColumns }, 'original');
    expect(actual.shape).toEqual(expected.shape);
    expect(largestDifference(actual.values, expected.values)).toBeLessThanOrEqual(TOLERANCE);
  });

  it('refuses values that are not those of the shape', () => {
    const { shape, values } = positions;
    const cut = { shape, values: values.subarray(1) };
    expect(() => interpolatePositions(cut, 2, from, from, 'original')).toThrow(/4855 values for \[1, 1214, 4\]/);
  });

  it('leaves a grid of the same size as it is', () => {
    expect(interpolatePositions(positions, 2, from, from, 'original').values).toEqual(positions.values);
  });

  it('cuts the centre out of DeiT’s 24 x 24 and stretches it beyond', () => {
    const numbers = { shape: [1, 1 + 24 * 24, 1], values: Float32Array.from({ length: 577 }, (_, index) => index - 1) };
    const { values } = interpolatePositions(
      numbers,
      1,
      { numRows: 24, numColumns: 24 },
      { numRows: 12, numColumns: 5 },
      'original',
    );
    expect([...values.slice(0, 7)]).toEqual([-1, 154, 155, 156, 157, 158, 178]);
    const wide = interpolatePositions(
      numbers,
      1,
      { numRows: 24, numColumns: 24 },
      { numRows: 24, numColumns: 48 },
      'original',
    );
    expect([...wide.values.slice(0, 5)]).toEqual([-1, 0, 0.25, 0.75, 1.25]);
  });
});

describe("timm's rule", () => {
  const golden = goldenTensors('timm_pos_resample.safetensors');
  const from: PositionGrid = { numRows: 14, numColumns: 14 };

  it('to 175 x 8: wider one way, narrower the other', () => {
    const expected = stored(golden, 'out');
    const actual = interpolatePositions(stored(golden, 'in'), 1, from, { numRows: 175, numColumns: 8 }, 'timm');
    expect(actual.shape).toEqual(expected.shape);
    expect(largestDifference(actual.values, expected.values)).toBeLessThanOrEqual(TOLERANCE);
  });
});

it('refuses another number of tokens than the grid has', () => {
  const positions = { shape: [1, 10, 1], values: new Float32Array(10) };
  const grid = { numRows: 3, numColumns: 3 };
  expect(() => interpolatePositions(positions, 2, grid, grid, 'original')).toThrow('10 tokens are not 2 and 3 x 3');
});
