/**
 * What every worker process does: reads its environment, connects, works, and ends well.
 *
 * SIGTERM or SIGINT: takes no more work, lets what is in flight end, and exits within seconds. Started by a supervisor
 * over an IPC channel, it does the same when the supervisor is gone. SIGKILL at any moment loses nothing: what was
 * under way begins again in another worker.
 */
import path from 'node:path';
import { NativeConnection } from '@temporalio/worker';
import { isChartlifeError } from '../contracts/errors.ts';
import { type Logger, openLogFile } from '../runtime/log.ts';
import { readWorkerEnvironment } from './environment.ts';
import type { HostedWorkers, WorkersOptions } from './hostedWorkers.ts';
import { serverLost, watchServer } from './serverWatch.ts';
import { installTemporalRuntime } from './temporalRuntime.ts';
import { connectionOptions, type TemporalTarget } from './temporalTarget.ts';

/** A server that is only just starting, or restarting, is waited for. */
const SERVER_PATIENCE_MS = 120_000;
const ASK_EVERY_MS = 5_000;

export interface WorkerProcessSpec {
  /** Its log file is `<name>.log` in the home's logs. */
  readonly logName: string;
  createWorkers(options: WorkersOptions): Promise<HostedWorkers>;
}

/** Runs the process to its end, and ends it: exit code 0 when it was told to stop. */
export function runWorkerProcess(spec: WorkerProcessSpec): void {
  work(spec).then(
    () => process.exit(0),
    (error: unknown) => {
      const isKnown = isChartlifeError(error);
      process.stderr.write(isKnown ? `${error.message}. ${error.next}\n` : `${(error as Error)?.stack ?? error}\n`);
      process.exit(isKnown ? error.exitCode : 1);
    },
  );
}

async function work({ logName, createWorkers }: WorkerProcessSpec): Promise<void> {
  const { home, nativeCache, temporal } = await readWorkerEnvironment(process.env);
  const logger = openLogFile(path.join(home.logsDir, `${logName}.log`));
  installTemporalRuntime(logger);
  const stopSignal = stopRequests(logger);
  const connection = await connectPatiently(temporal, stopSignal, logger);
  if (connection === null) return;

  const { namespace } = temporal;
  const workers = await createWorkers({ connection, namespace, home, nativeCache });
  const watch = watchServer({
    ask: () => connection.withDeadline(Date.now() + ASK_EVERY_MS, () => describeNamespace(connection, namespace)),
    address: temporal.address,
    askEveryMs: ASK_EVERY_MS,
    patienceMs: SERVER_PATIENCE_MS,
  });
  if (stopSignal.aborted) workers.shutdown();
  stopSignal.addEventListener('abort', () => workers.shutdown());
  const running = workers.run();
  logger.log('info', 'worker ready', { home: home.root, temporal: temporal.address, namespace });
  process.send?.({ type: 'ready' });
  try {
    await Promise.race([running, watch.lost]);
  } finally {
    watch.stop();
  }
  await workers.close();
  await connection.close();
  logger.log('info', 'worker ended');
  logger.close();
}

/** Aborts at the first signal, or when the supervisor's end of the IPC channel is gone. */
function stopRequests(logger: Logger): AbortSignal {
  const stop = new AbortController();
  const on = (why: string) => () => {
    if (!stop.signal.aborted) logger.log('info', 'draining', { why });
    stop.abort();
  };
  process.on('SIGTERM', on('SIGTERM'));
  process.on('SIGINT', on('SIGINT'));
  process.on('disconnect', on('the supervisor is gone'));
  return stop.signal;
}

/**
 * Connects as soon as the server answers; null if the process is told to stop meanwhile.
 *
 * @throws ChartlifeError ServerUnavailable
 */
async function connectPatiently(
  target: TemporalTarget,
  stopSignal: AbortSignal,
  logger: Logger,
): Promise<NativeConnection | null> {
  const startedMs = performance.now();
  let isFirst = true;
  while (!stopSignal.aborted) {
    try {
      const connection = await NativeConnection.connect(connectionOptions(target));
      await describeNamespace(connection, target.namespace);
      return connection;
    } catch (error) {
      const awayMs = performance.now() - startedMs;
      if (awayMs >= SERVER_PATIENCE_MS) throw serverLost(target.address, awayMs, error);
      if (isFirst) logger.log('warn', 'waiting for the Temporal server', { address: target.address });
      isFirst = false;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  return null;
}

async function describeNamespace(connection: NativeConnection, namespace: string): Promise<void> {
  await connection.workflowService.describeNamespace({ namespace });
}
