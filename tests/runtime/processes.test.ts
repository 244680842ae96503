import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { homeAt } from '../../runtime/home.ts';
import { findProcess, hasEndedWithin, isRunning, signalProcess } from '../../runtime/processes.ts';
import { readRunningSystem, readSystemState, type SystemState, writeSystemState } from '../../runtime/systemFile.ts';

test('a process is known by its number and its start, and by neither alone', async () => {
  const self = await findProcess(process.pid);
  expect(self?.pid).toBe(process.pid);
  expect(await isRunning(self!)).toBe(true);
  expect(await isRunning({ ...self!, startMark: `${self!.startMark}0` })).toBe(false);
});

test('a process that ends is gone, and a signal meant for it reaches nobody', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const ref = (await findProcess(child.pid!))!;
  expect(await hasEndedWithin(ref, 0)).toBe(false);
  // A later process that was given the same number would have another start.
  await signalProcess({ ...ref, startMark: '0' }, 'SIGKILL');
  expect(await isRunning(ref)).toBe(true);
  await signalProcess(ref, 'SIGTERM');
  expect(await hasEndedWithin(ref, 10_000)).toBe(true);
  await signalProcess(ref, 'SIGTERM');
  expect(await findProcess(ref.pid)).toBeNull();
});

test('system.json counts while its supervisor runs', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-system-file-'));
  const home = homeAt(folder);
  const self = (await findProcess(process.pid))!;
  const state: SystemState = {
    supervisor: self,
    startedAt: '2026-01-01T00:00:00.000Z',
    temporal: { address: '127.0.0.1:7233', namespace: 'default', uiUrl: null, process: null },
    replicaUrl: null,
    workers: [],
  };
  try {
    expect(await readRunningSystem(home)).toBeNull();
    await writeSystemState(home, state);
    expect(await readRunningSystem(home)).toEqual(state);
    await writeSystemState(home, { ...state, supervisor: { ...self, startMark: 'another' } });
    expect(await readRunningSystem(home)).toBeNull();
    expect((await readSystemState(home))?.supervisor.startMark).toBe('another');
    for (const damaged of ['', '{', '{"supervisor":7}', 'null']) {
      await writeFile(home.systemPath, damaged);
      expect(await readRunningSystem(home), damaged).toBeNull();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
