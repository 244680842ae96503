/** How far ahead a run was held against what came: later weeks are forecast as well, and nobody knows how well. */
import { judgedMp3 } from '../../workers/trainer/evaluation.ts';
import type { RunRecord } from '../../workers/trainer/runFolder.ts';

/** The last weeks from the debut of which the test part had one, such as `14-26`; null where it had none. */
export function lastTestedWeeks({ evaluations }: Pick<RunRecord, 'evaluations'>): string | null {
  const errors = judgedMp3(evaluations?.mp3, 'test')?.models[0]?.errors ?? [];
  return errors.filter(({ horizon, numWeeks }) => horizon !== 'all' && numWeeks > 0).at(-1)?.horizon ?? null;
}

/** null where nothing is forecast beyond them. */
export function untestedNote(tested: string | null, lastWeek: number): string | null {
  if (tested === null) return 'no week of a later debut was held against this run: how good it is nobody knows';
  const last = Number(tested.split('-').at(-1));
  if (lastWeek <= last) return null;
  return `this run was tested on weeks up to those of ${tested} from a debut; what it says of later ones was held against nothing`;
}
