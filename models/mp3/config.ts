/** The sizes of the decoder over weeks, and what it says of each week. */
import { ChartlifeError } from '../../contracts/errors.ts';

/** P(on chart) and quantiles of the streams given on the chart. */
export interface HurdleQuantileHead {
  readonly kind: 'hurdle-quantile';
  /** Ascending, between 0 and 1, with the median 0.5 among them. */
  readonly quantileLevels: readonly number[];
}

/** One number for a week, 0 off the chart: the original's. */
export interface PointHead {
  readonly kind: 'point';
}

export const HEAD_KINDS = ['hurdle-quantile', 'point'] as const satisfies readonly Mp3Config['head']['kind'][];

export interface Mp3Config {
  /** T: weeks from the debut, which is week 0. */
  readonly numWeeks: number;
  /** D. */
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly mlpSize: number;
  /** E: of the vector that stands for the sound. */
  readonly encoderSize: number;
  readonly numRegions: number;
  /** X: numbers on what surrounds the song; 0 for none. */
  readonly numExtrinsic: number;
  readonly head: HurdleQuantileHead | PointHead;
  /** Of the layer normalisations: added to the variance. */
  readonly epsilon: number;
  /** Of the tokens and of what each branch gives: the share of numbers set to 0 in training. */
  readonly dropoutRate: number;
}

/** ISO 8601's weeks, counted from 0: some years have 53. */
export const NUM_WEEKS_OF_YEAR = 53;
export const MEDIAN_LEVEL = 0.5;

/** @throws ChartlifeError InvalidInput where no model has this configuration */
export function checkMp3Config(config: Mp3Config): void {
  const { numExtrinsic, head, epsilon, dropoutRate, ...sizes } = config;
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isSafeInteger(size) || size < 1) throw refused(name, size, 'a whole number from 1');
  }
  if (!Number.isSafeInteger(numExtrinsic) || numExtrinsic < 0) {
    throw refused('numExtrinsic', numExtrinsic, 'a whole number from 0');
  }
  if (sizes.hiddenSize % sizes.numHeads !== 0) {
    throw refused('numHeads', sizes.numHeads, `a divisor of the hidden size, ${sizes.hiddenSize}`);
  }
  if (!(epsilon > 0)) throw refused('epsilon', epsilon, 'a number above 0');
  if (!(dropoutRate >= 0 && dropoutRate < 1)) throw refused('dropoutRate', dropoutRate, 'a number from 0 below 1');
  if (head.kind === 'hurdle-quantile') checkLevels(head.quantileLevels);
}

function checkLevels(levels: readonly number[]): void {
  const isAscending = levels.every((level, index) => level > (levels[index - 1] ?? 0) && level < 1);
  if (isAscending && levels.includes(MEDIAN_LEVEL)) return;
  throw refused(
    'quantileLevels',
    `[${levels.join(', ')}]`,
    `ascending between 0 and 1, with ${MEDIAN_LEVEL} among them`,
  );
}

function refused(name: string, value: number | string, wanted: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `MP3's ${name} is ${value}, not ${wanted}`, {
    next: 'Correct the model’s configuration in the recipe.',
    details: { name, value },
  });
}
