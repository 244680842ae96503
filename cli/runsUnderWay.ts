/** Which runs a server carries on at this moment. */
import type { RunId } from '../contracts/runs.ts';
import type { CommandContext } from './context.ts';
import { isSystemRunning, withControl } from './homeSystem.ts';

/** Those that are not in it stand still. */
export type RunsUnderWay = ReadonlyMap<RunId, 'going' | 'paused'>;

/** Of these runs; none where no server runs, null where the server does not answer. */
export async function readRunsUnderWay(
  context: CommandContext,
  runIds: readonly RunId[],
): Promise<RunsUnderWay | null> {
  if (runIds.length === 0 || !(await isSystemRunning(context))) return new Map();
  try {
    return await withControl(context, async (control) => {
      const underWay = new Map<RunId, 'going' | 'paused'>();
      for (const runId of runIds) {
        const state = await control.trainState(runId);
        if (state?.isRunning === true) underWay.set(runId, state.progress?.isPaused === true ? 'paused' : 'going');
      }
      return underWay;
    });
  } catch {
    // It starts again by itself; a list of folders is there without it.
    return null;
  }
}
