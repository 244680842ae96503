/** The lock between set-ups, tried with real processes that are really killed. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { withLock } from '../../setup/lock.mjs';
import { startNode } from './nodeProcess.ts';
import { temporaryFolder } from './temporaryFolder.ts';

// Real processes and large files: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const IMPORT_LOCK = `import { withLock } from ${JSON.stringify(pathToFileURL(path.join(PROJECT_ROOT, 'setup', 'lock.mjs')).href)};`;

/** Adds 1 to a file's number, slowly, so that two at once would lose some. */
const COUNT = `${IMPORT_LOCK}
import { readFileSync, writeFileSync } from 'node:fs';
const [lockPath, counterPath] = process.argv.slice(1);
for (let i = 0; i < 10; i += 1) {
  await withLock(lockPath, {}, async () => {
    const count = Number(readFileSync(counterPath, 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, 3));
    writeFileSync(counterPath, String(count + 1));
  });
}`;

const HOLD = `${IMPORT_LOCK}
await withLock(process.argv[1], {}, async () => {
  console.log('held');
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});`;

async function countWithThree(lockPath: string, counterPath: string): Promise<string> {
  writeFileSync(counterPath, '0');
  const processes = [1, 2, 3].map(() => startNode(COUNT, { args: [lockPath, counterPath] }));
  const endings = await Promise.all(processes.map((each) => each.ended));
  expect(endings.map(({ exitCode, stderr }) => `${exitCode} ${stderr}`)).toEqual(['0 ', '0 ', '0 ']);
  return readFileSync(counterPath, 'utf8');
}

describe('one at a time', () => {
  test('three processes lose no count', async () => {
    const folder = temporaryFolder();
    expect(await countWithThree(path.join(folder, 'lock'), path.join(folder, 'counter'))).toBe('30');
    expect(existsSync(path.join(folder, 'lock'))).toBe(false);
  });

  test('nor when all three find the lock of a dead process', async () => {
    const folder = temporaryFolder();
    const lockPath = path.join(folder, 'lock');
    const dead = startNode(HOLD, { args: [lockPath] });
    await dead.said('held');
    dead.child.kill('SIGKILL');
    await dead.ended;
    expect(existsSync(lockPath)).toBe(true);
    expect(await countWithThree(lockPath, path.join(folder, 'counter'))).toBe('30');
  });

  test('work that fails lets go', async () => {
    const lockPath = path.join(temporaryFolder(), 'lock');
    const failing = withLock(lockPath, {}, async () => {
      throw new Error('as it must');
    });
    await expect(failing).rejects.toThrow('as it must');
    expect(await withLock(lockPath, {}, async () => 'mine')).toBe('mine');
  });
});

describe('a child that outlives its killed parent', () => {
  test('holds the lock until it ends', async () => {
    const lockPath = path.join(temporaryFolder(), 'lock');
    const worker = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600_000)'], { stdio: 'ignore' });
    onTestFinished(() => {
      worker.kill('SIGKILL');
    });
    const parent = startNode(
      `${IMPORT_LOCK}
      await withLock(process.argv[1], {}, async (lock) => {
        await lock.addHolder(Number(process.argv[2]));
        console.log('held');
        await new Promise((resolve) => setTimeout(resolve, 600_000));
      });`,
      { args: [lockPath, String(worker.pid)] },
    );
    await parent.said('held');
    parent.child.kill('SIGKILL');
    await parent.ended;

    const order: string[] = [];
    let sayWaitedFor: (pid: number) => void = () => undefined;
    const waitedFor = new Promise<number>((resolve) => {
      sayWaitedFor = resolve;
    });
    const next = withLock(lockPath, { onWait: sayWaitedFor }, async () => {
      order.push('mine');
    });
    expect(await waitedFor).toBe(worker.pid);
    order.push('worker ends');
    worker.kill('SIGKILL');
    await next;
    expect(order).toEqual(['worker ends', 'mine']);
  });
});

describe('a lock of which nothing is known', () => {
  const anHourAgo = new Date(Date.now() - 3_600_000);

  test.each([
    ['an empty one', ''],
    ['a damaged one', '{"host":'],
    ['one of another machine', JSON.stringify({ host: `not-${os.hostname()}`, holders: [{ pid: 1, startedAt: '1' }] })],
  ])('%s is left over after a while', async (_name, text) => {
    const lockPath = path.join(temporaryFolder(), 'lock');
    writeFileSync(lockPath, text);
    utimesSync(lockPath, anHourAgo, anHourAgo);
    expect(await withLock(lockPath, {}, async () => 'mine')).toBe('mine');
  });

  test('one of another machine, just touched, is waited for', async () => {
    const lockPath = path.join(temporaryFolder(), 'lock');
    writeFileSync(lockPath, JSON.stringify({ host: `not-${os.hostname()}`, holders: [{ pid: 1, startedAt: '1' }] }));
    const waitedFor = await new Promise<number>((resolve, reject) => {
      withLock(lockPath, { onWait: resolve }, async () => reject(new Error('it was taken'))).catch(reject);
      onTestFinished(() => utimesSync(lockPath, anHourAgo, anHourAgo));
    });
    expect(waitedFor).toBe(0);
  });

  test('a number that another process has got since is no holder', async () => {
    const lockPath = path.join(temporaryFolder(), 'lock');
    writeFileSync(
      lockPath,
      JSON.stringify({ host: os.hostname(), holders: [{ pid: process.pid, startedAt: 'long ago' }] }),
    );
    expect(await withLock(lockPath, {}, async () => 'mine')).toBe('mine');
  });
});
