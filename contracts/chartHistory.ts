/** All charts of one kind and region over time, in plain typed arrays: what the replica renders and the sample holds. */
import type { ChartKind } from './charts.ts';
import type { CalendarDate } from './dates.ts';
import type { TrackId } from './ids.ts';
import type { ArtistCredit } from './pages.ts';
import type { Region } from './regions.ts';

export interface HistoryTrack {
  readonly id: TrackId;
  /** null where the data do not name the track. */
  readonly title: string | null;
  /** The lead artist; null where the data do not name one. */
  readonly artist: ArtistCredit | null;
  readonly featured: readonly ArtistCredit[];
}

/**
 * Rows are ordered by date, then rank. The rows of `dates[i]` are `rowStarts[i]` up to (not including)
 * `rowStarts[i + 1]`, and a row's rank is its place among them, from 1.
 */
export interface ChartHistory {
  readonly kind: ChartKind;
  readonly region: Region;
  /** Where the numbers come from and under which licence, as a sentence for whoever reads a page made of them. */
  readonly origin: string;
  /** True if the numbers are invented. */
  readonly isSynthetic: boolean;
  /** Chart dates, ascending. A day that is not here has no chart. */
  readonly dates: readonly CalendarDate[];
  /** One longer than `dates`. */
  readonly rowStarts: Int32Array;
  readonly tracks: readonly HistoryTrack[];
  /** For each row its track, as a place in `tracks`. */
  readonly trackIndexes: Int32Array;
  /** For each row its streams in the chart's period. */
  readonly streams: Float64Array;
}
