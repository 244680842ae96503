import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Home, homeAt } from '../../runtime/home.ts';
import { SILENT_LOGGER } from '../../runtime/log.ts';
import { findProcess } from '../../runtime/processes.ts';
import { readSystemState, type SystemState, writeSystemState } from '../../runtime/systemFile.ts';
import { claimHome } from '../../workers/system/claim.ts';

let home: Home;
let state: SystemState;

beforeEach(async () => {
  home = homeAt(await mkdtemp(path.join(os.tmpdir(), 'chartlife-claim-')));
  state = {
    supervisor: (await findProcess(process.pid))!,
    startedAt: '2026-01-01T00:00:00.000Z',
    temporal: { address: '127.0.0.1:7233', namespace: 'default', uiUrl: null, process: null },
    replicaUrl: null,
    workers: [],
  };
});

afterEach(() => rm(home.root, { recursive: true, force: true }));

const claim = (): ReturnType<typeof claimHome> => claimHome(home, state, SILENT_LOGGER);
const deadState = (): SystemState => ({ ...state, supervisor: { pid: state.supervisor.pid, startMark: 'long ago' } });

test('a home is taken once, and again after it was given back', async () => {
  const first = await claim();
  expect(first.formerState).toBeNull();
  await expect(claim()).rejects.toMatchObject({ type: 'AlreadyRunning', message: expect.stringContaining(home.root) });
  await first.release();
  await (await claim()).release();
  expect(await readdir(home.root)).toEqual([]);
});

test('of many that come at once, one gets it', async () => {
  const claims = await Promise.allSettled(Array.from({ length: 8 }, claim));
  expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of claims) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ type: 'AlreadyRunning' });
  }
});

test('what a killed system left in the file is taken over, its ports for instance', async () => {
  await writeSystemState(home, deadState());
  const taken = await claim();
  expect(taken.formerState).toEqual(deadState());
  expect((await readSystemState(home))?.supervisor).toEqual(state.supervisor);
});

test('a file that can’t be read is no claim', async () => {
  await writeFile(home.systemPath, '{"supervisor":');
  const taken = await claim();
  expect(taken.formerState).toBeNull();
  expect((await readSystemState(home))?.supervisor).toEqual(state.supervisor);
});
