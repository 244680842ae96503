/** Several Temporal workers in one process, over one set of ports. */
import type { NativeConnection, Worker, WorkerOptions } from '@temporalio/worker';
import type { Home } from '../runtime/home.ts';
import type { NativeCache } from '../runtime/nativeParts.ts';

/** In-flight work has so long to end by itself after SIGTERM; a request to the source is then cancelled. */
const GRACE_MS = 4_000;
/** After this the process ends, whatever still runs: everything it does may be killed. */
const FORCE_MS = 9_000;

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly home: Home;
  readonly nativeCache: NativeCache;
}

export interface HostedWorkers {
  /** Works until {@link shutdown}, or until a worker fails. */
  run(): Promise<void>;
  /** Stops taking work and lets what is in flight end. Safe to call twice. */
  shutdown(): void;
  /** Closes the ports; after `run` has ended. */
  close(): Promise<void>;
}

/** What all our workers are made with. */
export function sharedWorkerOptions({ connection, namespace }: WorkersOptions) {
  return {
    connection,
    namespace,
    shutdownGraceTime: GRACE_MS,
    shutdownForceTime: FORCE_MS,
    // Heartbeats go out often enough that a missing one means a dead worker, not a slow one.
    maxHeartbeatThrottleInterval: '2 seconds',
    defaultHeartbeatThrottleInterval: '2 seconds',
  } satisfies Partial<WorkerOptions>;
}

export function hostWorkers(workers: readonly Worker[], closePorts: () => Promise<void>): HostedWorkers {
  return {
    run: async () => {
      await Promise.all(workers.map((worker) => worker.run()));
    },
    shutdown: () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    },
    close: closePorts,
  };
}
