/** Forecasts as text: a track's weeks to come, or the new tracks beside each other. */
import type { ForecastWeek, TrackForecast } from '../../contracts/runRows.ts';
import { count, plural } from './numbers.ts';
import type { Styles } from './styles.ts';
import { renderTable } from './textTable.ts';

/** Weeks from the debut that are shown of a track: near ones closely, far ones from quarter to quarter. */
const SHOWN_WEEKS = [0, 1, 2, 3, 4, 6, 8, 10, 13, 17, 21, 26, 39, 52, 65, 78, 91, 103] as const;
/** Of a list, beside each other. */
const LISTED_WEEKS = [4, 13, 26, 52] as const;

export interface NamedForecast extends TrackForecast {
  readonly title: string | null;
}

export function renderForecast(
  forecast: NamedForecast,
  quantileLevels: readonly number[],
  width: number,
  styles: Styles,
): string[] {
  const { title, trackId, region, debut, numObserved, isSynthetic, weeks } = forecast;
  const [low, high] = [quantileLevels[0] as number, quantileLevels.at(-1) as number];
  const shown = SHOWN_WEEKS.filter((week) => week >= numObserved && week < numObserved + weeks.length);
  return [
    `${styles.bold(title ?? trackId)}  ${region}, debut ${debut}, told ${plural(numObserved, 'week')}${isSynthetic ? styles.yellow('  synthetic sound') : ''}`,
    ...renderTable(
      [
        { header: 'week', align: 'right' },
        { header: 'on the chart', align: 'right' },
        { header: 'streams a week', align: 'right' },
        ...(quantileLevels.length > 1 ? [{ header: rangeHeader(low, high), align: 'right' as const }] : []),
      ],
      shown.map((week) => {
        const own = weeks[week - numObserved] as ForecastWeek;
        return [
          String(week),
          percent(own.onChart),
          streams(medianOf(own, quantileLevels)),
          `${streams(own.log10Streams[0] as number)} to ${streams(own.log10Streams.at(-1) as number)}`,
        ];
      }),
      { width, indent: 2, styleHeader: styles.dim },
    ),
  ];
}

export function renderForecasts(
  forecasts: readonly NamedForecast[],
  quantileLevels: readonly number[],
  width: number,
  styles: Styles,
): string[] {
  const cellAt = ({ numObserved, weeks }: NamedForecast, week: number): string => {
    const own = weeks[week - numObserved];
    return own === undefined
      ? ''
      : `${percent(own.onChart).padStart(5)} ${streams(medianOf(own, quantileLevels)).padStart(5)}`;
  };
  return renderTable(
    [
      { header: 'track', canShrink: true },
      { header: 'region' },
      { header: 'debut' },
      { header: 'told', align: 'right' },
      ...LISTED_WEEKS.map((week) => ({ header: `week ${week}`, align: 'right' as const })),
    ],
    forecasts.map((forecast) => [
      forecast.title ?? forecast.trackId,
      forecast.region,
      forecast.debut,
      String(forecast.numObserved),
      ...LISTED_WEEKS.map((week) => cellAt(forecast, week)),
    ]),
    { width, styleHeader: styles.dim },
  );
}

function medianOf({ log10Streams }: ForecastWeek, levels: readonly number[]): number {
  return log10Streams[levels.indexOf(0.5)] as number;
}

function rangeHeader(low: number, high: number): string {
  return `${Math.round(100 * (high - low))} % are within`;
}

function percent(probability: number): string {
  return `${Math.round(100 * probability)} %`;
}

/** `840`, `12k`, `1.2M`. */
export function streams(log10Streams: number): string {
  const value = Math.round(10 ** log10Streams);
  if (value >= 999_500) return `${(value / 1e6).toFixed(value < 9.95e6 ? 1 : 0)}M`;
  if (value >= 1_000) return `${Math.round(value / 1_000)}k`;
  return count(Math.round(value));
}
