/** New tracks that can't be forecast as nobody has heard them. */
import type { Region } from '../../contracts/regions.ts';
import type { RunRecord } from '../../workers/trainer/runFolder.ts';
import type { CommandContext } from '../context.ts';
import { withLake } from '../homeLake.ts';
import { queryRows } from '../queryRows.ts';
import { NEW_WITHIN_DAYS } from './selection.ts';

/** Those with a debut that is known, but without a spectrogram of the settings that the run was trained on. */
export async function countUnheardTracks(
  context: CommandContext,
  { recipe, dataset }: Pick<RunRecord, 'recipe' | 'dataset'>,
  region: Region | undefined,
): Promise<number> {
  const [row] = await withLake(context, { mode: 'read' }, (lake) =>
    queryRows(
      lake,
      `SELECT count(DISTINCT track_id)::INTEGER AS n
      FROM trajectory
      JOIN (SELECT region, max(chart_date) AS newest FROM chart_entry GROUP BY ALL) USING (region)
      WHERE source = '${recipe.trajectories}' AND NOT is_left_censored AND week_index = 0
        AND week_start >= newest - ${NEW_WITHIN_DAYS}
        ${region === undefined ? '' : `AND region = '${region}'`}
        AND track_id NOT IN (SELECT track_id FROM spectrogram WHERE feature_version = '${dataset?.featureVersion ?? ''}')`,
    ),
  );
  return Number(row?.n ?? 0);
}
