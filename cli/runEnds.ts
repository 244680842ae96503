/** How runs ended that came to no end of their own: the lake was told, their folders were not. */
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

export type RunEnds = ReadonlyMap<RunId, RunEnd>;

/** Runs that failed or were cancelled, and have not begun again since. None where no lake can be read: runs are folders. */
export async function readRunEnds(context: CommandContext): Promise<RunEnds> {
  try {
    const rows = await withLake(context, { mode: 'read' }, (lake) =>
      queryRows(lake, "SELECT run_id, state, why FROM run WHERE state IN ('failed', 'cancelled')"),
    );
    return new Map(
      rows.map(({ run_id, state, why }) => [
        run_id as RunId,
        { state: state as RunEnd['state'], why: why as string | null },
      ]),
    );
  } catch (error) {
    if (isChartlifeError(error)) return new Map();
    throw error;
  }
}
