import { expect, it } from 'vitest';
import { describeExitCodes, describeExitCodesOf, OWN_EXIT_CODES } from '../../cli/exitCodes.ts';
import { describeFailure, renderFailure } from '../../cli/output/reportError.ts';
import { createStyles } from '../../cli/output/styles.ts';
import { createProgram } from '../../cli/program.ts';
import { ChartlifeError, ERROR_TYPES } from '../../contracts/errors.ts';
import { captureEffects } from './captureEffects.ts';

const plain = { styles: createStyles(false), width: Number.POSITIVE_INFINITY, withStack: false };

it('says what, of which type, and what to do', () => {
  const error = new ChartlifeError(
    'WrongPage',
    'this is an Apple Music page (kr.html)\nits heading says "Apple Music"',
    {
      next: 'Save the page of kworb.net/spotify.',
    },
  );
  expect(renderFailure(error, plain)).toBe(
    [
      'error  this is an Apple Music page (kr.html)',
      '       its heading says "Apple Music" [WrongPage]',
      'next   Save the page of kworb.net/spotify.',
      '',
    ].join('\n'),
  );
});

it('wraps at the width of the terminal, and lets nothing steer it', () => {
  const error = new ChartlifeError('InvalidInput', 'the title "\x1b[2Jgone" is not one that anybody expects here', {
    next: 'Look.',
  });
  const lines = renderFailure(error, { ...plain, width: 40 })
    .trimEnd()
    .split('\n');
  expect(lines).toEqual([
    'error  the title "·[2Jgone" is not one',
    '       that anybody expects here',
    '       [InvalidInput]',
    'next   Look.',
  ]);
});

it('gives a system error that a person can mend a type and a next step', () => {
  const error = Object.assign(new Error("ENOENT: no such file or directory, open 'x.html'"), {
    code: 'ENOENT',
    path: 'x.html',
  });
  expect(describeFailure(error)).toMatchObject({ type: 'InvalidInput', message: 'there is no x.html', exitCode: 2 });
});

it('calls anything else a defect, and shows its stack only on request', () => {
  const error = new TypeError('x is not a function', { cause: new Error('deeper') });
  expect(describeFailure(error)).toMatchObject({ type: 'Unexpected', exitCode: 1 });
  expect(renderFailure(error, plain)).not.toContain('reportError.test.ts');
  const withStack = renderFailure(error, { ...plain, withStack: true });
  expect(withStack).toContain('reportError.test.ts');
  expect(withStack).toContain('deeper');
});

it('lists every exit code and every type of error once', () => {
  const lines = describeExitCodes(60);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  const codes = lines.filter((line) => /^ *\d/.test(line)).map((line) => Number.parseInt(line, 10));
  expect(codes).toEqual(
    [...new Set([0, 1, ...Object.values(ERROR_TYPES).map((type) => type.exitCode), 130])].sort((a, b) => a - b),
  );
  for (const type of Object.keys(ERROR_TYPES)) {
    expect(lines.filter((line) => line.split(/[ ,]+/).includes(type))).toHaveLength(1);
  }
});

it('lists the codes of every verb in three lines at most, none that does not exist', async () => {
  const { command } = createProgram(captureEffects().effects);
  const known = new Set(Object.values(ERROR_TYPES).map(({ exitCode }) => exitCode as number));
  expect(Object.keys(OWN_EXIT_CODES).sort()).toEqual(command.commands.map((verb) => verb.name()).sort());
  for (const [verb, codes] of Object.entries(OWN_EXIT_CODES)) {
    expect(codes.filter((code) => !known.has(code))).toEqual([]);
    const lines = describeExitCodesOf(verb, 78);
    expect(lines.length).toBeLessThanOrEqual(3);
    expect(lines.join(' ')).not.toContain('undefined');
  }
});
