/** Reading a chart history: which charts there are, and whether it is sound. */
import type { ChartHistory } from '../../contracts/chartHistory.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';

/** The place of the newest date at or before `limit`; -1 if all are later. */
export function indexAtOrBefore(dates: readonly CalendarDate[], limit: CalendarDate): number {
  let low = 0;
  let high = dates.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (dates[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The later of all dates; there must be one. */
export function latest(dates: readonly CalendarDate[]): CalendarDate {
  // Dates are texts that sort as days do; Math.max is for numbers.
  return [...dates].sort().at(-1)!;
}

/** The row of a track on a date's chart; -1 if it is not there. */
export function rowOfTrack(history: ChartHistory, dateIndex: number, trackIndex: number): number {
  const end = history.rowStarts[dateIndex + 1]!;
  for (let row = history.rowStarts[dateIndex]!; row < end; row += 1) {
    if (history.trackIndexes[row] === trackIndex) return row;
  }
  return -1;
}

/** @throws ChartlifeError InvalidInput for a history that can't be: dates out of order, arrays that do not fit. */
export function checkHistory(history: ChartHistory): void {
  const { dates, rowStarts, trackIndexes, streams, tracks } = history;
  const numRows = rowStarts[dates.length] ?? 0;
  const problem =
    dates.length === 0
      ? 'it has no dates'
      : rowStarts.length !== dates.length + 1 || rowStarts[0] !== 0
        ? 'its row starts do not fit its dates'
        : dates.some((date, i) => i > 0 && date <= dates[i - 1]!)
          ? 'its dates do not ascend'
          : rowStarts.some((start, i) => i > 0 && start <= rowStarts[i - 1]!)
            ? 'a date of it has no rows'
            : trackIndexes.length !== numRows || streams.length !== numRows
              ? 'its columns have different lengths'
              : trackIndexes.some((index) => index < 0 || index >= tracks.length)
                ? 'a row of it names no track'
                : null;
  if (problem === null) return;
  throw new ChartlifeError(
    'InvalidInput',
    `the ${history.kind} history of ${history.region} is not sound: ${problem}`,
    {
      next: 'Give a history as contracts/chartHistory.ts describes it.',
    },
  );
}
