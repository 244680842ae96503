/** Shows how far a workflow run is, until it ends. */
import type { CommandContext } from './context.ts';
import { orInterrupted } from './effects.ts';

const LOOK_EVERY_MS = 500;

/**
 * Looks at the run twice a second while it is waited for. A look that fails shows nothing: the run's own end decides.
 *
 * @param finish takes the progress away, before anything else is printed.
 * @throws Interrupted at Ctrl-C: the run itself goes on where a system runs.
 */
export async function watchUntilEnd<Result>(
  { effects: { clock, interruption } }: CommandContext,
  end: Promise<Result>,
  look: () => Promise<void>,
  finish: () => void,
): Promise<Result> {
  const ended = new AbortController();
  const watch = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await look();
      await clock.sleep(LOOK_EVERY_MS, ended.signal);
    }
  };
  const watching = watch().catch(() => undefined);
  try {
    const result = await orInterrupted(end, interruption);
    // So that what is left standing says all that was done.
    await look().catch(() => undefined);
    return result;
  } finally {
    ended.abort();
    finish();
    await watching;
  }
}
