/** How a verb's work is tied to the parser of arguments. */
import type { Command } from 'commander';
import type { CommandContext } from './context.ts';

/** A command's work: its arguments, then its options. Gives the exit code if it is not 0. */
export type CommandWork<Args extends readonly unknown[]> = (
  context: CommandContext,
  ...args: Args
) => Promise<number | undefined>;

/** Makes a command's work into what the parser calls: `command.action(act(work))`. */
export type Act = <Args extends readonly unknown[]>(work: CommandWork<Args>) => (...args: unknown[]) => Promise<void>;

/** One verb: its options and help, without its heavy imports. */
export type CommandBuilder = (act: Act) => Command;
