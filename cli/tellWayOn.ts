/** Ctrl-C while a run or a sweep is waited for: what becomes of it, and the command that goes on. */
import type { CommandContext } from './context.ts';
import { Interrupted } from './effects.ts';
import { isSystemRunning } from './homeSystem.ts';

export interface WayOn {
  /** Such as `run 0123abcd`. */
  readonly what: string;
  /** The command that looks at it, where a system goes on with it. */
  readonly watch: string;
  /** The command that goes on with it, where none does. */
  readonly again: string;
}

/** Passes on what the work comes to. @throws Interrupted, once the way on is told; else what the work throws */
export async function tellingWayOn<T>(
  context: CommandContext,
  { what, watch, again }: WayOn,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    if (await isSystemRunning(context)) {
      await context.note(`no longer watched; ${what} goes on`);
      await context.suggest(watch, 'look again');
    } else {
      await context.note(`${what} stands still: what it has is kept`);
      await context.suggest(again, 'go on from its last checkpoint');
    }
    throw error;
  }
}
