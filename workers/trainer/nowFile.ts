/** Where a run's trainer is at this moment, for whoever watches from another process: one small file, always whole. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LeaseNumber } from './lease.ts';
import type { StageName } from './runPaths.ts';

export interface RunNow {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly stage: StageName;
  readonly attempt: LeaseNumber;
  /** Steps that were taken. */
  readonly step: number;
  readonly numSteps: number;
  readonly loss: number;
  /** Of the trainer's process, resident. */
  readonly memoryBytes: number;
  /** Of the last seconds; null while too little is known. */
  readonly stepsPerSecond: number | null;
}

export interface NowFile {
  /** Writes it, at most once a second: what comes in between is dropped for what comes later. */
  show(now: Omit<RunNow, 'at' | 'stepsPerSecond'>): void;
  /** What is being written is written. */
  settle(): Promise<void>;
}

const WRITE_EVERY_MS = 1_000;
/** The stretch of time whose pace is the rate. */
const RATE_WINDOW_MS = 15_000;

function nowPathOf(runDir: string): string {
  return path.join(runDir, 'now.json');
}

/** @param monotonicMs the time that rate and pace go by */
export function openNowFile(runDir: string, monotonicMs: () => number = () => performance.now()): NowFile {
  const file = nowPathOf(runDir);
  let samples: { readonly atMs: number; readonly step: number }[] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  let writing: Promise<void> | null = null;
  return {
    show(now) {
      const atMs = monotonicMs();
      samples = [...samples.filter((sample) => sample.atMs > atMs - RATE_WINDOW_MS), { atMs, step: now.step }];
      if (writing !== null || atMs - lastMs < WRITE_EVERY_MS) return;
      lastMs = atMs;
      const whole: RunNow = { at: new Date().toISOString(), ...now, stepsPerSecond: rateOf(samples) };
      // Of no use after a power cut: no sync. And nobody stops training because a watcher's file can't be written.
      writing = writeFile(`${file}.tmp`, JSON.stringify(whole))
        .then(() => rename(`${file}.tmp`, file))
        .catch(() => undefined)
        .finally(() => {
          writing = null;
        });
    },
    async settle() {
      await writing;
    },
  };
}

/** null where there is none, or none that can be read. */
export async function readNow(runDir: string): Promise<RunNow | null> {
  try {
    return JSON.parse(await readFile(nowPathOf(runDir), 'utf8'));
  } catch {
    return null;
  }
}

function rateOf(samples: readonly { readonly atMs: number; readonly step: number }[]): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.atMs <= first.atMs || last.step <= first.step) return null;
  return (last.step - first.step) / ((last.atMs - first.atMs) / 1_000);
}
