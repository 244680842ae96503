/** What `runs watch` reads of the losses: each byte once, whatever becomes of the file. */
import { appendFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type LossTail, lossTail } from '../../cli/runWatch/lossTail.ts';
import { writeFileAtomic } from '../../runtime/files.ts';
import { temporaryFolder } from '../setup/temporaryFolder.ts';

const lineOf = (loss: number): string => `${JSON.stringify({ step: 0, loss, gradientNorm: 1, learningRate: 0.1 })}\n`;
let file: string;
let tail: LossTail;
let reads: number[];

beforeEach(() => {
  file = path.join(temporaryFolder(), 'mp2.jsonl');
  reads = [];
  tail = lossTail(file, (numBytes) => reads.push(numBytes));
});

test('a look reads what was added since the one before', async () => {
  expect(await tail.read()).toEqual([]);
  const lines = Array.from({ length: 1_000 }, (_, step) => lineOf(step)).join('');
  await writeFile(file, lines);
  expect(await tail.read()).toHaveLength(1_000);
  await appendFile(file, lineOf(7));
  expect((await tail.read()).slice(-2)).toEqual([999, 7]);
  expect(await tail.read()).toHaveLength(1_001);
  expect(reads).toEqual([lines.length, lineOf(7).length, 0]);
});

test('a line that is being written is read when it is whole', async () => {
  const line = lineOf(5);
  await writeFile(file, lineOf(3) + line.slice(0, 20));
  expect(await tail.read()).toEqual([3]);
  await appendFile(file, line.slice(20));
  expect(await tail.read()).toEqual([3, 5]);
});

test('a file that takes the place of the one that was there is read anew, longer or not', async () => {
  await writeFile(file, lineOf(3) + lineOf(2));
  expect(await tail.read()).toEqual([3, 2]);
  await writeFileAtomic(file, lineOf(3));
  expect(await tail.read()).toEqual([3]);
  await writeFileAtomic(file, lineOf(4) + lineOf(1) + lineOf(6));
  expect(await tail.read()).toEqual([4, 1, 6]);
  await rm(file);
  expect(await tail.read()).toEqual([]);
});

test('a line that is none is passed over', async () => {
  await writeFile(file, `${lineOf(3)}{"step":\n${lineOf(2)}`);
  expect(await tail.read()).toEqual([3, 2]);
});
