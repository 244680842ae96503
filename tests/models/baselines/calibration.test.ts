/** How sure forecasts are, on weeks whose answer is known. */
import { expect, test } from 'vitest';
import { WEEK_STATE } from '../../../contracts/dataset.ts';
import { type BandForecast, calibrationByHorizon, shareOnChart } from '../../../models/baselines/calibration.ts';

const { on, off, unseen } = WEEK_STATE;
const series = {
  states: Uint8Array.of(on, on, off, unseen, on, on),
  log10Streams: Float32Array.of(6, 5, 0, 0, 4, 3),
};
const forecast: BandForecast = {
  series,
  onChart: Float32Array.of(0, 0.5, 0.5, 0, 1, 0),
  shareOnChart: Float32Array.of(1, 1, 1, 1, 1, 1),
  low: Float32Array.of(0, 5, 0, 0, 4.5, 2),
  high: Float32Array.of(1, 5.5, 1, 1, 5, 4),
};

test('counts weeks that were seen and not given; the ends of a band are in it', () => {
  const [all, near, next] = calibrationByHorizon([forecast], 1);
  expect(all).toEqual({
    ...{ horizon: 'all', numSeen: 4, numOnChart: 3 },
    ...{ brier: (0.25 + 0.25 + 0 + 1) / 4, brierOfShare: 1 / 4, coverage: 2 / 3 },
  });
  expect(near).toMatchObject({ horizon: '1-4', numSeen: 3, numOnChart: 2, brierOfShare: 1 / 3, coverage: 1 / 2 });
  expect(next).toMatchObject({ horizon: '5-13', numSeen: 1, brier: 1, coverage: 1 });
});

test('told nothing, the debut counts too; of no week nothing is known', () => {
  const [all, debut] = calibrationByHorizon([forecast], 0);
  expect(all?.numSeen).toBe(5);
  expect(debut).toEqual({ horizon: '0', numSeen: 1, numOnChart: 1, brier: 1, brierOfShare: 0, coverage: 0 });
  expect(calibrationByHorizon([forecast], 6)[0]).toEqual({
    ...{ horizon: 'all', numSeen: 0, numOnChart: 0, brier: null, brierOfShare: null, coverage: null },
  });
});

test('the share on the chart is of the series of which a week is known', () => {
  const other = { ...series, states: Uint8Array.of(on, off, on, unseen, unseen, on) };
  expect([...shareOnChart([series, other])]).toEqual([1, 0.5, 0.5, 0, 1, 1]);
});
