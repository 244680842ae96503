/** The real command in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';

export const COMMAND: string = path.join(PROJECT_ROOT, 'bin', 'chartlife.mjs');

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly nodeArgs?: readonly string[];
}

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What came so far. */
  readonly output: () => { readonly stdout: string; readonly stderr: string };
}

export function startProcess(args: readonly string[], options: ProcessOptions = {}): Running {
  const { FORCE_COLOR: _, NO_COLOR: __, CHARTLIFE_HOME: ___, ...env } = process.env;
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), COMMAND, ...args], {
    cwd: options.cwd,
    env: { ...env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.end(options.stdin ?? '');
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
  return { child, ended, output: () => ({ stdout, stderr }) };
}

export function runProcess(args: readonly string[], options: ProcessOptions = {}): Promise<Ended> {
  return startProcess(args, options).ended;
}
