/** What every command gets: its home, its way to speak, and the effects beneath. */
import type { Home } from '../runtime/home.ts';
import { homeAt, STORE_VARIABLE } from '../runtime/home.ts';
import { Progress } from '../runtime/progress.ts';
import type { Effects } from './effects.ts';
import { resolveHomeRoot } from './homeRoot.ts';
import { displayWidth } from './output/displayWidth.ts';
import { createStyles, type Styles, wantsColour } from './output/styles.ts';

export interface CommandContext {
  readonly effects: Effects;
  readonly home: Home;
  /** Whether the result is for a program: then stderr holds nothing but an error, as JSON. */
  readonly isJson: boolean;
  /** For text on stdout. */
  readonly styles: Styles;
  /** For text on stderr. */
  readonly noteStyles: Styles;
  /** A part of the result: whole lines to stdout. */
  print(lines: string | readonly string[]): Promise<void>;
  /** The whole result as one JSON document: indented on a terminal, on one line elsewhere. */
  printJson(value: unknown): Promise<void>;
  /** A word to the person, on stderr. Silent with `--json`. */
  note(lines: string | readonly string[]): Promise<void>;
  /** The next useful command, as it is typed in a checkout, on stderr. Silent with `--json`. */
  suggest(command: string, why: string): Promise<void>;
  /** Shows itself only if the work takes long; silent with `--json` unless a person watches the terminal. */
  startProgress(label: string, unit: string, total: number | null): Progress;
}

export interface ContextOptions {
  /** As given by `--home`. */
  readonly home?: string | undefined;
  readonly isJson: boolean;
}

export function createContext(effects: Effects, options: ContextOptions): CommandContext {
  const { stdout, stderr, env, clock } = effects;
  const { isJson } = options;
  const styles = createStyles(wantsColour(stdout.isTerminal, env));
  const noteStyles = createStyles(wantsColour(stderr.isTerminal, env));
  const note = async (lines: string | readonly string[]): Promise<void> => {
    if (!isJson) await stderr.write(asLines(lines));
  };
  return {
    effects,
    home: homeAt(resolveHomeRoot(options.home, effects), env[STORE_VARIABLE]),
    isJson,
    styles,
    noteStyles,
    print: (lines) => stdout.write(asLines(lines)),
    printJson: (value) => stdout.write(`${JSON.stringify(value, null, stdout.isTerminal ? 2 : undefined)}\n`),
    note,
    suggest(command, why) {
      const typed = asTyped(command, options.home);
      const head = `${noteStyles.cyan('next')}  ${typed}`;
      const reason = noteStyles.dim(`# ${why}`);
      const fits = !stderr.isTerminal || displayWidth(head) + 3 + displayWidth(reason) <= stderr.columns;
      return note(fits ? `${head}   ${reason}` : [head, `      ${reason}`]);
    },
    startProgress(label, unit, total) {
      const isSilent = isJson && !stderr.isTerminal;
      return new Progress({
        label,
        unit,
        total,
        clock,
        sink: {
          isTerminal: stderr.isTerminal,
          get columns() {
            return stderr.columns;
          },
          write(text) {
            // A closed stderr is nobody's loss: the work goes on without being watched.
            if (!isSilent) stderr.write(text).catch(() => undefined);
          },
        },
      });
    },
  };
}

/** A command as it is typed in a checkout, on the home that this one was given. */
function asTyped(command: string, home: string | undefined): string {
  const isOnHome = command.startsWith('chartlife ') && !/--home|^chartlife parse/.test(command);
  const text = command.replaceAll(/(?<=^|\| )chartlife /g, 'npx chartlife ');
  return home === undefined || !isOnHome ? text : `${text} --home ${home}`;
}

function asLines(lines: string | readonly string[]): string {
  return typeof lines === 'string' ? `${lines}\n` : lines.map((line) => `${line}\n`).join('');
}
