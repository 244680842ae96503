/** Watches one hearing of tracks to its end. */
import type { FeaturesResult } from '../contracts/payloads.ts';
import type { Control } from '../workers/control/control.ts';
import type { FeaturesRequest } from '../workers/control/features.ts';
import type { CommandContext } from './context.ts';
import { watchUntilEnd } from './watchUntilEnd.ts';

/** Starts it, or joins the one of the same tracks that runs, and shows how far it is. */
export async function watchFeatures(
  context: CommandContext,
  control: Control,
  request: FeaturesRequest,
): Promise<FeaturesResult> {
  const run = await control.startFeatures(request);
  const progress = context.startProgress('sound', 'tracks', null);
  const look = async (): Promise<void> => {
    const state = await control.featuresProgress(run.workflowId);
    // Tracks are listed some at a time: of a limit the whole is known from the start, unless there are fewer.
    const total = request.maxTracks ?? state?.soFar.numListed;
    if (state !== null) progress.update(state.numDone, undefined, total || null);
  };
  return watchUntilEnd(context, control.awaitFeatures(run), look, () => progress.finish());
}
