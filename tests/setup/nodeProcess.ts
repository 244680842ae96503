/** Real processes for tests of what several of them do to each other. */
import { type ChildProcess, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

export interface NodeProcess {
  readonly child: ChildProcess;
  /** Resolves when the output contains the text. */
  said(text: string): Promise<void>;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }>;
}

export interface NodeProcessOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly args?: readonly string[];
}

/** Runs the text as a module. The process is killed when the test ends. */
export function startNode(moduleText: string, options: NodeProcessOptions = {}): NodeProcess {
  const child = spawn(process.execPath, ['--input-type=module', '-e', moduleText, ...(options.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  return {
    child,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stdout.includes(text)) resolve();
        };
        look();
        child.stdout.on('data', look);
        child.once('close', () => reject(new Error(`it ended without saying ${JSON.stringify(text)}: ${stderr}`)));
      }),
    ended: new Promise((resolve) => child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }))),
  };
}
