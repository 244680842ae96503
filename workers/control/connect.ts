/** The way in for whoever starts, watches or stops workflows: one connection, and plain functions over it. */
import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { ChartlifeError } from '../../contracts/errors.ts';
import { connectionOptions, type TemporalTarget } from '../temporalTarget.ts';

export interface ControlConnection {
  readonly client: Client;
  readonly target: TemporalTarget;
  close(): Promise<void>;
}

/** @throws ChartlifeError ServerUnavailable */
export async function connectControl(target: TemporalTarget): Promise<ControlConnection> {
  try {
    const connection = await Connection.connect({ ...connectionOptions(target), connectTimeout: 5_000 });
    return {
      client: new Client({ connection, namespace: target.namespace }),
      target,
      close: () => connection.close(),
    };
  } catch (error) {
    throw new ChartlifeError('ServerUnavailable', `the Temporal server at ${target.address} does not answer`, {
      next: 'Start it with `chartlife up`, or see whether TEMPORAL_ADDRESS is right.',
      details: { address: target.address },
      cause: error,
    });
  }
}

/** gRPC's numbers for "not now": the server is away, or the wait was cut off. */
const PASSING_CODES: readonly number[] = [1, 4, 14];

/** True for an error that says nothing of the question asked: the server is restarting, or a long poll ran out. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isGrpcServiceError(error)) return PASSING_CODES.includes(error.code);
  return error.cause !== undefined && isPassing(error.cause);
}

/**
 * Repeats a question while the server is away.
 *
 * @throws the signal's reason, whatever else `ask` throws, and its last error when `patienceMs` is over
 */
export async function askPatiently<T>(ask: () => Promise<T>, patienceMs: number, signal?: AbortSignal): Promise<T> {
  let awaySinceMs: number | null = null;
  for (;;) {
    signal?.throwIfAborted();
    const askedMs = performance.now();
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error)) throw error;
      // A long poll that ran out after a while is no absence: count from the first quick failure.
      if (performance.now() - askedMs > 10_000) awaySinceMs = null;
      awaySinceMs ??= performance.now();
      if (performance.now() - awaySinceMs > patienceMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
