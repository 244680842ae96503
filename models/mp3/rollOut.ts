/** The loop of the cached autoregression, and the state that goes around in it. */
import {
  concat,
  mul,
  reshape,
  scalar,
  slice,
  type Tensor2D,
  type Tensor3D,
  tensor1d,
  zeros,
} from '@tensorflow/tfjs-core';
import type { CompiledStep } from '../compile/compile.ts';
import { disposeTree } from '../compile/tree.ts';
import type { Parameters } from '../parameters.ts';
import { foldIn, type RandomKey } from '../training/random.ts';
import type { KeysAndValues } from './causal.ts';
import type { Mp3Config } from './config.ts';
import { previousFeatures } from './embed.ts';
import type { Mp3Forecast } from './heads.ts';
import type { Mp3Track } from './inputs.ts';
import { mp3FromFeatures } from './mp3.ts';
import { WEEK_FEATURES, type WeekFeature } from './names.ts';
import type { LayerCache, StepInput, StepOutput } from './step.ts';

/** Of the cache: a week is written by copying one block, not all weeks. 104 weeks are 8 of them. */
const WEEKS_PER_BLOCK = 13;

export type PrefillInput = {
  readonly parameters: Parameters;
  readonly track: Mp3Track;
  /** Of the weeks before, for as many tokens as there are weeks of the year. */
  readonly previous_BTS: Tensor3D;
};

export type PrefillOutput = { readonly forecast: Mp3Forecast; readonly layers: readonly KeysAndValues[] };

export interface DecodeGraphs {
  readonly prefill: CompiledStep<PrefillInput, PrefillOutput>;
  readonly step: CompiledStep<StepInput, StepOutput>;
}

/** Some weeks, one after the other. */
export type Mp3Decoding = {
  /** Of each week from those before it, as they were or as they were taken to be. */
  readonly forecast: Mp3Forecast;
  /** What each week was, where observed, and what it was taken to be where not: P(on chart), or a draw of 0 or 1. */
  readonly onChart_BT: Tensor2D;
  /** Of a week on the chart: as observed, the median or a draw; standardised. 0 where observed off the chart. */
  readonly streams_BT: Tensor2D;
};

export interface RollOutOptions {
  readonly parameters: Parameters;
  readonly track: Mp3Track;
  /** Features of the weeks themselves. */
  readonly observed_BTS: Tensor3D;
  readonly numObserved: readonly number[];
  readonly key: RandomKey | null;
}

/** Many weeks at once, where all tracks are given with all of them. */
export function prefill(config: Mp3Config, { parameters, previous_BTS, track }: PrefillInput): PrefillOutput {
  const layers: KeysAndValues[] = [];
  const onKeysAndValues = (kept: KeysAndValues): unknown => layers.push(kept);
  return { forecast: mp3FromFeatures(parameters, config, previous_BTS, track, { onKeysAndValues }), layers };
}

/** Call it in a tidy: what it gives and what it leaves lives until then, except each week's cache. */
export function rollOut(graphs: DecodeGraphs, config: Mp3Config, options: RollOutOptions): Mp3Decoding[] {
  const { observed_BTS, numObserved, key, parameters, track } = options;
  const [B, T, S] = observed_BTS.shape;
  const numKnown = Math.floor(Math.min(T, ...numObserved) / WEEKS_PER_BLOCK) * WEEKS_PER_BLOCK;
  const known = numKnown === 0 ? null : knownWeeks(graphs, options, numKnown);
  const spans = known === null ? [] : [known.span];
  if (numKnown === T) return spans;
  const numObserved_B = tensor1d([...numObserved], 'int32');
  let layers = firstCaches(config, B, known?.layers ?? null);
  let previous_BS: Tensor2D = reshape(slice(previousFeatures(observed_BTS), [0, numKnown, 0], [B, 1, S]), [B, S]);
  for (let week = numKnown; week < T; week++) {
    const place = (week - numKnown) % WEEKS_PER_BLOCK;
    if (place === 0 && week > numKnown) layers = layers.map(withBlockInPast);
    const given = { parameters, track, observed_BTS, numObserved_B, previous_BS, layers };
    const weekOf = { week: scalar(week, 'int32'), place: scalar(place, 'int32') };
    const result = graphs.step({ ...given, ...weekOf, ...(key === null ? {} : { key: foldIn(key, week) }) });
    disposeTree([previous_BS, layers.map(({ recent }) => recent)]);
    layers = layers.map(({ past }, layer) => ({ past, recent: result.recent[layer] as KeysAndValues }));
    previous_BS = result.previous_BS;
    spans.push({
      forecast: result.forecast,
      onChart_BT: reshape(result.week.onChart_B, [B, 1]),
      streams_BT: reshape(result.week.streams_B, [B, 1]),
    });
  }
  return spans;
}

function knownWeeks(
  graphs: DecodeGraphs,
  { parameters, track, observed_BTS }: RollOutOptions,
  numKnown: number,
): { readonly span: Mp3Decoding; readonly layers: readonly KeysAndValues[] } {
  const [B, , S] = observed_BTS.shape;
  const feature = (name: WeekFeature): Tensor2D =>
    reshape(slice(observed_BTS, [0, 0, WEEK_FEATURES.indexOf(name)], [B, numKnown, 1]), [B, numKnown]);
  const { forecast, layers } = graphs.prefill({
    parameters,
    track: { ...track, weekOfYear_BT: slice(track.weekOfYear_BT, [0, 0], [B, numKnown]) },
    previous_BTS: slice(previousFeatures(observed_BTS), [0, 0, 0], [B, numKnown, S]),
  });
  const onChart_BT = feature('on chart');
  return { span: { forecast, onChart_BT, streams_BT: mul(onChart_BT, feature('level')) }, layers };
}

/** @param past null where no week went before */
function firstCaches(config: Mp3Config, B: number, past: readonly KeysAndValues[] | null): LayerCache[] {
  const { hiddenSize, numHeads, numLayers } = config;
  const empty = (numWeeks: number): KeysAndValues => ({
    keys_CTd: zeros([B * numHeads, numWeeks, hiddenSize / numHeads]),
    values_CTd: zeros([B * numHeads, numWeeks, hiddenSize / numHeads]),
  });
  return Array.from({ length: numLayers }, (_, layer) => ({
    past: past?.[layer] ?? empty(0),
    recent: empty(WEEKS_PER_BLOCK),
  }));
}

/** `recent` stays as it is: its weeks are written over, and those that are still old are masked. */
function withBlockInPast({ past, recent }: LayerCache): LayerCache {
  const joined = {
    keys_CTd: concat([past.keys_CTd, recent.keys_CTd], 1),
    values_CTd: concat([past.values_CTd, recent.values_CTd], 1),
  };
  disposeTree(past);
  return { past: joined, recent };
}
