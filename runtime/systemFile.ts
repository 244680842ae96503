/** `system.json` of a home: what runs now, so that every other command finds it. Written by `chartlife up` alone. */
import { readFile } from 'node:fs/promises';
import { systemErrorCode, writeFileAtomic } from './files.ts';
import type { Home } from './home.ts';
import { isRunning, type ProcessRef } from './processes.ts';

export interface SystemState {
  /** The process of `chartlife up`: while it runs, the home is taken. */
  readonly supervisor: ProcessRef;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly temporal: {
    /** `host:port`; empty while the server is starting. */
    readonly address: string;
    readonly namespace: string;
    /** null for a cluster that was not started here. */
    readonly uiUrl: string | null;
    readonly process: ProcessRef | null;
  };
  /** Where the replica answers; null if there is none. */
  readonly replicaUrl: string | null;
  readonly workers: readonly ProcessRef[];
}

/** What the file says, whether it is still true or not; null if there is none, or none that can be read. */
export function readSystemState(home: Home): Promise<SystemState | null> {
  return readSystemStateAt(home.systemPath);
}

/** As {@link readSystemState}, from a file of another name. */
export async function readSystemStateAt(filePath: string): Promise<SystemState | null> {
  let text: string;
  try {
    text = await readFile(filePath, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    return isSystemState(value) ? value : null;
  } catch {
    return null;
  }
}

/** What runs now in a home; null if nothing does. A file that a killed `chartlife up` left behind counts as nothing. */
export async function readRunningSystem(home: Home): Promise<SystemState | null> {
  const state = await readSystemState(home);
  return state !== null && (await isRunning(state.supervisor)) ? state : null;
}

export async function writeSystemState(home: Home, state: SystemState): Promise<void> {
  await writeFileAtomic(home.systemPath, `${JSON.stringify(state, null, 2)}\n`);
}

function isSystemState(value: unknown): value is SystemState {
  if (typeof value !== 'object' || value === null) return false;
  const state = value as Partial<SystemState>;
  return (
    isProcessRef(state.supervisor) &&
    typeof state.temporal?.address === 'string' &&
    typeof state.temporal.namespace === 'string' &&
    Array.isArray(state.workers) &&
    state.workers.every(isProcessRef)
  );
}

function isProcessRef(value: unknown): value is ProcessRef {
  if (typeof value !== 'object' || value === null) return false;
  const ref = value as Partial<ProcessRef>;
  return typeof ref.pid === 'number' && typeof ref.startMark === 'string';
}
