/** One child process that is kept running: started, watched, started again with growing pauses, and stopped. */
import type { ChildProcess } from 'node:child_process';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { Logger } from '../../runtime/log.ts';

/** Pauses before a child is started again; the last one is repeated. A child that lived long starts from the first. */
const RESTART_PAUSES_MS = [250, 500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;
const LIVED_LONG_MS = 60_000;
/** What a child said last, for the error when it does not come up. */
const MAX_LAST_WORDS = 2_000;

export interface ProcessSpec {
  /** For messages, such as `Temporal server`. */
  readonly name: string;
  /** Starts it; called anew for each start. */
  readonly launch: () => ChildProcess;
  /** Resolves once the started child can be used. Raced against the child's end. */
  readonly whenReady: (child: ChildProcess) => Promise<void>;
  /** Asks it to end by itself. */
  readonly askToStop: (child: ChildProcess) => void;
  /** How long it may take to end before it is killed. */
  readonly stopTimeoutMs: number;
  readonly readyTimeoutMs: number;
  readonly logger: Logger;
  /** Called whenever a child has come up, the first one too. Its failure is logged and changes nothing. */
  readonly onUp?: () => Promise<void>;
}

export class SupervisedProcess {
  readonly #spec: ProcessSpec;
  #child: ChildProcess | null = null;
  #lastWords = '';
  #numQuickDeaths = 0;
  #isStopping = false;
  #restart: { readonly timer: NodeJS.Timeout } | null = null;
  #comingUp: Promise<void> = Promise.resolve();

  constructor(spec: ProcessSpec) {
    this.#spec = spec;
  }

  /** The process id of the child that runs now; null between two of them. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /**
   * Starts the child and waits until it can be used. From then on it is started again whenever it ends.
   *
   * @throws ChartlifeError ServerUnavailable if it ends or is silent for too long; its last words are in the message.
   */
  async start(): Promise<void> {
    await this.#bringUp();
  }

  /** Stops it for good, and waits until it has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#restart !== null) clearTimeout(this.#restart.timer);
    const child = this.#child;
    if (child !== null) await this.#end(child);
    await this.#comingUp.catch(() => undefined);
  }

  async #bringUp(): Promise<void> {
    const { name, launch, whenReady, readyTimeoutMs, logger, onUp } = this.#spec;
    const child = launch();
    const launchedMs = performance.now();
    this.#child = child;
    this.#lastWords = '';
    child.stdout?.on('data', (chunk: Buffer) => this.#hear('info', chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.#hear('warn', chunk));
    let isUp = false;
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`it can't be started: ${error.message}`));
      child.once('exit', (code, signal) =>
        resolve(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`),
      );
    });
    void ended.then((how) => {
      if (this.#child === child) this.#child = null;
      if (isUp && !this.#isStopping) this.#startAgain(how, performance.now() - launchedMs);
    });
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`it is not ready after ${readyTimeoutMs / 1000} s`), readyTimeoutMs);
    });
    const failure = await Promise.race([whenReady(child).then(() => null), ended, tooLate]).finally(() =>
      clearTimeout(timer),
    );
    if (failure !== null) {
      await this.#end(child);
      throw new ChartlifeError('ServerUnavailable', `the ${name} did not come up: ${failure}`, {
        next: this.#lastWords === '' ? 'See the logs folder of the home.' : `It said: ${this.#lastWords}`,
        details: { name },
      });
    }
    isUp = true;
    logger.log('info', `${name} is up`, { pid: child.pid, tookMs: Math.round(performance.now() - launchedMs) });
    try {
      await onUp?.();
    } catch (error) {
      logger.log('error', `${name} is up, but that could not be noted`, { error });
    }
  }

  #startAgain(how: string, livedMs: number): void {
    const { name, logger } = this.#spec;
    this.#numQuickDeaths = livedMs >= LIVED_LONG_MS ? 0 : this.#numQuickDeaths + 1;
    const pauseMs =
      RESTART_PAUSES_MS[Math.min(this.#numQuickDeaths, RESTART_PAUSES_MS.length) - 1] ?? RESTART_PAUSES_MS[0];
    logger.log('warn', `${name}: ${how}; starting it again`, { pauseMs, lastWords: this.#lastWords });
    const timer = setTimeout(() => {
      this.#restart = null;
      this.#comingUp = this.#bringUp().catch((error: unknown) => {
        logger.log('error', `${name} did not come up`, { error });
        if (!this.#isStopping) this.#startAgain('it did not come up', 0);
      });
    }, pauseMs);
    this.#restart = { timer };
  }

  async #end(child: ChildProcess): Promise<void> {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.#spec.askToStop(child);
    const kill = setTimeout(() => child.kill('SIGKILL'), this.#spec.stopTimeoutMs);
    await ended;
    clearTimeout(kill);
  }

  #hear(level: 'info' | 'warn', chunk: Buffer): void {
    const text = chunk.toString('utf8').trimEnd();
    this.#lastWords = `${this.#lastWords}\n${text}`.slice(-MAX_LAST_WORDS).trim();
    for (const line of text.split('\n')) this.#spec.logger.log(level, line);
  }
}
