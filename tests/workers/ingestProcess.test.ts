/** The worker process as the operating system sees it: what it says and how it ends when it can't work. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { ensureDist, START_TIMEOUT_MS, until } from '../integration/liveSystem.ts';

let homeRoot: string;

beforeAll(async () => {
  await ensureDist();
  homeRoot = await mkdtemp(path.join(os.tmpdir(), 'chartlife-worker-'));
}, START_TIMEOUT_MS);

afterAll(() => rm(homeRoot, { recursive: true, force: true }));

async function runWorker(env: Record<string, string>): Promise<{ readonly code: unknown; readonly said: string }> {
  const { TEMPORAL_ADDRESS: _address, CHARTLIFE_HOME: _home, ...inherited } = process.env;
  const worker = spawn(process.execPath, [path.join(PROJECT_ROOT, 'dist', 'workers', 'ingest.js')], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  worker.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = await once(worker, 'exit');
  return { code, said };
}

test('without a home it says which variable is missing', async () => {
  const { code, said } = await runWorker({});
  expect(code).toBe(2);
  expect(said).toContain('CHARTLIFE_HOME is not set');
});

test('without a server it says how to start one', async () => {
  const { code, said } = await runWorker({ CHARTLIFE_HOME: homeRoot });
  expect(code).toBe(8);
  expect(said).toContain('chartlife up');
});

test('while it waits for a server that does not answer, SIGTERM ends it at once and in peace', async () => {
  const worker = spawn(process.execPath, [path.join(PROJECT_ROOT, 'dist', 'workers', 'ingest.js')], {
    env: { ...process.env, CHARTLIFE_HOME: homeRoot, TEMPORAL_ADDRESS: '127.0.0.1:1' },
    stdio: 'ignore',
  });
  const logPath = path.join(homeRoot, 'logs', 'worker.log');
  await until(
    async () => (await readFile(logPath, 'utf8').catch(() => '')).includes('waiting for the Temporal server'),
    'it waits',
  );
  worker.kill('SIGTERM');
  const [code] = await once(worker, 'exit');
  expect(code).toBe(0);
}, 60_000);
