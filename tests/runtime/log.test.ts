import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ChartlifeError } from '../../contracts/errors.ts';
import { openLogFile } from '../../runtime/log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function entries(file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(file, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('writes one JSON object a line, with time, level and fields', async () => {
  const log = openLogFile(path.join(folder, 'logs', 'worker.log'), { now: () => new Date(0) });
  log.log('info', 'started', { numPages: 3, big: 2n ** 60n });
  log.log('debug', 'too fine to keep');
  log.close();
  expect(await entries(log.path)).toEqual([
    {
      at: '1970-01-01T00:00:00.000Z',
      level: 'info',
      pid: process.pid,
      message: 'started',
      numPages: 3,
      big: '1152921504606846976',
    },
  ]);
});

it('keeps what an error says, with its causes', async () => {
  const log = openLogFile(path.join(folder, 'worker.log'));
  const cause = new Error('connection reset');
  log.log('error', 'fetch failed', {
    error: new ChartlifeError('SourceUnavailable', 'no answer', { next: 'Wait.', cause }),
  });
  log.close();
  expect(await entries(log.path)).toMatchObject([
    {
      error: { type: 'SourceUnavailable', message: 'no answer', next: 'Wait.', cause: { message: 'connection reset' } },
    },
  ]);
});

it('appends to what is there, and puts a large file aside', async () => {
  const file = path.join(folder, 'worker.log');
  for (const message of ['one', 'two']) {
    const log = openLogFile(file);
    log.log('info', message);
    log.close();
  }
  expect((await entries(file)).map((entry) => entry.message)).toEqual(['one', 'two']);
  const log = openLogFile(file, { maxBytes: 10 });
  log.log('info', 'three');
  log.close();
  expect((await entries(file)).map((entry) => entry.message)).toEqual(['three']);
  expect((await stat(`${file}.1`)).size).toBeGreaterThan(10);
});

it('ignores what comes after it was closed', async () => {
  const log = openLogFile(path.join(folder, 'worker.log'));
  log.log('info', 'kept');
  log.close();
  log.log('info', 'late');
  log.close();
  expect(await entries(log.path)).toHaveLength(1);
});

it('puts a file aside that grows too large while it is open, and goes over to the new one with the others', async () => {
  const file = path.join(folder, 'worker.log');
  const [one, other] = [openLogFile(file, { maxBytes: 2_000 }), openLogFile(file, { maxBytes: 2_000 })];
  for (let i = 0; i < 100; i++) (i % 2 === 0 ? one : other).log('info', `line ${i} ${'x'.repeat(50)}`);
  one.close();
  other.close();
  const sizes = await Promise.all([file, `${file}.1`].map(async (each) => (await stat(each)).size));
  for (const size of sizes) expect(size).toBeLessThan(5_000);
  expect((await entries(file)).at(-1)?.message).toMatch(/^line 99 /);
});
