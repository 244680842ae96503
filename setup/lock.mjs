/**
 * A lock between processes, for what only one of them may do at a time: installing packages, building, filling the
 * cache. A lock whose holder has died is taken over at once, so a killed set-up never stands in the way of the next.
 *
 * The lock is a file that names its holders: the process, and the children that do the work. A child that outlives a
 * killed parent (npm, say) still holds the lock, as it still writes.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const POLL_MS = 200;
/** The holder touches its lock this often: another machine (or container) can't see whether it lives. */
const TOUCH_EVERY_MS = 5_000;
/** A lock of another machine, untouched for so long, is left over. */
const FOREIGN_STALE_MS = 30_000;
/** A lock file that says nothing yet is being written; for so long. */
const UNWRITTEN_STALE_MS = 10_000;
/** Taking a lock over is a matter of milliseconds. */
const TAKEOVER_STALE_MS = 10_000;

/**
 * @typedef {object} Holder
 * @property {number} pid
 * @property {string} startedAt tells this process from a later one with the same number
 */

/**
 * @typedef {object} LockRecord
 * @property {string} host
 * @property {Holder[]} holders
 */

/**
 * @typedef {object} HeldLock
 * @property {(pid: number) => Promise<void>} addHolder Names a child that does the work: it may outlive this process.
 */

/**
 * Runs the work while this process alone holds the lock; waits for it as long as it takes.
 *
 * @template T
 * @param {string} lockPath
 * @param {{ onWait?: (holderPid: number) => void }} options `onWait` is called once, if another process has the lock
 * @param {(lock: HeldLock) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(lockPath, options, work) {
  await mkdir(path.dirname(lockPath), { recursive: true });
  /** @type {LockRecord} */
  const record = { host: os.hostname(), holders: [describeProcess(process.pid)] };
  await acquire(lockPath, record, options.onWait);
  const touch = setInterval(() => {
    const now = new Date();
    utimes(lockPath, now, now).catch(() => undefined);
  }, TOUCH_EVERY_MS);
  touch.unref();
  try {
    return await work({
      async addHolder(pid) {
        record.holders.push(describeProcess(pid));
        const temporaryPath = `${lockPath}.${process.pid}.tmp`;
        await writeFile(temporaryPath, JSON.stringify(record));
        await rename(temporaryPath, lockPath);
      },
    });
  } finally {
    clearInterval(touch);
    await rm(lockPath, { force: true });
  }
}

/**
 * @param {string} lockPath
 * @param {LockRecord} record
 * @param {((holderPid: number) => void) | undefined} onWait
 */
async function acquire(lockPath, record, onWait) {
  let hasSaid = false;
  while (!(await createExclusively(lockPath, JSON.stringify(record)))) {
    const state = await look(lockPath);
    if (state.is === 'absent') continue;
    if (state.is === 'dead') {
      await takeAway(lockPath);
      continue;
    }
    if (!hasSaid) onWait?.(state.pid);
    hasSaid = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * Removes a lock whose holders are dead. Two processes may find it dead at once; the second must not remove the lock
 * that the first has taken meanwhile. So one at a time looks again and removes.
 *
 * @param {string} lockPath
 */
async function takeAway(lockPath) {
  const guardPath = `${lockPath}.takeover`;
  if (!(await createExclusively(guardPath, ''))) {
    const ageMs = await fileAgeMs(guardPath);
    if (ageMs !== null && ageMs > TAKEOVER_STALE_MS) await rm(guardPath, { force: true });
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    return;
  }
  try {
    if ((await look(lockPath)).is === 'dead') await rm(lockPath, { force: true });
  } finally {
    await rm(guardPath, { force: true });
  }
}

/**
 * Who has the lock. `pid` is 0 where somebody may have it who can't be named.
 *
 * @param {string} lockPath
 * @returns {Promise<{ is: 'absent' } | { is: 'dead' } | { is: 'held', pid: number }>}
 */
async function look(lockPath) {
  const ageMs = await fileAgeMs(lockPath);
  if (ageMs === null) return { is: 'absent' };
  const record = await readRecord(lockPath);
  const staleAfterMs = record === null ? UNWRITTEN_STALE_MS : FOREIGN_STALE_MS;
  if (record === null || record.host !== os.hostname()) {
    return ageMs < staleAfterMs ? { is: 'held', pid: 0 } : { is: 'dead' };
  }
  const alive = record.holders.find(({ pid, startedAt }) => startedAt !== '' && processStart(pid) === startedAt);
  return alive === undefined ? { is: 'dead' } : { is: 'held', pid: alive.pid };
}

/**
 * @param {string} lockPath
 * @returns {Promise<LockRecord | null>}
 */
async function readRecord(lockPath) {
  try {
    const record = JSON.parse(await readFile(lockPath, 'utf8'));
    return Array.isArray(record.holders) ? record : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} filePath
 * @param {string} text
 * @returns {Promise<boolean>} false if the file is there already
 */
async function createExclusively(filePath, text) {
  try {
    const file = await open(filePath, 'wx');
    await file.writeFile(text);
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * @param {string} filePath
 * @returns {Promise<number | null>} null if there is no such file
 */
async function fileAgeMs(filePath) {
  try {
    return Date.now() - (await stat(filePath)).mtimeMs;
  } catch {
    return null;
  }
}

/**
 * @param {number} pid
 * @returns {Holder}
 */
function describeProcess(pid) {
  return { pid, startedAt: processStart(pid) };
}

/**
 * When a process started, in whatever form the system gives it; empty if it runs no more.
 *
 * @param {number} pid
 * @returns {string}
 */
function processStart(pid) {
  if (process.platform === 'linux') {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      // A zombie has ended; its parent has not asked yet.
      return fields[0] === 'Z' ? '' : (fields[19] ?? '');
    } catch {
      return '';
    }
  }
  return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';
}
