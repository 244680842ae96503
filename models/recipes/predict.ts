/** Trained weights and plain numbers in, plain numbers out: MP2's targets, MP3's forecasts. For whoever knows no tensors. */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { compile } from '../compile/compile.ts';
import { disposeTree, type TensorTree } from '../compile/tree.ts';
import { createMp3Decoder } from '../mp3/decode.ts';
import type { Mp3Forecast } from '../mp3/heads.ts';
import { mp3Shapes } from '../mp3/names.ts';
import { disposeParameters, type Parameters } from '../parameters.ts';
import { compilePrediction } from '../training/task.ts';
import { loadParameters } from '../weights/tensors.ts';
import { mp2Parts, mp3Parts, type PlainBatch } from './batchTensors.ts';
import { decoderConfigOf, encoderOf, mp2TaskOf, mp3TaskOf } from './networks.ts';
import type { Recipe } from './recipe.ts';

export interface Mp2Predictor {
  /** Standardised targets, example by example: see MP2_TARGETS. */
  predict(batch: PlainBatch): Float32Array;
  dispose(): void;
}

/** @throws ChartlifeError InvalidInput where the weights are damaged or not the recipe's */
export async function openMp2Predictor(recipe: Recipe, weightsPath: string): Promise<Mp2Predictor> {
  const task = mp2TaskOf(recipe);
  const parameters = await loadParameters(weightsPath, task.shapes);
  const graph = compilePrediction(task);
  return {
    predict(batch) {
      const parts = mp2Parts(batch, recipe, 1);
      try {
        const prediction = graph({ parameters, input: { x_BTF: parts[0]?.x_BTF as Tensor3D } });
        const values = Float32Array.from(prediction.targets_B2.dataSync());
        disposeTree(prediction);
        return values;
      } finally {
        disposeTree(parts);
      }
    },
    dispose() {
      graph.dispose();
      disposeParameters(parameters);
    },
  };
}

/** Of some examples, one after the other, each week after week. */
export interface WeeklyForecast {
  /** P(on chart); of a point head 0 or 1. */
  readonly onChart: Float32Array;
  /** Of the streams given on the chart, as the weeks' streams are told: one per level, ascending; a point head's one. */
  readonly quantiles: Float32Array;
  readonly numLevels: number;
}

export interface Mp3Forecaster {
  /** @param numObserved per example, weeks from the debut that are told; later ones are not looked at */
  forecast(batch: PlainBatch, numObserved: readonly number[]): WeeklyForecast;
  dispose(): void;
}

type EncodeInput = { readonly parameters: Parameters; readonly x_BTF: Tensor3D };

/**
 * @param numRegions of the data set that the weights were trained on
 * @throws ChartlifeError InvalidInput where the weights are damaged or not the recipe's
 */
export async function openMp3Forecaster(
  recipe: Recipe,
  weightsPath: string,
  numRegions: number,
): Promise<Mp3Forecaster> {
  const encoder = encoderOf(recipe);
  const config = decoderConfigOf(recipe, numRegions);
  const all = await loadParameters(weightsPath, mp3TaskOf(recipe, numRegions).shapes);
  const named = (names: Readonly<Record<string, unknown>>): Parameters =>
    Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(names, name)));
  const [ofEncoder, ofDecoder] = [named(encoder.shapes), named(mp3Shapes(config))];
  const encode = compile(
    ({ parameters, x_BTF }: EncodeInput): Tensor2D => encoder.encode(parameters, x_BTF, undefined),
  );
  const decoder = createMp3Decoder(config);
  return {
    forecast(batch, numObserved) {
      const parts = mp3Parts(batch, recipe, 1);
      const { x_BTF, ...weeks } = parts[0] as (typeof parts)[number];
      const made: TensorTree[] = [...parts];
      try {
        const encoder_BE = encode({ parameters: ofEncoder, x_BTF });
        made.push(encoder_BE);
        const decoding = decoder.decode(ofDecoder, { ...weeks, encoder_BE, numObserved });
        made.push(decoding);
        return plainForecast(decoding.forecast);
      } finally {
        disposeTree(made);
      }
    },
    dispose() {
      encode.dispose();
      decoder.dispose();
      disposeParameters(all);
    },
  };
}

function plainForecast(forecast: Mp3Forecast): WeeklyForecast {
  if ('point_BT' in forecast) {
    const quantiles = Float32Array.from(forecast.point_BT.dataSync());
    return { onChart: quantiles.map((value) => Number(value > 0)), quantiles, numLevels: 1 };
  }
  return {
    onChart: Float32Array.from(forecast.onChartLogit_BT.dataSync(), (logit) => 1 / (1 + Math.exp(-logit))),
    quantiles: Float32Array.from(forecast.quantiles_BTQ.dataSync()),
    numLevels: forecast.quantiles_BTQ.shape[2],
  };
}
