/** From arguments to an exit code. Nothing here touches the process. */
import { CommanderError } from 'commander';
import { type Effects, Interrupted, OutputClosed, widthOf } from './effects.ts';
import { EXIT_DONE, EXIT_INTERRUPTED } from './exitCodes.ts';
import { describeFailure, renderFailure } from './output/reportError.ts';
import { createStyles, wantsColour } from './output/styles.ts';
import { createProgram } from './program.ts';

/** Runs one command line, without the program's own name. Never throws. */
export async function runCli(args: readonly string[], effects: Effects): Promise<number> {
  const isJson = args.includes('--json');
  try {
    return await runProgram(args.length === 0 ? ['--help'] : args, effects);
  } catch (error) {
    if (error instanceof OutputClosed) return EXIT_DONE;
    if (error instanceof Interrupted || effects.interruption.signal.aborted) return EXIT_INTERRUPTED;
    await reportFailure(error, isJson, effects);
    return describeFailure(error).exitCode;
  }
}

async function runProgram(args: readonly string[], effects: Effects): Promise<number> {
  const program = createProgram(effects);
  try {
    await program.command.parseAsync(args, { from: 'user' });
  } catch (error) {
    // Help or the version was asked for and is in helpText.
    if (!(error instanceof CommanderError)) throw error;
  }
  const helpText = program.helpText();
  if (helpText !== '') await effects.stdout.write(helpText);
  return program.exitCode();
}

async function reportFailure(error: unknown, isJson: boolean, effects: Effects): Promise<void> {
  const { stderr, env } = effects;
  const withStack = (env.CHARTLIFE_DEBUG ?? '') !== '';
  const text = isJson
    ? `${JSON.stringify({ error: describeFailure(error) })}\n`
    : renderFailure(error, {
        styles: createStyles(wantsColour(stderr.isTerminal, env)),
        width: widthOf(stderr),
        withStack,
      });
  await stderr.write(text).catch(() => undefined);
}
