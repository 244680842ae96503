/**
 * What happened to a run, as lines of JSON in its folder, written by the worker and not by the trainer: an attempt that was
 * killed with its worker says nothing more, and that is how it is known.
 */
import { appendFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../../runtime/files.ts';
import type { LeaseNumber } from './lease.ts';
import type { StageName } from './runPaths.ts';

export const RUN_EVENT_KINDS = [
  'started',
  'resumed',
  'checkpoint',
  'warning',
  'stopped',
  'done',
  'failed',
  'lost',
] as const;
export type RunEventKind = (typeof RUN_EVENT_KINDS)[number];

export interface RunEvent {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kind: RunEventKind;
  readonly stage: StageName;
  readonly task: 'train' | 'evaluate';
  /** Steps that were taken; of a start those of the newest checkpoint, of an evaluation 0. */
  readonly step: number;
  /** Of the attempt that it happened to: see lease.ts. */
  readonly attempt: LeaseNumber;
  /** The trainer's, where it has one. */
  readonly pid?: number;
  readonly host?: string;
  /** Why, in words. */
  readonly text?: string;
}

export interface EventsFile {
  /** The line is with the system when this returns. @throws the system's error */
  add(event: RunEvent): void;
}

function eventsPathOf(runDir: string): string {
  return path.join(runDir, 'events.jsonl');
}

/** To add to; what is there stays. */
export async function openEventsFile(runDir: string): Promise<EventsFile> {
  const file = eventsPathOf(runDir);
  // A line that a dying worker left unfinished must not swallow the next.
  let before = (await endsTorn(file)) ? '\n' : '';
  return {
    add(event) {
      // One short write at the file's end: the system puts those of two processes one after the other.
      appendFileSync(file, `${before}${JSON.stringify(event)}\n`);
      before = '';
    },
  };
}

/** In the order in which they were written; a line that is no event is passed over. None where there is no file. */
export async function readEvents(runDir: string): Promise<RunEvent[]> {
  let text: string;
  try {
    text = await readFile(eventsPathOf(runDir), 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
  return text
    .split('\n')
    .map(parsedEvent)
    .filter((event) => event !== null);
}

export function isStart({ kind }: RunEvent): boolean {
  return kind === 'started' || kind === 'resumed';
}

export function isEnd({ kind }: RunEvent): boolean {
  return kind === 'stopped' || kind === 'done' || kind === 'failed' || kind === 'lost';
}

export interface AttemptCounts {
  /** Attempts that were killed: their trainer was lost, or they never wrote their end and another came after them. */
  readonly numKills: number;
  /** Starts of what had been started before. */
  readonly numResumes: number;
  /** The newest attempt has not written its end: it goes on, or was killed and nobody has taken over yet. */
  readonly isOpen: boolean;
}

export function countAttempts(events: readonly RunEvent[]): AttemptCounts {
  const starts = events.filter(isStart);
  const ended = new Set(events.filter(isEnd).map(({ attempt }) => attempt));
  const newest = starts.at(-1);
  const numSilent = starts.filter(({ attempt }) => attempt !== newest?.attempt && !ended.has(attempt)).length;
  return {
    numKills: numSilent + events.filter(({ kind }) => kind === 'lost').length,
    numResumes: starts.filter(({ kind }) => kind === 'resumed').length,
    isOpen: newest !== undefined && !ended.has(newest.attempt),
  };
}

async function endsTorn(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      if (size === 0) return false;
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
      return buffer.toString() !== '\n';
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function parsedEvent(line: string): RunEvent | null {
  try {
    const event: RunEvent = JSON.parse(line);
    return RUN_EVENT_KINDS.includes(event.kind) ? event : null;
  } catch {
    return null;
  }
}
