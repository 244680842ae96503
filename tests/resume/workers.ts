/** Workers as other machines run them: on a Temporal server that belongs to none of them, each with a home of its own. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Home, homeAt, STORE_VARIABLE } from '../../runtime/home.ts';
import { SILENT_LOGGER } from '../../runtime/log.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { resolveTemporalServer } from '../../runtime/temporalServer.ts';
import { HOME_VARIABLE } from '../../workers/environment.ts';
import { freePort, LOOPBACK } from '../../workers/system/ports.ts';
import { createTemporalServer } from '../../workers/system/temporalServer.ts';
import { createWorkerProcess } from '../../workers/system/workerProcess.ts';
import { makeHome } from '../integration/liveSystem.ts';
import { NATIVE_CACHE } from '../integration/replicaCharts.ts';

const run = promisify(execFile);

export interface Cluster {
  readonly address: string;
  stop(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  const server = await resolveTemporalServer({ ...process.env, TEMPORAL_ADDRESS: '' });
  if (server.kind !== 'executable') throw new Error('a server of its own was asked for');
  const home = await makeHome();
  const [port, uiPort] = [await freePort(null), await freePort(null)];
  const running = createTemporalServer({
    ...{ executablePath: server.path, home, port, uiPort, namespace: 'default', env: process.env },
    logger: SILENT_LOGGER,
    onUp: async () => undefined,
  });
  await running.start();
  return {
    address: `${LOOPBACK}:${port}`,
    stop: async () => {
      await running.stop();
      await rm(home.root, { recursive: true, force: true });
    },
  };
}

/** What a process of a machine is started with. */
export function workerEnvironment(home: Home, { address }: Cluster): NodeJS.ProcessEnv {
  return {
    ...process.env,
    [HOME_VARIABLE]: home.root,
    [STORE_VARIABLE]: home.storeRoot,
    CHARTLIFE_CACHE: NATIVE_CACHE.root,
    TEMPORAL_ADDRESS: address,
  };
}

export interface MachineWorker {
  readonly pid: number | null;
  stop(): Promise<void>;
}

export async function startWorker(kind: 'ingest' | 'train', home: Home, cluster: Cluster): Promise<MachineWorker> {
  const worker = createWorkerProcess({
    entryPath: path.join(PROJECT_ROOT, 'dist', 'workers', `${kind}.js`),
    name: `${kind} worker`,
    env: workerEnvironment(home, cluster),
    logger: SILENT_LOGGER,
    onUp: async () => undefined,
  });
  await worker.start();
  return worker;
}

/** Also of a process whose parent sleeps, and has not yet asked how it ended. */
export async function hasEnded(pid: number): Promise<boolean> {
  const found = await run('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => null);
  return found === null || found.stdout.trim().startsWith('Z');
}

/** A new, empty home on the store of another. */
export async function makeHomeOn(store: Home): Promise<Home> {
  return homeAt(await mkdtemp(path.join(os.tmpdir(), 'chartlife-machine-')), store.root);
}
