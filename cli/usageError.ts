/** What the parser of arguments objects to, as an error of our own. */
import type { Command, CommanderError } from 'commander';
import { ChartlifeError } from '../contracts/errors.ts';

/** Not errors: help or the version was asked for. */
const SHOWN_CODES = new Set(['commander.helpDisplayed', 'commander.help', 'commander.version']);
const SUGGESTION = /\s*\(Did you mean (.+)\?\)\s*$/;

/** Throws what the parser threw if that only ends it, else an `InvalidInput` that says what to do. */
export function rethrowUsageError(error: CommanderError, command: Command): never {
  if (SHOWN_CODES.has(error.code)) throw error;
  const suggestion = SUGGESTION.exec(error.message)?.[1];
  const message = error.message.replace(/^error: /, '').replace(SUGGESTION, '');
  const help = `See: ${commandPath(command)} --help`;
  throw new ChartlifeError('InvalidInput', message, {
    next: suggestion === undefined ? help : `Did you mean ${suggestion}? ${help}`,
    details: { code: error.code, ...(suggestion === undefined ? {} : { suggestion }) },
    cause: error,
  });
}

/** `chartlife snapshot pin`. */
function commandPath(command: Command): string {
  return command.parent === null ? command.name() : `${commandPath(command.parent)} ${command.name()}`;
}
