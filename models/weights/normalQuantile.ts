/** The normal distribution's quantile function: AS 241, PPND16 (Wichura 1988, Applied Statistics 37(3)), to 1e-16. */

const CENTRE = {
  above: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  below: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
} as const;
const TAIL = {
  above: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  below: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
} as const;
/** The algorithm's third range begins where exp(-25) of the distribution is left. */
const TAIL_END = 5;

/**
 * The number below which a share of `p` of a standard normal distribution lies.
 *
 * @param p above 1e-11 and below 1 - 1e-11: the far tails are left out
 * @throws RangeError for another
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  if (!(r <= TAIL_END)) throw new RangeError(`${p} is not within the distribution, less 1e-11 at its ends`);
  return Math.sign(q) * ratio(TAIL, r - 1.6);
}

function ratio({ above, below }: typeof CENTRE | typeof TAIL, x: number): number {
  return polynomial(above, x) / polynomial(below, x);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}
