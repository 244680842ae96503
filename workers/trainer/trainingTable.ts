/** A part of a data set as the batch pipeline and the models take it: standardised targets, weeks, regions by number. */
import { type SplitPart, type Trajectory, WEEK_STATE } from '../../contracts/dataset.ts';
import type { Region } from '../../contracts/regions.ts';
import { type Dataset, type DatasetTrack, weeksOfYear } from '../../data/dataset/dataset.ts';
import { type ExampleTable, rowStartsOf, sharedColumn } from './exampleTable.ts';

/** (value - mean) / scale. */
export interface Standard {
  readonly mean: number;
  readonly scale: number;
}

/** Measured on the training part alone. */
export interface Normalisers {
  /** Of log-mel energies: the mean and twice the standard deviation, as AST has it. */
  readonly sound: Standard;
  /** Of log10 of a week's streams on the chart. */
  readonly log10Streams: Standard;
  /** Of log10 of the sum over the recipe's weeks, and of the debut's. */
  readonly log10Sum: Standard;
  readonly log10Debut: Standard;
}

export interface Popularity {
  /** null where one of the weeks is not known, or none of them is on the chart. */
  readonly log10Sum: number | null;
  readonly log10Debut: number | null;
}

/** MP2's targets of a trajectory, not standardised. */
export function popularityOf({ states, log10Streams }: Trajectory, sumWeeks: number): Popularity {
  let sum = 0;
  let isKnown = true;
  for (let week = 0; week < sumWeeks; week++) {
    const state = states[week];
    if (state === WEEK_STATE.on) sum += 10 ** (log10Streams[week] as number);
    else if (state !== WEEK_STATE.off) isKnown = false;
  }
  return {
    log10Sum: isKnown && sum > 0 ? Math.log10(sum) : null,
    log10Debut: states[0] === WEEK_STATE.on ? (log10Streams[0] as number) : null,
  };
}

/** In the order in which a region's number is given: that of their codes, over all parts. */
export function regionsOf({ tracks }: Dataset): Region[] {
  return [...new Set(tracks.flatMap(({ trajectories }) => trajectories.map(({ region }) => region)))].sort();
}

/** Those of which a trajectory was trained on: of others the model has a number, and has learned nothing. */
export function learnedRegionsOf(dataset: Dataset): ReadonlySet<Region> {
  return new Set(rowsOfPart(dataset, 'training').map(({ trajectory }) => trajectory.region));
}

export interface TableRow {
  readonly track: DatasetTrack;
  readonly trajectory: Trajectory;
}

/** The rows of a part, in the order of the table's. */
export function rowsOfPart({ tracks }: Dataset, part: SplitPart): TableRow[] {
  return tracks
    .filter((track) => track.part === part)
    .flatMap((track) => track.trajectories.map((trajectory) => ({ track, trajectory })));
}

export interface TableSettings {
  readonly regions: readonly Region[];
  readonly sumWeeks: number;
  readonly isPointHead: boolean;
}

/**
 * Columns: `targets` and `targetWeights` [2], see MP2_TARGETS; `seen`, `onChart`, `streams`, `weekOfYear` [T]; `region`
 * [1], its place among {@link regionsOf}.
 *
 * @param regions in the order of their numbers: those of the data set that was trained on
 * @param isPointHead streams are log10 / 6 then, as the original has them, and not standardised
 */
export function trainingTable(
  dataset: Dataset,
  part: SplitPart,
  normalisers: Normalisers,
  { regions, sumWeeks, isPointHead }: TableSettings,
): ExampleTable {
  const { numWeeks } = dataset.settings;
  const rows = rowsOfPart(dataset, part);
  const tracks = dataset.tracks.filter((track) => track.part === part);
  const numbers = new Map(regions.map((region, number) => [region, number]));
  const streams = isPointHead ? POINT_STREAMS : normalisers.log10Streams;
  const column = (width: number, valuesOf: (row: TableRow) => ArrayLike<number>) => {
    const values = new Float32Array(rows.length * width);
    for (const [place, row] of rows.entries()) values.set(valuesOf(row), place * width);
    return sharedColumn(width, values);
  };
  const targets = rows.map(({ trajectory }) => popularityOf(trajectory, sumWeeks));
  return {
    spectrograms: tracks.map(({ shardSha256, rowInShard, valuesSha256 }) => ({
      shardSha256,
      rowInShard,
      valuesSha256,
    })),
    rowStarts: rowStartsOf(tracks.map(({ trajectories }) => trajectories.length)),
    regions: rows.map(({ trajectory }) => trajectory.region),
    columns: {
      targets: sharedColumn(
        2,
        targets.flatMap(({ log10Sum, log10Debut }) => [
          log10Sum === null ? 0 : standardise(log10Sum, normalisers.log10Sum),
          log10Debut === null ? 0 : standardise(log10Debut, normalisers.log10Debut),
        ]),
      ),
      targetWeights: sharedColumn(
        2,
        targets.flatMap(({ log10Sum, log10Debut }) => [Number(log10Sum !== null), Number(log10Debut !== null)]),
      ),
      seen: column(numWeeks, ({ trajectory }) => trajectory.states.map((state) => Number(state !== WEEK_STATE.unseen))),
      onChart: column(numWeeks, ({ trajectory }) => trajectory.states.map((state) => Number(state === WEEK_STATE.on))),
      streams: column(numWeeks, ({ trajectory: { states, log10Streams } }) =>
        log10Streams.map((value, week) => (states[week] === WEEK_STATE.on ? standardise(value, streams) : 0)),
      ),
      weekOfYear: column(numWeeks, ({ trajectory }) => weeksOfYear(trajectory.debut, numWeeks)),
      region: column(1, ({ trajectory }) => [numbers.get(trajectory.region) as number]),
    },
  };
}

/** The original's. */
const POINT_STREAMS: Standard = { mean: 0, scale: 6 };

export function standardise(value: number, { mean, scale }: Standard): number {
  return (value - mean) / scale;
}

export function unstandardise(value: number, { mean, scale }: Standard): number {
  return value * scale + mean;
}

/** How streams are told to the model. */
export function streamsStandard({ log10Streams }: Normalisers, isPointHead: boolean): Standard {
  return isPointHead ? POINT_STREAMS : log10Streams;
}
