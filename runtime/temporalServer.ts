/**
 * Which Temporal server this machine uses: a running cluster, or the executable of the development server. Looks, and
 * brings nothing: `setup/` does that.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { ChartlifeError } from '../contracts/errors.ts';
import { type Environment, findOnPath, isExecutable } from './executables.ts';
import { nativeCacheAt, nativeCacheRoot, TEMPORAL_CLI_VERSION } from './nativeParts.ts';

/** The address of a real cluster, `host:port`: then no server is started here. Temporal's own variable. */
export const TEMPORAL_ADDRESS_VARIABLE = 'TEMPORAL_ADDRESS';
/** The path of a Temporal CLI to use whatever its version. */
export const TEMPORAL_PATH_VARIABLE = 'CHARTLIFE_TEMPORAL_PATH';

export interface TemporalCluster {
  readonly kind: 'cluster';
  readonly address: string;
}

export interface TemporalExecutable {
  readonly kind: 'executable';
  readonly path: string;
  /** What led to it: a variable's name, `PATH`, or `cache`. */
  readonly foundBy: typeof TEMPORAL_PATH_VARIABLE | 'PATH' | 'cache';
}

export type TemporalServer = TemporalCluster | TemporalExecutable;

export interface TemporalSearch {
  readonly server: TemporalServer | null;
  /** Each place that was looked at in vain, and why it won't do. */
  readonly tried: readonly string[];
}

export interface TemporalVersion {
  /** Of the command line tool, such as `1.9.1`. */
  readonly cli: string;
  /** Everything it says of itself, such as `1.9.1 (Server 1.32.0, UI 2.54.1)`. */
  readonly text: string;
}

const VERSION_TIMEOUT_MS = 15_000;
const runFile = promisify(execFile);

/**
 * Asks a Temporal CLI for its version by running it.
 *
 * @throws Error when it doesn't run, or answers something else.
 */
export async function temporalVersion(executablePath: string): Promise<TemporalVersion> {
  const { stdout } = await runFile(executablePath, ['--version'], { timeout: VERSION_TIMEOUT_MS });
  const match = /^temporal version ((\d+\.\d+\.\d+)\S*.*)$/m.exec(stdout);
  if (match === null) throw new Error(`\`${executablePath} --version\` says ${JSON.stringify(stdout.slice(0, 200))}`);
  return { cli: match[2] ?? '', text: match[1] ?? '' };
}

/**
 * Looks, in this order: TEMPORAL_ADDRESS, CHARTLIFE_TEMPORAL_PATH, `temporal` on PATH (not older than the version this
 * project is tested with), the cache.
 *
 * @throws ChartlifeError SetupMissing when CHARTLIFE_TEMPORAL_PATH names something that can't be run.
 */
export async function findTemporalServer(env: Environment): Promise<TemporalSearch> {
  const tried: string[] = [];
  const address = env[TEMPORAL_ADDRESS_VARIABLE];
  if (address) return { server: { kind: 'cluster', address }, tried };
  tried.push(`${TEMPORAL_ADDRESS_VARIABLE} is not set`);

  const givenPath = env[TEMPORAL_PATH_VARIABLE];
  if (givenPath) {
    if (!(await isExecutable(givenPath))) {
      throw new ChartlifeError(
        'SetupMissing',
        `${TEMPORAL_PATH_VARIABLE} is ${givenPath}: no executable file is there`,
        {
          next: `Set ${TEMPORAL_PATH_VARIABLE} to the path of Temporal's CLI, or unset it.`,
          details: { path: givenPath },
        },
      );
    }
    return { server: { kind: 'executable', path: path.resolve(givenPath), foundBy: TEMPORAL_PATH_VARIABLE }, tried };
  }
  tried.push(`${TEMPORAL_PATH_VARIABLE} is not set`);

  const onPath = await findOnPath('temporal', env);
  if (onPath === null) {
    tried.push('there is no `temporal` on PATH');
  } else {
    const unfitBecause = await whyUnfit(onPath);
    if (unfitBecause === null) return { server: { kind: 'executable', path: onPath, foundBy: 'PATH' }, tried };
    tried.push(`${onPath} on PATH: ${unfitBecause}`);
  }

  const { temporalPath } = nativeCacheAt(nativeCacheRoot(env));
  if (await isExecutable(temporalPath)) {
    return { server: { kind: 'executable', path: temporalPath, foundBy: 'cache' }, tried };
  }
  tried.push(`the cache has no ${temporalPath}`);
  return { server: null, tried };
}

/**
 * The server to use.
 *
 * @throws ChartlifeError SetupMissing with the list of what was tried.
 */
export async function resolveTemporalServer(env: Environment): Promise<TemporalServer> {
  const { server, tried } = await findTemporalServer(env);
  if (server !== null) return server;
  throw new ChartlifeError('SetupMissing', `there is no Temporal server: ${tried.join('; ')}`, {
    next: 'Run `npx chartlife doctor --fix`: it brings the server. `npm run demo` does so as well.',
    details: { tried },
  });
}

/** Why a Temporal CLI that happens to be installed won't do; null if it will. */
async function whyUnfit(executablePath: string): Promise<string | null> {
  try {
    const { cli } = await temporalVersion(executablePath);
    return isAtLeast(cli, TEMPORAL_CLI_VERSION)
      ? null
      : `version ${cli} is older than ${TEMPORAL_CLI_VERSION}, which chartlife is tested with`;
  } catch (error) {
    return `it does not run (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
  }
}

/** Whether a version is of the same major as the least one, and not older. */
function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0, leastPatch = 0] = least.split('.').map(Number);
  if (major !== leastMajor) return false;
  return minor === leastMinor ? patch >= leastPatch : minor > leastMinor;
}
