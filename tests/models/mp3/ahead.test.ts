/** Forecasts many weeks ahead: what training hides, what decoding takes for unseen, and where a forecast starts from. */
import { gather, ones, tensor1d, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { disposeTree } from '../../../models/compile/tree.ts';
import { createMp3Decoder } from '../../../models/mp3/decode.ts';
import type { HurdleForecast } from '../../../models/mp3/heads.ts';
import { hideWeeks } from '../../../models/mp3/hide.ts';
import { mp3Forward } from '../../../models/mp3/mp3.ts';
import { randomKey } from '../../../models/training/random.ts';
import { relativeError, useTensorflow } from '../tensorflow.ts';
import { inputsOf, plainWeeks, randomParameters, SMALL } from './fixtures.ts';

useTensorflow();

const NUM_TRACKS = 3;
const HIDDEN_SHARE = 0.75;

/** How many weeks of each of many tracks are told, by a key of the seed. */
function numsTold(seed: number, numTracks: number, numWeeks: number): number[] {
  const key = randomKey(seed, 0);
  const told = tidy(() => hideWeeks(ones([numTracks, numWeeks]), HIDDEN_SHARE, key).arraySync() as number[][]);
  key.dispose();
  for (const row of told) expect(row).toEqual([...row].sort((a, b) => b - a));
  return told.map((row) => row.reduce((sum, value) => sum + value, 0));
}

test('training tells a quarter of the tracks all weeks, the others their first: often none, few more often than many', () => {
  const [numTracks, numWeeks] = [2_000, 104];
  const told = numsTold(1, numTracks, numWeeks);
  const share = (isWanted: (count: number) => boolean): number => told.filter(isWanted).length / numTracks;
  expect(Math.min(...told)).toBe(0);
  expect(Math.abs(share((count) => count === numWeeks) - 0.25)).toBeLessThan(0.04);
  // Of three quarters: u² ln 105 below ln 2, below ln 3, and below ln 12.
  expect(Math.abs(share((count) => count === 0) - 0.29)).toBeLessThan(0.04);
  expect(Math.abs(share((count) => count === 1) - 0.075)).toBeLessThan(0.03);
  expect(Math.abs(share((count) => count <= 10) - 0.55)).toBeLessThan(0.04);
  expect(numsTold(1, 50, numWeeks)).toEqual(numsTold(1, 50, numWeeks));
  expect(numsTold(2, 50, numWeeks)).not.toEqual(numsTold(1, 50, numWeeks));
});

test('hidden weeks that were not seen stay unseen', () => {
  const key = randomKey(1, 0);
  expect(
    tidy(() =>
      hideWeeks(zerosLike(ones([4, 9])), HIDDEN_SHARE, key)
        .dataSync()
        .every((value) => value === 0),
    ),
  ).toBe(true);
  key.dispose();
});

test('decoding without a key is one look ahead from the observed weeks: the decoder with all others unseen', () => {
  const numObserved = [1, 4, 17];
  const weeks = plainWeeks(NUM_TRACKS, SMALL, 3);
  const hidden = weeks.seen.map((row, track) => row.map((seen, week) => (week < (numObserved[track] ?? 0) ? seen : 0)));
  const parameters = randomParameters(SMALL);
  const inputs = inputsOf(weeks, SMALL);
  const hiddenInputs = inputsOf({ ...weeks, seen: hidden }, SMALL);
  const decoder = createMp3Decoder(SMALL);
  const decoding = decoder.decode(parameters, { ...inputs, numObserved });
  const ahead = tidy(() => mp3Forward(parameters, SMALL, hiddenInputs) as HurdleForecast);
  const { quantiles_BTQ, onChartLogit_BT } = decoding.forecast as HurdleForecast;
  expect(relativeError(quantiles_BTQ.dataSync(), ahead.quantiles_BTQ.dataSync())).toBeLessThan(1e-5);
  expect(relativeError(onChartLogit_BT.dataSync(), ahead.onChartLogit_BT.dataSync())).toBeLessThan(1e-5);
  disposeTree({ decoding, ahead, parameters, inputs, hiddenInputs });
  decoder.dispose();
});

test('a decoder that has learned nothing forecasts the last level on the chart, also past weeks off it and unseen', () => {
  const weeks = {
    seen: [[1, 1, 1, 0, 1, 1]],
    onChart: [[1, 0, 1, 1, 0, 1]],
    streams: [[0.5, 9, -1, 9, 9, 2]],
  };
  const config = { ...SMALL, numWeeks: 6 };
  const parameters = randomParameters(config, 1, 0);
  const inputs = inputsOf(weeks, config);
  const forecast = tidy(() => mp3Forward(parameters, config, inputs) as HurdleForecast);
  const medians = tidy(() => gather(forecast.quantiles_BTQ, tensor1d([2], 'int32'), 2).dataSync());
  expect([...medians]).toEqual([0, 0.5, 0.5, -1, -1, -1]);
  disposeTree({ forecast, parameters, inputs });
});
