/**
 * What a run trains on, for the threads that assemble batches: where each track's spectrogram lies, and its trajectories.
 * The numbers lie in shared memory: every thread sees them, none copies them.
 */
import type { Region } from '../../contracts/regions.ts';
import type { SpectrogramRef } from '../../data/shards/shardReader.ts';

/** A matrix of one row per trajectory. */
export interface Column {
  readonly width: number;
  /** Row after row, over a SharedArrayBuffer. */
  readonly values: Float32Array;
}

export interface ExampleTable {
  /** One per track. */
  readonly spectrograms: readonly SpectrogramRef[];
  /** The trajectories of track t are the rows from `rowStarts[t]` to before `rowStarts[t + 1]`; one element more than tracks. */
  readonly rowStarts: readonly number[];
  /** One per row: where the track charted. */
  readonly regions: readonly Region[];
  /** Of all rows, by name, such as `streams_T` and `onChart_T`. */
  readonly columns: Readonly<Record<string, Column>>;
}

/** A column whose values all threads see. */
export function sharedColumn(width: number, values: ArrayLike<number>): Column {
  const shared = new Float32Array(new SharedArrayBuffer(values.length * Float32Array.BYTES_PER_ELEMENT));
  shared.set(values);
  return { width, values: shared };
}

/** The track that a row belongs to. */
export function trackOfRow(table: Pick<ExampleTable, 'rowStarts'>, row: number): number {
  let [low, high] = [0, table.rowStarts.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((table.rowStarts[middle] as number) <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The first row of each track, and the number of all rows, from how many each has. */
export function rowStartsOf(numRowsOfTracks: readonly number[]): number[] {
  const starts = [0];
  for (const numRows of numRowsOfTracks) starts.push((starts.at(-1) as number) + numRows);
  return starts;
}
