/** One batch, as a pure function of the table, the settings and the step. */
import { drawAugment, UNDISTURBED } from '../../audio/augment/augment.ts';
import { augmentInto } from '../../audio/augment/augmentInto.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { AugmentSettings } from '../../contracts/features.ts';
import type { Region } from '../../contracts/regions.ts';
import { valueOfHalf } from '../../data/shards/float16.ts';
import type { ShardReader, SpectrogramRef, StoredSpectrogram } from '../../data/shards/shardReader.ts';
import { exampleAt } from '../../models/training/order.ts';
import { type RegionSampling, sampleRegions } from '../../models/training/regions.ts';
import { type ExampleTable, trackOfRow } from './exampleTable.ts';

export interface BatchSettings {
  readonly batchSize: number;
  readonly seed: number;
  readonly augment: AugmentSettings;
  /** Log-energies become (x - mean) / scale. */
  readonly normalize: { readonly mean: number; readonly scale: number };
  /** `training` draws tracks, regions and augmentation; `evaluation` takes every row once, in order, as it is. */
  readonly purpose: 'training' | 'evaluation';
  /** Of training; one region per track and step. */
  readonly regions: Omit<RegionSampling, 'numRegions'>;
}

export interface Batch {
  readonly step: number;
  /** The rows of the table, by place in the batch. */
  readonly rows: Int32Array;
  /** 1; 0 where an evaluation's last batch has no row left and repeats its first. */
  readonly weight_B: Float32Array;
  /** batchSize x augment.numFrames x numMelBins. */
  readonly spectrogram_BFM: Float32Array;
  /** By the table's names: batchSize x width. */
  readonly columns: Readonly<Record<string, Float32Array>>;
}

/** How many steps take every row once. */
export function numEvaluationSteps(table: ExampleTable, batchSize: number): number {
  return Math.ceil(table.regions.length / batchSize);
}

/**
 * @param settings as {@link checkBatchSettings} lets them pass
 * @param step from 0
 * @throws ChartlifeError LakeUnusable for a spectrogram that can't be read; InvalidInput where a spectrogram has another
 * number of mel bins than the first
 */
export async function assembleBatch(
  table: ExampleTable,
  reader: Pick<ShardReader, 'readOne'>,
  settings: BatchSettings,
  step: number,
): Promise<Batch> {
  const { batchSize } = settings;
  const places = Array.from({ length: batchSize }, (_, place) => step * batchSize + place);
  const chosen = places.map((position) =>
    settings.purpose === 'training' ? drawRow(table, settings, position) : rowInOrder(table, position),
  );
  const stored = await Promise.all(
    chosen.map(({ track }) => reader.readOne(table.spectrograms[track] as SpectrogramRef)),
  );
  return {
    step,
    rows: Int32Array.from(chosen, ({ row }) => row),
    weight_B: Float32Array.from(chosen, ({ weight }) => weight),
    spectrogram_BFM: examplesOf(stored, settings, places),
    columns: Object.fromEntries(
      Object.entries(table.columns).map(([name, { width, values }]) => {
        const picked = new Float32Array(batchSize * width);
        for (const [place, { row }] of chosen.entries()) {
          picked.set(values.subarray(row * width, (row + 1) * width), place * width);
        }
        return [name, picked];
      }),
    ),
  };
}

/**
 * Before the first batch, so that a run does not meet it at a step.
 *
 * @throws ChartlifeError InvalidInput for sizes and scales that make no batch, a table without tracks, or, in training, a
 * track that charted only in regions without a weight
 */
export function checkBatchSettings(table: ExampleTable, settings: BatchSettings): void {
  const { batchSize, normalize, purpose, regions, augment } = settings;
  const numTracks = table.spectrograms.length;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) throw refused(`a batch of ${batchSize} examples`);
  if (!Number.isFinite(normalize.mean)) throw refused(`spectrograms of mean ${normalize.mean}`);
  if (!(Number.isFinite(normalize.scale) && normalize.scale > 0))
    throw refused(`spectrograms of scale ${normalize.scale}`);
  if (numTracks === 0) throw refused('no tracks');
  if (!Number.isSafeInteger(augment.numFrames) || augment.numFrames < 1) throw refused(`${augment.numFrames} frames`);
  for (const name of ['maxMelBinMaskShare', 'maxFrameMaskShare'] as const) {
    if (!(augment[name] >= 0 && augment[name] <= 1)) throw refused(`augmentation with ${name} ${augment[name]}`);
  }
  for (const name of ['maxGainDb', 'maxRollFrames'] as const) {
    if (!(augment[name] >= 0 && Number.isFinite(augment[name])))
      throw refused(`augmentation with ${name} ${augment[name]}`);
  }
  if (purpose === 'evaluation') return;
  for (let track = 0; track < numTracks; track++) {
    const charted = table.regions.slice(table.rowStarts[track], table.rowStarts[track + 1]);
    if (charted.length === 0) throw refused(`track ${track}, which has no trajectory,`);
    if (sampleRegions(charted, { ...regions, numRegions: 1 }, 0, 0).length === 0) throw withoutWeight(track, charted);
  }
}

function refused(what: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `${what} can't be trained on`, {
    next: 'Correct the recipe, or the part of the lake that it chooses.',
  });
}

function withoutWeight(track: number, charted: readonly Region[]): ChartlifeError {
  return new ChartlifeError(
    'InvalidInput',
    `track ${track} charted only in ${charted.join(', ')}, which have no weight`,
    {
      next: 'Give one of these regions a weight, or leave the track out.',
      details: { track, regions: charted },
    },
  );
}

interface ChosenRow {
  readonly track: number;
  readonly row: number;
  readonly weight: number;
}

/** @param position of the example in the run's order */
function drawRow(table: ExampleTable, { seed, regions }: BatchSettings, position: number): ChosenRow {
  const track = exampleAt(table.spectrograms.length, seed, position);
  const [from, to] = [table.rowStarts[track] as number, table.rowStarts[track + 1] as number];
  const charted = table.regions.slice(from, to);
  const [region] = sampleRegions(charted, { ...regions, numRegions: 1 }, seed, position);
  if (region === undefined) throw withoutWeight(track, charted);
  return { track, row: from + charted.indexOf(region), weight: 1 };
}

function rowInOrder(table: ExampleTable, position: number): ChosenRow {
  const isRow = position < table.regions.length;
  const row = isRow ? position : 0;
  return { track: trackOfRow(table, row), row, weight: isRow ? 1 : 0 };
}

/** @param places of the examples in the run's order */
function examplesOf(
  stored: readonly StoredSpectrogram[],
  { augment, normalize, purpose, seed }: BatchSettings,
  places: readonly number[],
): Float32Array {
  const numMelBins = stored[0]?.numMelBins ?? 0;
  const size = augment.numFrames * numMelBins;
  const examples = new Float32Array(stored.length * size);
  const settings = { augment, normalize, valueOfCode: valueOfHalf() };
  for (const [place, spectrogram] of stored.entries()) {
    const { numFrames, numMelBins: own, halves: codes } = spectrogram;
    if (own !== numMelBins) {
      throw new ChartlifeError('InvalidInput', `spectrograms of ${numMelBins} and of ${own} mel bins in one batch`, {
        next: 'Train on one feature version.',
      });
    }
    const drawn =
      purpose === 'training' ? drawAugment(spectrogram, augment, seed, places[place] as number) : UNDISTURBED;
    const target = examples.subarray(place * size, (place + 1) * size);
    augmentInto(target, { numFrames, numMelBins, codes }, settings, drawn);
  }
  return examples;
}
