/** The supervisor: one a home, nothing left running however it ends, and what a killed one leaves is found and cleared. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parseDate } from '../../contracts/dates.ts';
import type { Home } from '../../runtime/home.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { readRunningSystem, readSystemState, type SystemState } from '../../runtime/systemFile.ts';
import { connectToHome } from '../../workers/control/control.ts';
import { ensureDist, isAlive, makeHome, START_TIMEOUT_MS, until } from './liveSystem.ts';

let folder: string;
let entryPath: string;
let home: Home;
const supervisors: ChildProcess[] = [];

beforeAll(async () => {
  await ensureDist();
  // Inside the checkout, so that its packages and files are found.
  folder = await mkdtemp(path.join(PROJECT_ROOT, 'dist', 'test-'));
  entryPath = path.join(folder, 'supervisorProcess.mjs');
  await build({
    entryPoints: [path.join(PROJECT_ROOT, 'tests', 'integration', 'supervisorProcess.ts')],
    outfile: entryPath,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  home = await makeHome();
}, START_TIMEOUT_MS);

afterEach(async () => {
  for (const supervisor of supervisors.splice(0)) {
    if (supervisor.exitCode === null && supervisor.signalCode === null) {
      supervisor.kill('SIGTERM');
      await ended(supervisor);
    }
  }
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(home.root, { recursive: true, force: true });
});

/** Starts a supervisor; gives what it says first. */
async function supervise(): Promise<{ readonly process: ChildProcess; readonly said: string }> {
  const child = spawn(process.execPath, [entryPath, home.root, 'us', 'gb'], { stdio: ['ignore', 'pipe', 'inherit'] });
  supervisors.push(child);
  const said = await new Promise<string>((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.trim());
    });
    child.once('exit', () => resolve(text.trim()));
  });
  return { process: child, said };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    await new Promise((resolve) => child.once('exit', resolve));
  }
}

function pidsOf(state: SystemState): number[] {
  return [state.temporal.process!.pid, ...state.workers.map(({ pid }) => pid)];
}

test(
  'a second system on the same home is refused, and the first goes on',
  async () => {
    const first = await supervise();
    expect(first.said).toBe('up');
    const second = await supervise();
    expect(second.said).toContain('a system already runs for the home');
    expect(second.said).toContain(String(first.process.pid));
    await ended(second.process);
    const state = await readRunningSystem(home);
    expect(state?.supervisor.pid).toBe(first.process.pid);
    expect(pidsOf(state!).every(isAlive)).toBe(true);
    const control = await connectToHome(home, {});
    await control.awaitRefresh(await control.startRefresh('daily', parseDate('2026-03-01')));
    await control.close();
  },
  START_TIMEOUT_MS,
);

test(
  'SIGTERM ends everything and gives the home back',
  async () => {
    const { process: supervisor } = await supervise();
    const pids = pidsOf((await readRunningSystem(home))!);
    supervisor.kill('SIGTERM');
    await ended(supervisor);
    expect(supervisor.exitCode).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(existsSync(home.systemPath)).toBe(false);
    await expect(connectToHome(home, {})).rejects.toMatchObject({ type: 'ServerUnavailable' });
  },
  START_TIMEOUT_MS,
);

test(
  'kill -9 of the supervisor leaves nothing running, and the next one starts where it was, on the same ports',
  async () => {
    const first = await supervise();
    const before = (await readRunningSystem(home))!;
    first.process.kill('SIGKILL');
    await ended(first.process);
    expect(await readRunningSystem(home)).toBeNull();
    await until(() => !pidsOf(before).some(isAlive), 'the children have noticed');

    const second = await supervise();
    expect(second.said).toBe('up');
    const after = (await readRunningSystem(home))!;
    expect(after.temporal.address).toBe(before.temporal.address);
    expect(after.replicaUrl).toBe(before.replicaUrl);
    expect(pidsOf(after).every(isAlive)).toBe(true);
    // What the server knew, it still knows.
    const control = await connectToHome(home, {});
    expect((await control.describeRuns(1)).finished[0]).toMatchObject({ result: { nominalDate: '2026-03-01' } });
    await control.close();
    const connection = await Connection.connect({ address: after.temporal.address });
    const { config } = await connection.workflowService.describeNamespace({ namespace: after.temporal.namespace });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 86_400);
    await connection.close();
  },
  START_TIMEOUT_MS,
);

test(
  'children that did not notice are ended by the next supervisor',
  async () => {
    const first = await supervise();
    const before = (await readRunningSystem(home))!;
    const [worker] = before.workers;
    // A stopped process can't notice anything.
    process.kill(worker!.pid, 'SIGSTOP');
    first.process.kill('SIGKILL');
    await ended(first.process);
    expect((await readSystemState(home))?.supervisor.pid).toBe(first.process.pid);

    const second = await supervise();
    expect(second.said).toBe('up');
    expect(isAlive(worker!.pid)).toBe(false);
    expect(await readdir(home.root)).not.toContainEqual(expect.stringMatching(/stale|draft/));
  },
  START_TIMEOUT_MS,
);
