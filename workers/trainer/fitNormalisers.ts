/** Means and scales of the training part: no other part is looked at. */
import { WEEK_STATE } from '../../contracts/dataset.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { Dataset } from '../../data/dataset/dataset.ts';
import { fromFloat16 } from '../../data/shards/float16.ts';
import type { ShardReader } from '../../data/shards/shardReader.ts';
import { type Normalisers, popularityOf, rowsOfPart, type Standard } from './trainingTable.ts';

/** Sounds that are looked at: every so many-th track. Their mean is known to the third digit then. */
const MOST_SOUNDS = 256;

/**
 * @param onSound called after each spectrogram, with how many there are to look at
 * @throws ChartlifeError CheckFailed where nothing varies, or a sound is not finite; LakeUnusable where a spectrogram can't be read
 */
export async function fitNormalisers(
  dataset: Dataset,
  sumWeeks: number,
  reader: Pick<ShardReader, 'readOne'>,
  onSound: (numDone: number, numAll: number) => void = () => undefined,
): Promise<Normalisers> {
  const trajectories = rowsOfPart(dataset, 'training').map(({ trajectory }) => trajectory);
  const onChart = trajectories.flatMap(({ states, log10Streams }) =>
    [...log10Streams].filter((_, week) => states[week] === WEEK_STATE.on),
  );
  const popularity = trajectories.map((trajectory) => popularityOf(trajectory, sumWeeks));
  return {
    sound: await soundStandard(dataset, reader, onSound),
    log10Streams: standardOf(onChart, 'weekly streams'),
    log10Sum: standardOf(numbersOf(popularity.map(({ log10Sum }) => log10Sum)), `sums over ${sumWeeks} weeks`),
    log10Debut: standardOf(numbersOf(popularity.map(({ log10Debut }) => log10Debut)), 'debuts'),
  };
}

async function soundStandard(
  { tracks }: Dataset,
  reader: Pick<ShardReader, 'readOne'>,
  onSound: (numDone: number, numAll: number) => void,
): Promise<Standard> {
  const training = tracks.filter(({ part }) => part === 'training');
  const every = Math.ceil(training.length / MOST_SOUNDS);
  const chosen = training.filter((_, place) => place % every === 0);
  let [sum, sumOfSquares, count] = [0, 0, 0];
  for (const [place, ref] of chosen.entries()) {
    const values = fromFloat16((await reader.readOne(ref)).halves);
    for (const value of values) {
      sum += value;
      sumOfSquares += value * value;
    }
    if (!Number.isFinite(sumOfSquares)) {
      throw new ChartlifeError('CheckFailed', `the sound of track ${ref.trackId} has a value that is not finite`, {
        next: 'Listen to the track anew, or leave it out: no sound gives this.',
        details: { trackId: ref.trackId, shard: ref.shardSha256 },
      });
    }
    count += values.length;
    onSound(place + 1, chosen.length);
  }
  const mean = sum / count;
  return { mean, scale: 2 * Math.sqrt(Math.max(0, sumOfSquares / count - mean * mean)) };
}

function standardOf(values: readonly number[], what: string): Standard {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const scale = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  if (values.length > 1 && scale > 0) return { mean, scale };
  throw new ChartlifeError(
    'CheckFailed',
    `of the training part ${values.length} ${what} are known, and they do not vary`,
    {
      next: 'Give the training part more tracks or older ones, or set sumWeeks to fewer weeks.',
      details: { what, numKnown: values.length },
    },
  );
}

function numbersOf(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}
