/** The columns of kworb's tables by the texts of their headers. Their order on a page does not matter. */
import type { ChartKind } from '../../contracts/charts.ts';

const CHART_COLUMNS = {
  rank: 'Pos',
  movement: 'P+',
  credit: 'Artist and Title',
  peakRank: 'Pk',
  timesAtPeak: '(x?)',
  streams: 'Streams',
  streamsChange: 'Streams+',
  total: 'Total',
} as const;

export const DAILY_COLUMNS = {
  ...CHART_COLUMNS,
  periodsOnChart: 'Days',
  sevenDay: '7Day',
  sevenDayChange: '7Day+',
} as const;

export const WEEKLY_COLUMNS = { ...CHART_COLUMNS, periodsOnChart: 'Wks' } as const;

/** The headers of totals pages. A column of positions stands before these on some. */
export function totalsColumns(kind: ChartKind) {
  return {
    credit: 'Artist and Title',
    periodsOnChart: kind === 'daily' ? 'Days' : 'Wks',
    periodsInTopTen: 'T10',
    peakRank: 'Pk',
    timesAtPeak: '(x?)',
    peakStreams: 'PkStreams',
    total: 'Total',
  } as const;
}

export const TOTALS_RANK_COLUMN = 'Pos';

export const ARTIST_SONGS_COLUMNS = { song: 'Song Title', total: 'Streams', daily: 'Daily' } as const;

/** The one column of a track page's tables that is not a region. */
export const TRACK_DATE_COLUMN = 'Date';
