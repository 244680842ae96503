import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import type { LogLevel } from '../../runtime/log.ts';
import { type ProcessSpec, SupervisedProcess } from '../../workers/system/supervisedProcess.ts';
import { isAlive, until } from '../integration/liveSystem.ts';

/** Says `ready`, then does what the script says. */
function child(script: string): ChildProcess {
  return spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
}

const LIVES = "console.log('ready'); setInterval(() => undefined, 1000)";

const started: SupervisedProcess[] = [];
const lines: string[] = [];

function supervise(script: string, overrides: Partial<ProcessSpec> = {}): SupervisedProcess {
  const supervised = new SupervisedProcess({
    name: 'child',
    launch: () => child(script),
    whenReady: async (process) => {
      await once(process.stdout!, 'data');
    },
    askToStop: (process) => process.kill('SIGTERM'),
    stopTimeoutMs: 300,
    readyTimeoutMs: 20_000,
    logger: { log: (level: LogLevel, message: string) => lines.push(`${level} ${message}`) },
    ...overrides,
  });
  started.push(supervised);
  return supervised;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((supervised) => supervised.stop()));
  lines.length = 0;
});

test('a child that dies is started again, each time it dies', async () => {
  let numUps = 0;
  const supervised = supervise(LIVES, {
    onUp: async () => {
      numUps += 1;
    },
  });
  await supervised.start();
  for (const expected of [2, 3]) {
    process.kill(supervised.pid!, 'SIGKILL');
    await until(() => numUps === expected, `it is up for the ${expected}th time`);
  }
  expect(isAlive(supervised.pid!)).toBe(true);
  expect(lines.filter((line) => line.includes('ended by SIGKILL'))).toHaveLength(2);
});

test('stopped, it stays down', async () => {
  const supervised = supervise(LIVES);
  await supervised.start();
  const pid = supervised.pid!;
  await supervised.stop();
  expect(isAlive(pid)).toBe(false);
  expect(supervised.pid).toBeNull();
});

test('stopped while it waits to start the child again, it stays down', async () => {
  const supervised = supervise(LIVES);
  await supervised.start();
  process.kill(supervised.pid!, 'SIGKILL');
  await until(() => supervised.pid === null, 'it has died');
  await supervised.stop();
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(supervised.pid).toBeNull();
});

test('a child that does not hear is killed', async () => {
  const supervised = supervise(`process.on('SIGTERM', () => undefined); ${LIVES}`);
  await supervised.start();
  const pid = supervised.pid!;
  await supervised.stop();
  expect(isAlive(pid)).toBe(false);
});

test('a child that ends before it is ready is an error with its last words, and is not tried again', async () => {
  const supervised = supervise("console.error('the lake is of a newer schema'); process.exit(6)");
  await expect(supervised.start()).rejects.toMatchObject({
    type: 'ServerUnavailable',
    message: expect.stringContaining('it ended with code 6'),
    next: expect.stringContaining('the lake is of a newer schema'),
  });
  expect(supervised.pid).toBeNull();
});

test('a child that is never ready is ended', async () => {
  const launched: ChildProcess[] = [];
  const supervised = supervise('setInterval(() => undefined, 1000)', {
    readyTimeoutMs: 200,
    launch: () => {
      launched.push(child('setInterval(() => undefined, 1000)'));
      return launched[0]!;
    },
  });
  await expect(supervised.start()).rejects.toThrow('not ready after 0.2 s');
  expect(isAlive(launched[0]!.pid!)).toBe(false);
});

test('a program that is not there is an error that says so', async () => {
  const supervised = supervise('', {
    launch: () => spawn('/nowhere/temporal', { stdio: 'pipe' }),
    whenReady: () => new Promise(() => undefined),
  });
  await expect(supervised.start()).rejects.toThrow('ENOENT');
});

test('a failure to note that it is up changes nothing', async () => {
  const supervised = supervise(LIVES, { onUp: () => Promise.reject(new Error('no room left')) });
  await supervised.start();
  expect(isAlive(supervised.pid!)).toBe(true);
});
