/** Processes, mostly Node with our own code, for tests that need several at once, or one to kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { build } from 'esbuild';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';

/** Builds a test's child into one file inside the checkout, where it finds the packages and the SQL files. */
export async function buildChild(entryPath: string): Promise<string> {
  const name = `${path.basename(entryPath, '.ts')}-${randomBytes(4).toString('hex')}.mjs`;
  const outfile = path.join(PROJECT_ROOT, 'node_modules', '.cache', 'chartlife-tests', name);
  await build({
    entryPoints: [entryPath],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}

export interface Child {
  readonly process: ChildProcess;
  /** Lines it has printed so far. */
  readonly lines: string[];
  /** Resolves once it has printed so many lines. */
  printed(numLines: number): Promise<void>;
  /** Its exit code, or the signal that ended it, with what it wrote to stderr. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly stderr: string }>;
}

export function startChild(
  file: string,
  args: readonly string[],
  command = process.execPath,
  environment: Readonly<Record<string, string>> = {},
): Child {
  const child = spawn(command, [file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const lines: string[] = [];
  let waiting: { readonly numLines: number; readonly resolve: () => void }[] = [];
  let rest = '';
  let stderr = '';
  const wake = (isOver: boolean): void => {
    const ready = waiting.filter(({ numLines }) => isOver || lines.length >= numLines);
    waiting = waiting.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    wake(false);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<{ code: number | null; signal: string | null; stderr: string }>((resolve) => {
    child.on('close', (code, signal) => {
      wake(true);
      resolve({ code, signal, stderr });
    });
  });
  return {
    process: child,
    lines,
    ended,
    printed: (numLines) =>
      lines.length >= numLines
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ numLines, resolve });
          }),
  };
}
