/**
 * A process that works without end and stands still but in its turn: a training loop, with its threads and what it writes
 * on the side, beside others on the same processors. After each piece of work it writes a line: the CPU seconds so far.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Seconds } from './rounds.ts';

const MAX_LAST_WORDS = 2_000;
const ALL = new Set<TurnPeer>();
process.on('exit', () => {
  for (const peer of ALL) peer.close();
});
// Else an interrupted bench would leave processes behind that stand still for good.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

export class TurnPeer {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #name: string;
  /** TensorFlow and PyTorch say much that is no error. */
  #lastWords = '';
  #cpu = 0;

  constructor(command: string, args: readonly string[]) {
    this.#name = [command, ...args].join(' ').slice(0, 120);
    // A group of its own, so that its own children stand still with it.
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child.stderr.on('data', (words) => {
      this.#lastWords = `${this.#lastWords}${words}`.slice(-MAX_LAST_WORDS);
    });
    this.#process = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    ALL.add(this);
  }

  /** Works until so many pieces are done, then stands still; as a {@link Contestant}. */
  async work(numTimes: number): Promise<Seconds> {
    this.#signal('SIGCONT');
    const startMs = performance.now();
    const startCpu = this.#cpu;
    for (let time = 0; time < numTimes; time++) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error(`${this.#name} ended: ${this.#lastWords}`);
      this.#cpu = Number(value);
    }
    const wall = (performance.now() - startMs) / 1000;
    this.#signal('SIGSTOP');
    return { wall, cpu: this.#cpu - startCpu };
  }

  close(): void {
    ALL.delete(this);
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#process.pid !== undefined) process.kill(-this.#process.pid, signal);
  }
}

/** The side that works: after a piece of work. */
export function sayCpuSeconds(): void {
  const { user, system } = process.cpuUsage();
  console.log((user + system) / 1e6);
}
