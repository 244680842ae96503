/** The names and shapes of MP3's parameters, less its encoder's. They are in checkpoints and never change. */
import type { ParameterShapes } from '../parameters.ts';
import { type Mp3Config, NUM_WEEKS_OF_YEAR } from './config.ts';

const PREFIX = 'decoder.';

/** `week`, `positions`, `weekOfYear` and `region` are tables with a row per entry; the rest have `.weight` and `.bias`. */
export const MP3_NAMES = {
  week: `${PREFIX}embeddings.week`,
  positions: `${PREFIX}embeddings.positions`,
  weekOfYear: `${PREFIX}embeddings.week_of_year`,
  region: `${PREFIX}embeddings.region`,
  encoder: `${PREFIX}embeddings.encoder`,
  extrinsic: `${PREFIX}embeddings.extrinsic`,
  norm: `${PREFIX}norm`,
  onChart: `${PREFIX}heads.on_chart`,
  quantiles: `${PREFIX}heads.quantiles`,
  level: `${PREFIX}heads.level`,
  point: `${PREFIX}heads.point`,
} as const;

/**
 * What a token is told of the week before it: the rows of the table `week`. The level is log10 streams of the last week on
 * the chart up to then, 0 before the first; with a point head of the week itself, 0 off the chart.
 */
export const WEEK_FEATURES = ['start', 'unseen', 'off chart', 'on chart', 'level'] as const;
export type WeekFeature = (typeof WEEK_FEATURES)[number];

/** Where the parts of one layer are: each has a `.weight` and a `.bias`. */
export interface Mp3LayerNames {
  readonly normBefore: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
  readonly normAfter: string;
  readonly up: string;
  readonly down: string;
}

/** @param layer from 0 */
export function mp3LayerNames(layer: number): Mp3LayerNames {
  const prefix = `${PREFIX}layers.${layer}.`;
  return {
    normBefore: `${prefix}norm_before`,
    query: `${prefix}attention.query`,
    key: `${prefix}attention.key`,
    value: `${prefix}attention.value`,
    output: `${prefix}attention.output`,
    normAfter: `${prefix}norm_after`,
    up: `${prefix}mlp.up`,
    down: `${prefix}mlp.down`,
  };
}

/** Of the whole decoder; a matrix of a linear map has a row per output. */
export function mp3Shapes(config: Mp3Config): ParameterShapes {
  const { hiddenSize: D, mlpSize: H, head } = config;
  const affine = (name: string, ...shape: number[]): [string, number[]][] => [
    [`${name}.weight`, shape],
    [`${name}.bias`, [shape[0] as number]],
  ];
  const layers = Array.from({ length: config.numLayers }, (_, layer) => {
    const names = mp3LayerNames(layer);
    return [
      ...affine(names.normBefore, D),
      ...[names.query, names.key, names.value, names.output].flatMap((name) => affine(name, D, D)),
      ...affine(names.normAfter, D),
      ...affine(names.up, H, D),
      ...affine(names.down, D, H),
    ];
  });
  return Object.fromEntries([
    [MP3_NAMES.week, [WEEK_FEATURES.length, D]],
    [MP3_NAMES.positions, [config.numWeeks, D]],
    [MP3_NAMES.weekOfYear, [NUM_WEEKS_OF_YEAR, D]],
    [MP3_NAMES.region, [config.numRegions, D]],
    ...affine(MP3_NAMES.encoder, D, config.encoderSize),
    ...(config.numExtrinsic > 0 ? affine(MP3_NAMES.extrinsic, D, config.numExtrinsic) : []),
    ...layers.flat(),
    ...affine(MP3_NAMES.norm, D),
    ...(head.kind === 'point'
      ? affine(MP3_NAMES.point, 1, D)
      : [
          ...affine(MP3_NAMES.onChart, 1, D),
          ...affine(MP3_NAMES.quantiles, head.quantileLevels.length, D),
          ...affine(MP3_NAMES.level, 1, D),
        ]),
  ]);
}
