/** Events of a run: what is written is read, whatever was torn; kills and resumes are counted from them. */
import { spawn } from 'node:child_process';
import { appendFile, readFile, truncate } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countAttempts, openEventsFile, type RunEvent, readEvents } from '../../../workers/trainer/eventsFile.ts';
import { buildWorker } from '../../audio/buildWorker.ts';
import { temporaryFolder } from '../../setup/temporaryFolder.ts';

const fileIn = (runDir: string): string => path.join(runDir, 'events.jsonl');

function event(kind: RunEvent['kind'], attempt: number, step = 0): RunEvent {
  return { at: '2026-11-22T12:00:00.000Z', kind, stage: 'mp2', task: 'train', step, attempt };
}

test('what is added is read, in order; without a file there is none', async () => {
  const runDir = temporaryFolder();
  expect(await readEvents(runDir)).toEqual([]);
  const added = [event('started', 1), { ...event('lost', 1, 7), pid: 12, host: 'h', text: 'why\nnot' }];
  const file = await openEventsFile(runDir);
  for (const one of added) file.add(one);
  expect(await readEvents(runDir)).toEqual(added);
});

test('a line torn at any byte is passed over, and the next stands on its own', async () => {
  const runDir = temporaryFolder();
  const [first, torn, next] = [event('started', 1), event('checkpoint', 1, 100), event('resumed', 2, 100)];
  const line = Buffer.byteLength(`${JSON.stringify(torn)}\n`);
  for (let numBytes = 0; numBytes < line - 1; numBytes++) {
    const file = await openEventsFile(runDir);
    file.add(first);
    file.add(torn);
    const whole = await readFile(fileIn(runDir));
    await truncate(fileIn(runDir), whole.length - line + numBytes);
    expect(await readEvents(runDir)).toEqual([first]);
    (await openEventsFile(runDir)).add(next);
    expect(await readEvents(runDir)).toEqual([first, next]);
    await truncate(fileIn(runDir), 0);
  }
});

test('a line that is JSON and no event is passed over', async () => {
  const runDir = temporaryFolder();
  await appendFile(fileIn(runDir), 'null\n7\n{"kind":"sold"}\n');
  expect(await readEvents(runDir)).toEqual([]);
});

test('appends of several processes do not mix', async () => {
  const runDir = temporaryFolder();
  const [numProcesses, numEach] = [4, 200];
  const child = await buildWorker('tests/workers/trainer/eventsChild.ts');
  const args = (attempt: number): string[] => [child.workerPath, runDir, String(attempt), String(numEach)];
  await Promise.all(
    Array.from(
      { length: numProcesses },
      (_, attempt) => new Promise((resolve) => spawn(process.execPath, args(attempt)).on('close', resolve)),
    ),
  ).finally(child.remove);
  const events = await readEvents(runDir);
  expect(events).toHaveLength(numProcesses * numEach);
  for (let attempt = 0; attempt < numProcesses; attempt++) {
    const own = events.filter((one) => one.attempt === attempt);
    expect(own.map(({ step }) => step)).toEqual(Array.from({ length: numEach }, (_, step) => step));
  }
});

test('a start without an end counts as a kill once another has started', () => {
  const first = [event('started', 1), event('checkpoint', 1, 100)];
  expect(countAttempts([])).toEqual({ numKills: 0, numResumes: 0, isOpen: false });
  expect(countAttempts(first)).toEqual({ numKills: 0, numResumes: 0, isOpen: true });
  expect(countAttempts([...first, event('lost', 1)])).toEqual({ numKills: 1, numResumes: 0, isOpen: false });
  const second = [...first, event('resumed', 2, 100)];
  expect(countAttempts(second)).toEqual({ numKills: 1, numResumes: 1, isOpen: true });
  // The first was not dead: it wakes, and finds its lease gone.
  expect(countAttempts([...second, event('lost', 1), event('done', 2)])).toEqual({
    numKills: 1,
    numResumes: 1,
    isOpen: false,
  });
});

test('kills and resumes are those that happened, whoever wrote their end', () => {
  const ends = fc.constantFrom('stopped', 'failed', 'lost', 'silent' as const);
  fc.assert(
    fc.property(fc.array(ends, { maxLength: 12 }), fc.nat(3), (attempts, numCheckpoints) => {
      const events = [...attempts, 'done' as const].flatMap((end, index) => [
        event(index === 0 ? 'started' : 'resumed', index + 1),
        ...Array.from({ length: numCheckpoints }, () => event('checkpoint', index + 1)),
        ...(end === 'silent' ? [] : [event(end, index + 1)]),
      ]);
      expect(countAttempts(events)).toEqual({
        numKills: attempts.filter((end) => end === 'lost' || end === 'silent').length,
        numResumes: attempts.length,
        isOpen: false,
      });
    }),
  );
});
