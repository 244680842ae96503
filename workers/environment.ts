/** The environment of a worker process: all that it is told from outside. */
import { existsSync } from 'node:fs';
import { ChartlifeError } from '../contracts/errors.ts';
import type { Environment } from '../runtime/executables.ts';
import { type Home, homeAt, STORE_VARIABLE } from '../runtime/home.ts';
import { type NativeCache, nativeCacheAt, nativeCacheRoot } from '../runtime/nativeParts.ts';
import { readRunningSystem } from '../runtime/systemFile.ts';
import { TEMPORAL_ADDRESS_VARIABLE } from '../runtime/temporalServer.ts';
import type { TemporalTarget } from './temporalTarget.ts';
import { API_KEY_VARIABLE, NAMESPACE_VARIABLE, targetAt } from './temporalTarget.ts';

export const HOME_VARIABLE = 'CHARTLIFE_HOME';

export interface WorkerEnvironment {
  readonly home: Home;
  readonly nativeCache: NativeCache;
  readonly temporal: TemporalTarget;
}

/**
 * - `CHARTLIFE_HOME`: the home to work on. Must be given.
 * - `CHARTLIFE_STORE`: another home, whose lake, pages, sound and runs are worked on; logs and settings stay the worker's own.
 * - `TEMPORAL_ADDRESS`: `host:port`; without it, the server that `chartlife up` runs for the home.
 * - `TEMPORAL_NAMESPACE`: default `default`. `TEMPORAL_API_KEY`: for Temporal Cloud; turns TLS on.
 * - `CHARTLIFE_CACHE`: where the native parts are; default as for every command.
 *
 * @throws ChartlifeError InvalidInput without a home, or for a store without a lake; ServerUnavailable without a server.
 */
export async function readWorkerEnvironment(env: Environment): Promise<WorkerEnvironment> {
  const root = env[HOME_VARIABLE];
  if (!root) {
    throw new ChartlifeError('InvalidInput', `${HOME_VARIABLE} is not set`, {
      next: `Set ${HOME_VARIABLE} to the home that the worker serves.`,
    });
  }
  const home = homeAt(root, env[STORE_VARIABLE]);
  requireStore(home);
  return {
    home,
    nativeCache: nativeCacheAt(nativeCacheRoot(env)),
    temporal: await findTemporalTarget(home, env),
  };
}

/** A worker on a store that is not the run's would tell the run that it is not there, and end it. */
function requireStore({ root, storeRoot, catalogPath }: Home): void {
  if (storeRoot === root || existsSync(catalogPath)) return;
  throw new ChartlifeError(
    'InvalidInput',
    `${STORE_VARIABLE} is ${storeRoot}, and no lake is there: no ${catalogPath}`,
    {
      next: 'Name the home whose lake and runs it shall work on, as this machine sees it; is its disk mounted?',
      details: { value: storeRoot, path: catalogPath },
    },
  );
}

/**
 * The server of a home: the one the environment names, else the one that `chartlife up` runs.
 *
 * @throws ChartlifeError ServerUnavailable
 */
export async function findTemporalTarget(home: Home, env: Environment): Promise<TemporalTarget> {
  const address = env[TEMPORAL_ADDRESS_VARIABLE];
  if (address) {
    return targetAt(address, env[NAMESPACE_VARIABLE], env[API_KEY_VARIABLE]);
  }
  const system = await readRunningSystem(home);
  if (system !== null && system.temporal.address === '') {
    throw new ChartlifeError('ServerUnavailable', `the system of the home ${home.root} is only just starting`, {
      next: 'Try again in a few seconds.',
      details: { home: home.root },
    });
  }
  if (system === null) {
    throw new ChartlifeError('ServerUnavailable', `nothing runs for the home ${home.root}`, {
      next: 'Start it with `chartlife up`, or set TEMPORAL_ADDRESS.',
      details: { home: home.root },
    });
  }
  return targetAt(system.temporal.address, system.temporal.namespace, undefined);
}
