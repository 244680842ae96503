/** The development server as a child: found by nobody else, gone with its supervisor, the same again after a kill. */
import { mkdir, rm } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import type { Home } from '../../runtime/home.ts';
import { SILENT_LOGGER } from '../../runtime/log.ts';
import { resolveTemporalServer } from '../../runtime/temporalServer.ts';
import { freePort } from '../../workers/system/ports.ts';
import { createTemporalServer, type TemporalServerProcess } from '../../workers/system/temporalServer.ts';
import { isAlive, makeHome, START_TIMEOUT_MS, until } from '../integration/liveSystem.ts';

const started: { readonly server: TemporalServerProcess; readonly home: Home }[] = [];

afterEach(async () => {
  for (const { server, home } of started.splice(0)) {
    await server.stop();
    await rm(home.root, { recursive: true, force: true });
  }
});

async function create(port: number): Promise<TemporalServerProcess> {
  const found = await resolveTemporalServer({ ...process.env, TEMPORAL_ADDRESS: '' });
  if (found.kind !== 'executable') throw new Error('no executable');
  const home = await makeHome();
  await mkdir(home.logsDir, { recursive: true });
  const server = createTemporalServer({
    executablePath: found.path,
    home,
    port,
    uiPort: await freePort(null),
    namespace: 'default',
    env: process.env,
    logger: SILENT_LOGGER,
    onUp: async () => undefined,
  });
  started.push({ server, home });
  return server;
}

/** On a port that nobody else took between the look and the start; whoever starts servers in earnest tries again too. */
async function startOnFreePort(): Promise<{ readonly server: TemporalServerProcess; readonly port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(null);
    const server = await create(port);
    try {
      await server.start();
      return { server, port };
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

test(
  'another home’s server on the same port is not taken for ours',
  async () => {
    const { server: theirs, port } = await startOnFreePort();
    const ours = await create(port);
    await expect(ours.start()).rejects.toMatchObject({
      type: 'ServerUnavailable',
      message: expect.stringContaining('the Temporal server did not come up'),
    });
    expect(isAlive(theirs.pid!)).toBe(true);
  },
  START_TIMEOUT_MS,
);

test(
  'killed, it comes back on the same port; stopped, it is gone',
  async () => {
    const { server } = await startOnFreePort();
    const first = server.pid!;
    process.kill(first, 'SIGKILL');
    await until(() => server.pid !== null && server.pid !== first, 'it is back');
    const second = server.pid!;
    await server.stop();
    expect([first, second].filter(isAlive)).toEqual([]);
    expect(server.pid).toBeNull();
  },
  START_TIMEOUT_MS,
);
