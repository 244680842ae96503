/** Which part of a run's data set a track was in: of what was trained on, a forecast says little. */
import { readFile } from 'node:fs/promises';
import type { SplitPart } from '../../contracts/dataset.ts';
import type { TrackId } from '../../contracts/ids.ts';
import { decodeDataset } from '../../data/dataset/datasetFile.ts';
import type { RunFolder } from '../../workers/trainer/runFolder.ts';

/**
 * null of a track that is in no part, such as one that came later.
 *
 * @throws ChartlifeError LakeUnusable where the data set's file is damaged; the system's error where it is not there
 */
export async function partInRun(
  { datasetPath }: Pick<RunFolder, 'datasetPath'>,
  trackId: TrackId,
): Promise<SplitPart | null> {
  const { tracks } = decodeDataset(await readFile(datasetPath), datasetPath);
  return tracks.find((track) => track.trackId === trackId)?.part ?? null;
}

/** What a person must know of a forecast that is held against what came; null where there is nothing to say. */
export function trainingNote(part: SplitPart | null, told: number | undefined): string | null {
  if (part !== 'training' || told === undefined) return null;
  return 'this track is of the run’s training part: it was trained on what came';
}
