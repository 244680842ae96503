/** What a person, or a program, gets to see when a command fails. */
import { ChartlifeError } from '../../contracts/errors.ts';
import { EXIT_UNEXPECTED } from '../exitCodes.ts';
import { padEnd, withoutControls, wrapWords } from './displayWidth.ts';
import type { Styles } from './styles.ts';

/** The `--json` form: one line on stderr. */
export interface ErrorReport {
  readonly error: {
    readonly type: string;
    readonly message: string;
    readonly next: string;
    readonly details: Readonly<Record<string, unknown>>;
    readonly exitCode: number;
  };
}

/** System errors that a person can mend, as errors of our own; anything else unchanged. */
export function asChartlifeError(error: unknown): unknown {
  if (error instanceof ChartlifeError || !(error instanceof Error)) return error;
  const { code, path: place } = error as NodeJS.ErrnoException;
  const where = place ?? error.message;
  const details = { path: where };
  switch (code) {
    case 'ENOENT':
      return new ChartlifeError('InvalidInput', `there is no ${where}`, {
        next: 'Check the spelling of the path.',
        details,
        cause: error,
      });
    case 'EISDIR':
    case 'ENOTDIR':
      return new ChartlifeError('InvalidInput', `${where} is ${code === 'EISDIR' ? 'a folder' : 'not a folder'}`, {
        next: code === 'EISDIR' ? 'Give a file.' : 'Give a folder, or remove the file that is in its place.',
        details,
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new ChartlifeError('InvalidInput', `no permission for ${where}`, {
        next: 'Give a place that you may use, such as --home DIR.',
        details,
        cause: error,
      });
    case 'ENOSPC':
      return new ChartlifeError('DiskFull', `no room left: ${error.message}`, {
        next: 'Free some space on that disk; the work goes on where it was.',
        details,
        cause: error,
      });
    default:
      return error;
  }
}

export function describeFailure(error: unknown): ErrorReport['error'] {
  const known = asChartlifeError(error);
  if (known instanceof ChartlifeError) {
    return {
      type: known.type,
      message: known.message,
      next: known.next,
      details: known.details,
      exitCode: known.exitCode,
    };
  }
  return {
    type: 'Unexpected',
    message: known instanceof Error ? known.message : String(known),
    next: 'This is a defect in chartlife. Run it again with CHARTLIFE_DEBUG=1 for the stack, and report it.',
    details: {},
    exitCode: EXIT_UNEXPECTED,
  };
}

export interface FailureOptions {
  readonly styles: Styles;
  /** Columns to wrap at. */
  readonly width: number;
  /** Where it came from, for whoever mends it. */
  readonly withStack: boolean;
}

/** What, then what to do. Ends with a line break. */
export function renderFailure(error: unknown, { styles, width, withStack }: FailureOptions): string {
  const { type, message, next } = describeFailure(error);
  const lines = [
    ...block(styles.red('error'), `${message} [${type}]`, width),
    ...block(styles.cyan('next'), next, width),
    ...(withStack ? stackOf(error) : []),
  ];
  return `${lines.join('\n')}\n`;
}

const LABEL_WIDTH = 7;

/** A label, and beside it the text, its own line breaks kept. */
function block(label: string, text: string, width: number): string[] {
  // The message may quote a page or a file: nothing of it may steer the terminal.
  const lines = text.split('\n').flatMap((line) => wrapWords(withoutControls(line.trimEnd()), width - LABEL_WIDTH));
  return lines.map((line, index) => `${padEnd(index === 0 ? label : '', LABEL_WIDTH)}${line}`.trimEnd());
}

function stackOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = (error.stack ?? error.message).split('\n');
  return error.cause === undefined ? own : [...own, 'caused by:', ...stackOf(error.cause)];
}
