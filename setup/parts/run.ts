/** Running other programs during set-up. */
import { spawn } from 'node:child_process';
import type { Environment } from '../../runtime/executables.ts';
import type { HeldLock } from '../lock.mjs';

export interface RunOptions {
  readonly env?: Environment;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  /** It writes in the cache, so it holds the cache's lock: it may outlive us. */
  readonly holds?: HeldLock;
  /** Each line of its output as it comes. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a program to its end.
 *
 * @returns its standard output.
 * @throws Error when it can't be started, takes too long, or ends with another code than 0; with its last words.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(command, args, {
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  });
  let stdout = '';
  let everything = '';
  const take = (chunk: string): void => {
    everything = (everything + chunk).slice(-20_000);
    for (const line of chunk.split('\n')) if (line.trim() !== '') options.onLine?.(line);
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    take(chunk);
  });
  child.stderr.setEncoding('utf8').on('data', take);
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${command} can't be started: ${error.message}`)));
    child.once('close', (exitCode, signal) => {
      if (exitCode === 0) return resolve(stdout);
      const how = signal ?? `exit code ${exitCode}`;
      reject(new Error(`\`${[command, ...args.slice(0, 3)].join(' ')}\` ended with ${how}: ${lastWords(everything)}`));
    });
  });
  const noted = child.pid === undefined ? undefined : options.holds?.addHolder(child.pid);
  try {
    return await ended;
  } finally {
    await noted;
  }
}

/** The last lines that say something, on one line. */
function lastWords(output: string): string {
  return output.trim().split('\n').slice(-3).join(' | ').slice(-600);
}
