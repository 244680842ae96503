/** The Temporal development server as a child: its state in the home, always on the same port while `up` runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { Environment } from '../../runtime/executables.ts';
import { sha256Hex } from '../../runtime/files.ts';
import type { Home } from '../../runtime/home.ts';
import type { Logger } from '../../runtime/log.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { LOOPBACK } from './ports.ts';
import { SupervisedProcess } from './supervisedProcess.ts';

/** The server knows nothing of its supervisor: this shell script does. */
const GUARD_PATH = path.join(PROJECT_ROOT, 'workers', 'system', 'guard.sh');

/** A run that has ended can be looked at for a month; the server's own default is a day, less than from night to night. */
const RETENTION = '30 days';

export interface TemporalServerOptions {
  readonly executablePath: string;
  readonly home: Home;
  readonly port: number;
  readonly uiPort: number;
  readonly namespace: string;
  readonly env: Environment;
  readonly logger: Logger;
  readonly onUp: () => Promise<void>;
}

export interface TemporalServerProcess {
  /** Of the server itself; null between two of them. */
  readonly pid: number | null;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createTemporalServer(options: TemporalServerOptions): TemporalServerProcess {
  const { executablePath, home, port, uiPort, namespace, env, logger, onUp } = options;
  let serverPid: number | null = null;
  const supervised = new SupervisedProcess({
    name: 'Temporal server',
    logger,
    readyTimeoutMs: 60_000,
    stopTimeoutMs: 8_000,
    onUp,
    launch: () => {
      mkdirSync(path.dirname(home.temporalDbPath), { recursive: true });
      serverPid = null;
      const child = spawn('/bin/sh', [GUARD_PATH, executablePath, ...serverArguments(home, port, uiPort, namespace)], {
        cwd: path.dirname(home.temporalDbPath),
        env,
        // Its own group: Ctrl-C in the terminal must not end the server before the workers have drained.
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe', 'ignore', 'pipe'],
      });
      // A server that ends first breaks the pipe; its end is reported as the end of the process.
      child.stdin?.on('error', () => undefined);
      (child.stdio[4] as Readable).on('data', (chunk: Buffer) => {
        serverPid = Number.parseInt(chunk.toString(), 10);
      });
      child.once('exit', () => {
        serverPid = null;
      });
      return child;
    },
    whenReady: (child) => answers(child, `${LOOPBACK}:${port}`, [markerOf(home), namespace]),
    askToStop: (child) => child.stdin?.end(),
  });
  return {
    get pid() {
      return serverPid;
    },
    start: () => supervised.start(),
    stop: () => supervised.stop(),
  };
}

function serverArguments(home: Home, port: number, uiPort: number, namespace: string): string[] {
  const pragmas = ['journal_mode=WAL', 'synchronous=NORMAL'];
  const dynamicConfig = {
    // A queue's rate limit is shared out among its partitions, and each spends its part when it likes: with one, two
    // requests to kworb are never closer than they should be.
    'matching.numTaskqueueReadPartitions': 1,
    'matching.numTaskqueueWritePartitions': 1,
  };
  return [
    ...['server', 'start-dev', '--ip', LOOPBACK, '--port', `${port}`, '--ui-port', `${uiPort}`],
    ...[
      '--namespace',
      namespace,
      '--namespace',
      markerOf(home),
      '--db-filename',
      home.temporalDbPath,
      '--log-level',
      'warn',
      '--log-format',
      'json',
    ],
    ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...Object.entries(dynamicConfig).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
  ];
}

/**
 * A namespace that only this home's server has. Another home's may have taken the port in the moment between the look
 * and the start: it must not be taken for ours.
 */
function markerOf(home: Home): string {
  return `chartlife-home-${sha256Hex(home.root).slice(0, 12)}`;
}

/** Asks until our own server answers, and has taken how long to keep runs, or has ended. */
async function answers(child: ChildProcess, address: string, namespaces: readonly string[]): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      try {
        for (const namespace of namespaces) {
          await connection.workflowService.updateNamespace({
            namespace,
            config: { workflowExecutionRetentionTtl: msToTs(RETENTION) },
          });
        }
        return;
      } finally {
        await connection.close();
      }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
