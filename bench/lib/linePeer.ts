/** A process that answers each line of its input with one line. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class LinePeer {
  readonly #process;
  readonly #answers: AsyncIterator<string>;
  readonly #name: string;

  constructor(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#name = [command, ...args].join(' ');
    this.#process = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ask(line: string): Promise<string> {
    this.#process.stdin.write(`${line}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`${this.#name} ended before it answered "${line.slice(0, 40)}"`);
    return answer.value;
  }

  close(): void {
    this.#process.stdin.end();
  }
}
