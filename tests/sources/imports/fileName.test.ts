import { describe, expect, it } from 'vitest';
import { factsOfFileName } from '../../../sources/imports/fileName.ts';

describe('factsOfFileName', () => {
  it.each([
    ['regional-global-weekly-2016-12-29.csv', 'weekly', 'global', ['2016-12-29'], null],
    ['regional-us-daily-2020-01-01.csv', 'daily', 'us', ['2020-01-01'], null],
    ['regional-global-weekly-2016-12-23--2016-12-30.csv', 'weekly', 'global', ['2016-12-23', '2016-12-30'], null],
    ['regional-us-daily-2020-01-01 (1).csv', 'daily', 'us', ['2020-01-01'], null],
    ['REGIONAL-GB-DAILY-2020-01-01.CSV.GZ', 'daily', 'gb', ['2020-01-01'], null],
    ['viral-global-daily-2022-01-06.csv', 'daily', 'global', ['2022-01-06'], 'viral'],
    ['viral50-global-daily-2022-01-06.csv', 'daily', 'global', ['2022-01-06'], 'viral50'],
    ['city-chicago-weekly-2022-01-06.csv', 'weekly', null, ['2022-01-06'], 'city'],
    ['us_daily_2017_2019.parquet', 'daily', 'us', [], null],
    ['explore_lt_daily_DIRTY.csv', 'daily', 'lt', [], null],
    ['hipster_weekly_ae.csv', 'weekly', null, [], null],
    ['regional-global-weekly-latest.csv', 'weekly', 'global', [], null],
    ['regional-my-daily-2020-01-01.csv', 'daily', 'my', ['2020-01-01'], null],
    ['in_weekly_2020-01-02.csv', 'weekly', 'in', ['2020-01-02'], null],
    ['my_daily.csv', 'daily', null, [], null],
    ['charts for no daily.csv', 'daily', null, [], null],
    ['2020-01-01.csv', null, null, ['2020-01-01'], null],
    ['2020-02-30.csv', null, null, [], null],
    ['daily-and-weekly.csv', null, null, [], null],
    ['charts.csv', null, null, [], null],
    ['id-12020-01-013.csv', null, null, [], null],
  ])('%s', (fileName, kind, region, dates, otherFamily) => {
    expect(factsOfFileName(fileName)).toEqual({ kind, region, dates, otherFamily });
  });
});
