/** What is fitted by region: a small one's is that of all. */
import { expect, test } from 'vitest';
import { WEEK_STATE } from '../../../contracts/dataset.ts';
import { BASELINES } from '../../../models/baselines/baselines.ts';
import { fitByRegion, LEAST_SERIES, type RegionSeries } from '../../../models/baselines/byRegion.ts';

const seriesOf = (region: string, ...weeks: number[]): RegionSeries => ({
  region,
  states: Uint8Array.from(weeks, () => WEEK_STATE.on),
  log10Streams: Float32Array.from(weeks),
});
const many = (count: number, series: RegionSeries): RegionSeries[] => Array<RegionSeries>(count).fill(series);
const [meanCurve] = BASELINES;

test('a region with enough series has its own curve; a smaller one, and one never seen, has that of all', () => {
  if (meanCurve === undefined) throw new Error('no baseline');
  const forecasterOn = (own: readonly RegionSeries[]) => {
    const ofRegion = fitByRegion(own, meanCurve.fit);
    return (series: RegionSeries, numObserved: number) => ofRegion(series.region)(series, numObserved);
  };
  const [large, small] = [seriesOf('us', 6, 5), seriesOf('jp', 3, 2)];
  const training = [...many(LEAST_SERIES, large), ...many(LEAST_SERIES - 1, small)];
  const forecast = forecasterOn(training);
  const ofAll = (LEAST_SERIES * 5 + (LEAST_SERIES - 1) * 2) / (2 * LEAST_SERIES - 1);
  expect([...forecast(seriesOf('us', 9, 9), 1)]).toEqual([9, 5]);
  expect(forecast(seriesOf('jp', 9, 9), 1)[1]).toBeCloseTo(ofAll, 5);
  expect(forecast(seriesOf('de', 9, 9), 1)[1]).toBeCloseTo(ofAll, 5);
  expect([...forecasterOn([...training, small])(seriesOf('jp', 9, 9), 1)]).toEqual([9, 2]);
});
