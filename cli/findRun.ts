/** A run as a person names it: by its id, or its first digits. */
import { ChartlifeError } from '../contracts/errors.ts';
import { type RunId, tryParseRunId } from '../contracts/runs.ts';
import { findRuns } from '../workers/trainer/runFolder.ts';
import type { CommandContext } from './context.ts';

export const RUN_ID_HELP = 'the run’s id, or its first digits';

/** @throws ChartlifeError RunNotFound, InvalidInput where several begin so */
export async function findRun({ home }: CommandContext, text: string): Promise<RunId> {
  const { records, damaged } = await findRuns(home.runsDir);
  // A damaged one too: whoever reads it says what is the matter.
  const ids = [...records, ...damaged].map(({ runId }) => runId);
  const found = ids.filter((runId) => runId.startsWith(text));
  if (found.length === 1) return found[0] as RunId;
  if (found.length > 1 && tryParseRunId(text) === null) {
    throw new ChartlifeError('InvalidInput', `${found.length} runs begin with ${text}: ${found.join(', ')}`, {
      next: 'Give more digits.',
      details: { value: text },
    });
  }
  throw new ChartlifeError('RunNotFound', `there is no run ${text} in this home`, {
    next: ids.length === 0 ? 'Start one: chartlife train nano' : `There are ${ids.join(', ')}.`,
    details: { value: text },
  });
}
