/** What a worker makes of its trainer's stdout. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Logger } from '../../../runtime/log.ts';
import { runTrainer } from '../../../workers/trainer/trainerChild.ts';

let folder: string;
const logged: unknown[] = [];
const logger: Logger = { log: (_level, _message, fields) => logged.push(fields) };
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-child-'));
  logged.length = 0;
});
afterEach(() => rm(folder, { recursive: true }));

/** A trainer that writes these lines and ends. @returns the messages that were heard, and the last */
async function heard(lines: readonly string[]) {
  const trainerPath = path.join(folder, 'trainer.mjs');
  await writeFile(trainerPath, `process.stdout.write(${JSON.stringify(lines.join('\n'))});`);
  const messages: unknown[] = [];
  const last = await runTrainer({
    ...{ jobPath: 'none', logger, trainerPath, signal: new AbortController().signal },
    onMessage: (message) => messages.push(message),
  });
  return { messages, last };
}

const END = { type: 'forecasted', numForecasts: 2 };

test('lines that are no messages are logged, and nothing else comes of them', async () => {
  const noise = ['Found device 0', '7', 'null', '{"type":"st'];
  expect(await heard([...noise, JSON.stringify(END)])).toEqual({ messages: [END], last: END });
  for (const line of noise) expect(logged).toContainEqual({ line });
});

test('one that ends without a message of its end is lost', async () => {
  await expect(heard(['{"type":"result","res'])).rejects.toMatchObject({ type: 'TrainerLost' });
});
