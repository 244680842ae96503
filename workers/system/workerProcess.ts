/** A worker process as a child. It notices by its IPC channel when the supervisor is gone. */
import { fork } from 'node:child_process';
import type { Environment } from '../../runtime/executables.ts';
import type { Logger } from '../../runtime/log.ts';
import { SupervisedProcess } from './supervisedProcess.ts';

export interface WorkerProcessOptions {
  /** The built entry point, such as `dist/workers/ingest.js`. */
  readonly entryPath: string;
  readonly name: string;
  readonly env: Environment;
  readonly logger: Logger;
  readonly onUp: () => Promise<void>;
}

export function createWorkerProcess(options: WorkerProcessOptions): SupervisedProcess {
  const { entryPath, name, env, logger, onUp } = options;
  return new SupervisedProcess({
    name,
    logger,
    readyTimeoutMs: 60_000,
    // A little more than the worker gives itself (ingestWorkers.ts).
    stopTimeoutMs: 12_000,
    onUp,
    launch: () =>
      fork(entryPath, [], {
        env,
        execArgv: [],
        // Its own group: at Ctrl-C the supervisor decides who stops when.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      }),
    whenReady: (child) =>
      new Promise((resolve) => {
        child.on('message', (message) => {
          if (isReady(message)) resolve();
        });
      }),
    askToStop: (child) => child.kill('SIGTERM'),
  });
}

function isReady(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready';
}
