/** A step that can't be compiled, and the line of it that is why. */
import { ChartlifeError } from '../../contracts/errors.ts';

/** Frames of the machinery, not of the step. */
const MACHINERY =
  /node_modules|tfjs-(core|node)\/src|compile[\\/](compile|recorder|trace|traceError)\.ts|node:internal/;

/**
 * @param does what the step does, such as `reads the value of a tensor`
 * @param next what to do instead
 */
export function traceError(does: string, next: string): ChartlifeError {
  const where = callerLine(stackOf());
  return new ChartlifeError(
    'TraceFailed',
    `a step that is being compiled ${does}${where === null ? '' : `, at ${where}`}`,
    {
      next,
      details: { where },
    },
  );
}

/** TensorFlow.js alone takes more frames than a stack has by default. */
function stackOf(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 60;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return stack;
}

/**
 * The innermost line of a stack that is neither ours nor a package's, as `file:line:column`; null in a bundle without source
 * maps, whose lines don't tell whose they are.
 */
export function callerLine(stack: string): string | null {
  for (const line of stack.split('\n').slice(1)) {
    if (MACHINERY.test(line)) continue;
    return /\(?((?:file:\/\/)?[^\s()]+\.ts:\d+:\d+)\)?$/.exec(line.trim())?.[1] ?? null;
  }
  return null;
}
