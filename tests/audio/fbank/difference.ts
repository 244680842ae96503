/** How far a matrix of log-energies is from a reference, in the measures that the tolerances are stated in. */

export interface Difference {
  /** Of exp(log), relative to the frame's largest. */
  readonly linear: number;
  /** Of the logarithms, in bins within 80 dB of the frame's largest. */
  readonly logNearMaximum: number;
  /** Of the logarithms, over all cells. */
  readonly mean: number;
  readonly maximum: number;
  /** The cell with the largest difference of logarithms, for people. */
  readonly worstCell: string;
}

/** 80 dB as a difference of natural logarithms of energy. */
const NEAR_MAXIMUM = 8 * Math.LN10;

type Values = Float32Array | Float64Array;

export function difference(actual: Values, reference: Values, numMelBins: number): Difference {
  let linear = 0;
  let logNearMaximum = 0;
  let sum = 0;
  let maximum = -1;
  let worst = 0;
  for (let row = 0; row < reference.length; row += numMelBins) {
    const loudest = Math.max(...reference.subarray(row, row + numMelBins));
    for (let cell = row; cell < row + numMelBins; cell++) {
      const a = actual[cell]!;
      const r = reference[cell]!;
      const apart = Math.abs(a - r);
      sum += apart;
      linear = Math.max(linear, Math.abs(Math.exp(a - loudest) - Math.exp(r - loudest)));
      if (r >= loudest - NEAR_MAXIMUM) logNearMaximum = Math.max(logNearMaximum, apart);
      // A cell that is no number must not pass for equal.
      if (!(apart <= maximum)) {
        maximum = apart;
        worst = cell;
      }
    }
  }
  const frame = Math.floor(worst / numMelBins);
  const worstCell = `frame ${frame} bin ${worst % numMelBins}: ${actual[worst]} for ${reference[worst]}`;
  return { linear, logNearMaximum, mean: sum / reference.length, maximum, worstCell };
}

export function describeDifference(name: string, d: Difference): string {
  const parts = [`max ${d.maximum.toExponential(1)}`, `mean ${d.mean.toExponential(1)}`];
  const near = `within 80 dB ${d.logNearMaximum.toExponential(1)}`;
  return `${name}: linear ${d.linear.toExponential(1)}, ${near}, ${parts.join(', ')}; worst ${d.worstCell}`;
}
