/** Python peers: a virtual environment with pinned packages, made once in the cache, and a process that answers lines. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { nativeCacheRoot } from '../../runtime/nativeParts.ts';

const run = promisify(execFile);

/**
 * The interpreter of a virtual environment that holds exactly these packages; null, with the reason on stderr, where
 * there is no Python or no package index.
 *
 * @param requirements Pinned, such as `lxml==6.1.3`.
 */
export async function pythonWith(requirements: readonly string[]): Promise<string | null> {
  const folder = path.join(nativeCacheRoot(process.env), 'bench-venv', requirements.join('+').replaceAll('==', '-'));
  const python = path.join(folder, 'bin', 'python');
  const marker = path.join(folder, 'complete');
  if (existsSync(marker)) return python;
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(path.dirname(folder), { recursive: true });
    await run('python3', ['-m', 'venv', folder]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--only-binary=:all:', ...requirements]);
    await writeFile(marker, '');
    return python;
  } catch (error) {
    console.error(`No ${requirements.join(', ')}: ${error instanceof Error ? error.message.trim() : String(error)}`);
    return null;
  }
}

/** A Python script that answers each line of its input with one line. */
export class PythonPeer {
  readonly #process;
  readonly #answers: AsyncIterator<string>;

  constructor(python: string, script: string) {
    this.#process = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ask(line: string): Promise<string> {
    this.#process.stdin.write(`${line}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`the Python peer ended before it answered "${line.slice(0, 40)}"`);
    return answer.value;
  }

  close(): void {
    this.#process.stdin.end();
  }
}
