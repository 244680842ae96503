import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { chartlife } from './captureEffects.ts';

describe('a command line that does not fit', () => {
  it.each([
    [['parze', 'x.html'], "unknown command 'parze'", 'Did you mean parse? See: chartlife --help'],
    [['parse', 'x.html', '--jsn'], "unknown option '--jsn'", 'Did you mean --json? See: chartlife parse --help'],
    [['parse'], "missing required argument 'file'", 'See: chartlife parse --help'],
    [['parse', 'a', 'b'], 'too many arguments', 'See: chartlife parse --help'],
    [['snapshot', 'lst'], "unknown command 'lst'", 'Did you mean list? See: chartlife snapshot --help'],
    [['parse', 'x', '--region', 'u'], '--region: "u" is not a region', 'two-letter country code'],
    [['parse', 'x', '--date', '2026-02-30'], '--date: "2026-02-30" is not a date', 'YYYY-MM-DD'],
    [['parse', 'x', '--kind', 'monthly'], "argument 'monthly' is invalid", 'See: chartlife parse --help'],
  ])('%j', async (args, message, next) => {
    const { exitCode, stdout, stderr } = await chartlife(args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain('[InvalidInput]');
    expect(stderr).toContain(next);
  });

  it('is an object on stderr with --json', async () => {
    const { exitCode, stdout, stderr } = await chartlife(['parze', '--json']);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(JSON.parse(stderr)).toMatchObject({ error: { type: 'InvalidInput', exitCode: 2 } });
  });
});

describe('help', () => {
  it('is what comes without a verb, on stdout', async () => {
    const bare = await chartlife([]);
    expect(bare).toEqual(await chartlife(['--help']));
    expect(bare.exitCode).toBe(0);
    expect(bare.stderr).toBe('');
    expect(bare.stdout).toContain('Usage: chartlife');
    expect(bare.stdout).toContain('Exit codes:');
  });

  it('of a verb lists its options, --home and the exit codes', async () => {
    const { exitCode, stdout } = await chartlife(['parse', '--help']);
    expect(exitCode).toBe(0);
    for (const text of ['--region', '--home', '3 a page or file does not fit', '130 interrupted'])
      expect(stdout).toContain(text);
    expect((await chartlife(['help', 'parse'])).stdout).toBe(stdout);
  });
});

it('prints its version', async () => {
  expect(await chartlife(['--version'])).toMatchObject({ exitCode: 0, stdout: `${packageJson.version}\n`, stderr: '' });
});

it('ends quietly when nobody reads on', async () => {
  const { exitCode, stderr } = await chartlife(['--help'], { closeStdoutAfter: 0 });
  expect(exitCode).toBe(0);
  expect(stderr).toBe('');
});
