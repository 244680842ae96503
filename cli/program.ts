/** The verbs put together: what `chartlife --help` shows and what the parser of arguments knows. */
import { Command } from 'commander';
import { projectVersion } from '../runtime/versions.ts';
import { audioCommand } from './commands/audio.ts';
import { backfillCommand } from './commands/backfill.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { forecastCommand } from './commands/forecast.ts';
import { importCommand } from './commands/import.ts';
import { ingestCommand } from './commands/ingest.ts';
import { modelCommand } from './commands/model.ts';
import { parseCommand } from './commands/parse.ts';
import { runsCommand } from './commands/runs.ts';
import { scheduleCommand } from './commands/schedule.ts';
import { snapshotCommand } from './commands/snapshot.ts';
import { sqlCommand } from './commands/sql.ts';
import { statusCommand } from './commands/status.ts';
import { trainCommand } from './commands/train.ts';
import { upCommand } from './commands/up.ts';
import type { Act, CommandBuilder, CommandWork } from './commandWork.ts';
import { createContext } from './context.ts';
import type { Effects } from './effects.ts';
import { describeExitCodes, describeExitCodesOf, EXIT_DONE } from './exitCodes.ts';
import { createStyles, wantsColour } from './output/styles.ts';
import { rethrowUsageError } from './usageError.ts';

const GROUPS: readonly (readonly [heading: string, builders: readonly CommandBuilder[]])[] = [
  ['Run:', [demoCommand, upCommand, ingestCommand, scheduleCommand, backfillCommand]],
  ['Look:', [statusCommand, doctorCommand, sqlCommand, snapshotCommand]],
  ['Learn:', [trainCommand, runsCommand, forecastCommand]],
  ['Files:', [importCommand, parseCommand, audioCommand, modelCommand]],
];

const EXIT_CODE_INDENT = '  ';

export interface Program {
  readonly command: Command;
  /** Of the command that ran. */
  readonly exitCode: () => number;
  /** Help and version that were asked for, for stdout. */
  readonly helpText: () => string;
}

export function createProgram(effects: Effects): Program {
  let exitCode = EXIT_DONE;
  const helpChunks: string[] = [];
  const helpStyles = createStyles(wantsColour(effects.stdout.isTerminal, effects.env));
  const act: Act =
    <Args extends readonly unknown[]>(work: CommandWork<Args>) =>
    async (...argsAndCommand) => {
      const command = argsAndCommand.at(-1) as Command;
      const { home, json } = command.optsWithGlobals<{ home?: string; json?: boolean }>();
      const context = createContext(effects, { home, isJson: json === true });
      // The parser gives what the command's own declarations of arguments and options say.
      const args = argsAndCommand.slice(0, -1) as unknown as Args;
      exitCode = (await work(context, ...args)) ?? EXIT_DONE;
    };

  const program = new Command('chartlife')
    .description('Follows songs through the Spotify charts: a durable nightly refresh into a Parquet lake.')
    .version(projectVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option(
      '--home <dir>',
      'the folder that holds everything: lake, server state, pages (default: CHARTLIFE_HOME, else the nearest .chartlife)',
    )
    .configureOutput({
      writeOut: (text) => helpChunks.push(text),
      writeErr: (text) => helpChunks.push(text),
      outputError: () => undefined,
      getOutHelpWidth: () => effects.stdout.columns,
      getErrHelpWidth: () => effects.stdout.columns,
      getOutHasColors: () => wantsColour(effects.stdout.isTerminal, effects.env),
    })
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => helpStyles.bold(title) })
    .addHelpText('afterAll', ({ command }) => {
      const width = effects.stdout.columns - EXIT_CODE_INDENT.length;
      const codes = command.parent === null ? describeExitCodes(width) : describeExitCodesOf(verbOf(command), width);
      return ['', helpStyles.bold('Exit codes:'), ...codes.map((line) => EXIT_CODE_INDENT + line)].join('\n');
    });

  program.exitOverride((error) => rethrowUsageError(error, program));
  for (const [heading, builders] of GROUPS) {
    program.commandsGroup(heading);
    for (const build of builders) {
      const command = build(act);
      inheritSettings(command, program);
      program.addCommand(command);
    }
  }
  program.commandsGroup('Help:').helpCommand('help [command]', 'print help of a command');
  return { command: program, exitCode: () => exitCode, helpText: () => helpChunks.join('') };
}

/** A command that was made on its own does not inherit: give it, and its own commands, the program's manners. */
function inheritSettings(command: Command, program: Command): void {
  command.copyInheritedSettings(program).helpOption('-h, --help', 'print help').helpCommand(false);
  command.exitOverride((error) => rethrowUsageError(error, command));
  for (const child of command.commands) inheritSettings(child, program);
}

/** The verb of a command: `snapshot` of `chartlife snapshot pin`. */
function verbOf(command: Command): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : verbOf(parent);
}
