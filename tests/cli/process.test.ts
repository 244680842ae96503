import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COMMAND, runProcess } from './chartlifeProcess.ts';
import { DAILY_PAGE, longDailyPage } from './dailyPage.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(path.join(os.tmpdir(), 'chartlife-process-'));
  await writeFile(path.join(cwd, 'page.html'), DAILY_PAGE);
  // Builds dist/ if a source has changed, which a process says on stderr.
  await runProcess(['--version']);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

it('prints JSON that parses, and nothing else on stdout', async () => {
  const { exitCode, stdout, stderr } = await runProcess(['parse', 'page.html', '--json'], { cwd });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'daily', region: 'us', chartDate: '2026-06-27' });
});

it('reads stdin', async () => {
  const { exitCode, stdout } = await runProcess(['parse', '-', '--json'], { cwd, stdin: DAILY_PAGE });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ rows: { length: 4 } });
});

it('ends with the exit code of the error', async () => {
  const { exitCode, stdout, stderr } = await runProcess(['parse', '-'], { cwd, stdin: '<html>' });
  expect(exitCode).toBe(3);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^error {2}.+\nnext {3}.+\n$/);
});

async function loadedPackages(args: readonly string[]): Promise<string[]> {
  const list = path.join(cwd, 'loaded.json');
  await runProcess(args, {
    cwd,
    nodeArgs: ['--require', path.join(import.meta.dirname, 'loadedModules.cjs')],
    env: { LOADED_MODULES: list },
  });
  return JSON.parse(await readFile(list, 'utf8')) as string[];
}

it('starts without DuckDB, Temporal and Arrow where they are not needed', async () => {
  const heavy = /duckdb|temporal|arrow|playwright/;
  for (const args of [['--help'], ['parse', 'page.html'], ['sql', '--help']]) {
    const names = await loadedPackages(args);
    expect(names).toContain('commander');
    expect(names.filter((name) => heavy.test(name))).toEqual([]);
  }
  // The list would show them: this needs the lake.
  expect(await loadedPackages(['sql', 'select 1', '--home', 'none'])).toContain('@duckdb/node-api');
});

it('is quiet when the reader of its output goes away', async () => {
  // More than a pipe holds, so that the writer does meet a closed one.
  await writeFile(path.join(cwd, 'long.html'), longDailyPage(1_000));
  const script = '"$0" "$1" parse long.html --json | head -c 1; echo " $PIPESTATUS"';
  const shell = spawn('bash', ['-c', script, process.execPath, COMMAND], { cwd });
  let stdout = '';
  let stderr = '';
  shell.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  shell.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  await new Promise((resolve) => shell.once('close', resolve));
  expect({ stdout, stderr }).toEqual({ stdout: '{ 0\n', stderr: '' });
});
