/** One region's charts, daily and weekly, with what is computed of them on first use. */
import type { ChartHistory, HistoryTrack } from '../../contracts/chartHistory.ts';
import type { ChartKind } from '../../contracts/charts.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { TrackId } from '../../contracts/ids.ts';
import type { Region } from '../../contracts/regions.ts';
import type { ChartFigures } from './chartFigures.ts';
import { computeFigures } from './chartFigures.ts';
import { checkHistory, indexAtOrBefore, rowOfTrack } from './history.ts';
import type { DerivedWeeks } from './weekly.ts';
import { deriveWeeks } from './weekly.ts';

/** A number that the source corrects after the fact, as Spotify now and then does. */
export interface StreamsCorrection {
  readonly region: Region;
  readonly date: CalendarDate;
  readonly trackId: TrackId;
  /** The right number. The rank stays as it is. */
  readonly streams: number;
}

export class RegionCharts {
  #daily: ChartHistory;
  #weeks: DerivedWeeks | null = null;
  #figures: Partial<Record<ChartKind, ChartFigures>> = {};
  readonly #trackIndexes: ReadonlyMap<string, number>;

  /** @throws ChartlifeError InvalidInput if the history is not daily, or not sound. */
  constructor(daily: ChartHistory) {
    checkHistory(daily);
    if (daily.kind !== 'daily') {
      throw new ChartlifeError('InvalidInput', `the history of ${daily.region} is ${daily.kind}, not daily`, {
        next: 'Give daily charts; the weekly ones are made of them.',
      });
    }
    this.#daily = daily;
    this.#trackIndexes = new Map(daily.tracks.map(({ id }, index) => [id, index]));
  }

  get daily(): ChartHistory {
    return this.#daily;
  }

  get tracks(): readonly HistoryTrack[] {
    return this.#daily.tracks;
  }

  get weeks(): DerivedWeeks {
    this.#weeks ??= deriveWeeks(this.#daily);
    return this.#weeks;
  }

  figures(kind: ChartKind): ChartFigures {
    const figures = this.#figures[kind] ?? computeFigures(kind === 'daily' ? this.#daily : this.weeks.history);
    this.#figures[kind] = figures;
    return figures;
  }

  /** The place of the newest chart at or before a date; -1 if there is none. */
  newestIndex(kind: ChartKind, limit: CalendarDate): number {
    return indexAtOrBefore((kind === 'daily' ? this.#daily : this.weeks.history).dates, limit);
  }

  trackIndex(trackId: string): number | undefined {
    return this.#trackIndexes.get(trackId);
  }

  /** @throws ChartlifeError InvalidInput if the track was not on that day's chart. */
  correct({ region, date, trackId, streams }: StreamsCorrection): void {
    const dateIndex = this.#daily.dates.indexOf(date);
    const trackIndex = this.trackIndex(trackId);
    const row = dateIndex < 0 || trackIndex === undefined ? -1 : rowOfTrack(this.#daily, dateIndex, trackIndex);
    if (row < 0 || !Number.isSafeInteger(streams) || streams < 0) {
      const what =
        row < 0 ? `track ${trackId} is not on the ${region} chart of ${date}` : `${streams} is no number of streams`;
      throw new ChartlifeError('InvalidInput', `nothing to correct: ${what}`, {
        next: 'Name a track, a date and a number that can be.',
        details: { region, date, trackId, streams },
      });
    }
    const corrected = this.#daily.streams.slice();
    corrected[row] = streams;
    this.#daily = { ...this.#daily, streams: corrected };
    this.#weeks = null;
    this.#figures = {};
  }
}
