/** Other processes of this machine: are they still the ones we knew? */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemErrorCode } from './files.ts';

const runFile = promisify(execFile);

/** A process, told apart from a later one that was given the same number. */
export interface ProcessRef {
  readonly pid: number;
  /** When it started, in the operating system's own words. */
  readonly startMark: string;
}

/** A running process by its number; null if there is none. One that ended and was not yet collected is none. */
export async function findProcess(pid: number): Promise<ProcessRef | null> {
  const startMark = process.platform === 'linux' ? await startMarkFromProc(pid) : await startMarkFromPs(pid);
  return startMark === null ? null : { pid, startMark };
}

export async function isRunning(ref: ProcessRef): Promise<boolean> {
  return (await findProcess(ref.pid))?.startMark === ref.startMark;
}

/** Waits until a process has ended; false if it has not after `timeoutMs`. */
export async function hasEndedWithin(ref: ProcessRef, timeoutMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (await isRunning(ref)) {
    if (performance.now() >= deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

/** Sends a signal to that process and no other; does nothing if it has ended. */
export async function signalProcess(ref: ProcessRef, signal: NodeJS.Signals): Promise<void> {
  if (!(await isRunning(ref))) return;
  try {
    process.kill(ref.pid, signal);
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}

async function startMarkFromProc(pid: number): Promise<string | null> {
  try {
    // pid (name) state ppid ... starttime: the name may hold spaces and brackets, so fields count from its end.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    return state === 'Z' || state === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

async function startMarkFromPs(pid: number): Promise<string | null> {
  try {
    const { stdout } = await runFile('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]);
    const [state = '', ...started] = stdout.trim().split(/\s+/);
    return state === '' || state.startsWith('Z') ? null : started.join(' ');
  } catch {
    return null;
  }
}
