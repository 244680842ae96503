/** What of a run only the lake was told, and its folder was not: that it ended before its end, that a person published it. */
import { isChartlifeError } from '../contracts/errors.ts';
import type { RunState } from '../contracts/runRows.ts';
import type { RunId } from '../contracts/runs.ts';
import type { CommandContext } from './context.ts';
import { withLake } from './homeLake.ts';
import { queryRows } from './queryRows.ts';

export interface RunEnd {
  readonly state: Extract<RunState, 'failed' | 'cancelled'>;
  /** The error's type, and what it said; null of a run that was cancelled. */
  readonly why: string | null;
}

export interface RunStanding {
  /** Of a run that failed or was cancelled, and has not begun again since. */
  readonly end: RunEnd | null;
  readonly isPublishedByHand: boolean;
}

export type RunStandings = ReadonlyMap<RunId, RunStanding>;

const STANDINGS = `
  SELECT run_id, state, why, run_id IN (SELECT run_id FROM publication WHERE published_by = 'person') AS is_by_hand
  FROM run`;

/** None where no lake can be read: runs are folders. */
export async function readRunStandings(context: CommandContext): Promise<RunStandings> {
  try {
    const rows = await withLake(context, { mode: 'read' }, (lake) => queryRows(lake, STANDINGS));
    return new Map(
      rows.map(({ run_id, state, why, is_by_hand }) => [
        run_id as RunId,
        { end: endOf(state as RunState, why as string | null), isPublishedByHand: is_by_hand === true },
      ]),
    );
  } catch (error) {
    if (isChartlifeError(error)) return new Map();
    throw error;
  }
}

function endOf(state: RunState, why: string | null): RunEnd | null {
  return state === 'failed' || state === 'cancelled' ? { state, why } : null;
}
