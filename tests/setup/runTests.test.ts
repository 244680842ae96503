/** The last line of `npm test` is true, whatever becomes of the tests. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { startNode } from './nodeProcess.ts';
import { temporaryFolder } from './temporaryFolder.ts';

// Real processes and large files: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

interface Ending {
  readonly exitCode: number | null;
  readonly lines: string[];
}

/** Runs the tests of a small project as `npm test` does. */
async function runTestsOf(files: Readonly<Record<string, string>>, vitestArguments: string[] = []): Promise<Ending> {
  const root = temporaryFolder();
  mkdirSync(path.join(root, 'tests'));
  symlinkSync(path.join(PROJECT_ROOT, 'node_modules'), path.join(root, 'node_modules'));
  writeFileSync(path.join(root, 'package.json'), '{ "type": "module" }');
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(path.join(root, 'tests', file), `import { expect, test } from 'vitest';\n${text}`);
  }
  const runner = pathToFileURL(path.join(PROJECT_ROOT, 'setup', 'runTests.mjs')).href;
  const { VITEST, VITEST_POOL_ID, VITEST_WORKER_ID, VITEST_MODE, NODE_ENV, TEST, ...env } = process.env;
  const running = startNode(
    `import { runTests } from ${JSON.stringify(runner)};
    process.exitCode = await runTests(${JSON.stringify(root)}, ${JSON.stringify(vitestArguments)});`,
    { env },
  );
  const { exitCode, stdout } = await running.ended;
  return { exitCode, lines: stdout.trimEnd().split('\n') };
}

const PASSES = "test('passes', () => expect(1).toBe(1));\n";
const FAILS = "test('fails', () => expect(1).toBe(2));\n";
const SKIPS = "test.skip('is skipped', () => {});\ntest.todo('is to be written');\n";

describe('the last line, and the exit code', () => {
  test('all pass', async () => {
    const { exitCode, lines } = await runTestsOf({ 'a.test.ts': PASSES + PASSES.replace('passes', 'passes too') });
    expect(lines.at(-1)).toBe('2 passed, 0 failed');
    expect(exitCode).toBe(0);
  });

  test('some fail, some are skipped', async () => {
    const { exitCode, lines } = await runTestsOf({ 'a.test.ts': PASSES + FAILS, 'b.test.ts': PASSES + SKIPS });
    expect(lines.slice(-2)).toEqual(['2 skipped, each with its reason above', '2 passed, 1 failed']);
    expect(exitCode).toBe(1);
  });

  test('a file that can not be loaded is a failure', async () => {
    const { exitCode, lines } = await runTestsOf({ 'a.test.ts': PASSES, 'b.test.ts': "import './absent.ts';\n" });
    expect(lines.at(-1)).toBe('1 passed, 1 failed');
    expect(exitCode).toBe(1);
  });

  test('an error that no test owns is a failure', async () => {
    const { exitCode, lines } = await runTestsOf({
      'a.test.ts': `${PASSES}setTimeout(() => { throw new Error('nobody catches it'); }, 0);
        test('waits', () => new Promise((resolve) => setTimeout(resolve, 50)));\n`,
    });
    expect(lines.at(-1)).toBe('2 passed, 1 failed');
    expect(exitCode).toBe(1);
  });

  test('a runner that dies is a failure', async () => {
    const { exitCode, lines } = await runTestsOf({
      // Its parent, or the parent of that, is vitest itself.
      'a.test.ts': `${PASSES}test('kills the runner', () => { process.kill(process.ppid, 'SIGKILL'); });\n`,
    });
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
    expect(lines.at(-3)).toBe('vitest ended with SIGKILL and left no report: counted as one failure');
    expect(exitCode).toBe(1);
  });

  test('no test at all is no success', async () => {
    const { exitCode, lines } = await runTestsOf({ 'a.test.ts': PASSES }, ['no/such/test']);
    expect(lines.at(-1)).toMatch(/^0 passed, \d failed$/);
    expect(exitCode).toBe(1);
  });

  test('arguments choose the tests', async () => {
    const { exitCode, lines } = await runTestsOf({ 'a.test.ts': PASSES, 'b.test.ts': FAILS }, ['tests/a.test.ts']);
    expect(lines.at(-1)).toBe('1 passed, 0 failed');
    expect(exitCode).toBe(0);
  });
});
