/** One of DuckDB's extensions: a file, signed by DuckDB, that fits exactly one version of the engine. */
import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Environment, isReadableFile } from '../../runtime/executables.ts';
import {
  DUCKDB_VERSION,
  type DuckDbExtension,
  duckdbPlatform,
  extensionPath,
  nativeCacheAt,
  nativeCacheRoot,
} from '../../runtime/nativeParts.ts';
import { download } from './download.ts';
import { fileSha256, obtain, type Way } from './obtain.ts';
import type { Part, PartUse } from './part.ts';
import { EXTENSION_PINS, pinFor } from './pins.ts';
import { fromPyPi } from './pipWheel.ts';

/** Where DuckDB's repository of extensions is, for people behind a mirror. */
export const EXTENSION_REPOSITORY_VARIABLE = 'CHARTLIFE_DUCKDB_EXTENSIONS';
const EXTENSION_REPOSITORY = 'https://extensions.duckdb.org';

const USES: Readonly<Record<DuckDbExtension, readonly PartUse[]>> = {
  sqlite_scanner: ['run', 'test'],
  ducklake: ['run', 'test'],
  postgres_scanner: ['many-machines'],
  httpfs: ['many-machines'],
};

export function duckdbExtensionPart(extension: DuckDbExtension, env: Environment): Part {
  const cache = nativeCacheAt(nativeCacheRoot(env));
  const targetPath = extensionPath(cache, extension);
  const uses = USES[extension];
  return {
    name: extension,
    uses,
    optionalBecause: uses.includes('run') ? null : 'a lake on one machine does without it',
    async locate() {
      return (await isReadableFile(targetPath)) ? { where: targetPath, version: DUCKDB_VERSION, how: 'cache' } : null;
    },
    needsInstall: async () => !(await isReadableFile(targetPath)),
    async install(installing) {
      const pin = pinFor(EXTENSION_PINS[extension].platforms, `DuckDB extension ${extension}`);
      const project = `duckdb-extension-${extension.replaceAll('_', '-')}`;
      const member = `duckdb_extension_${extension}/extensions/v${DUCKDB_VERSION}/${extension}.duckdb_extension`;
      const wayName = await obtain(
        {
          name: `DuckDB's extension ${extension} for version ${DUCKDB_VERSION}`,
          targetPath,
          sha256: pin.fileSha256,
          mode: 0o644,
          temporaryRoot: path.join(cache.root, 'tmp'),
          ways: [
            ...repositoryUrls(extension, env).map(fromRepository),
            fromPyPi({ project, version: DUCKDB_VERSION, pin, member }, env),
          ],
          next: 'Let this machine reach extensions.duckdb.org, or install Python 3 with pip; then run the same command again.',
        },
        installing,
      );
      return { where: targetPath, version: DUCKDB_VERSION, how: `from ${wayName}` };
    },
    async check(found) {
      const pin = pinFor(EXTENSION_PINS[extension].platforms, `DuckDB extension ${extension}`);
      const sha256 = await fileSha256(found.where);
      if (sha256 !== pin.fileSha256) throw new Error(`its SHA-256 is ${sha256}, pinned is ${pin.fileSha256}`);
      return `whole (SHA-256 ${sha256.slice(0, 12)}…)`;
    },
  };
}

/** The newest build for this engine, then, should that be another than the pinned one, the pinned one by its version. */
export function repositoryUrls(extension: DuckDbExtension, env: Environment): string[] {
  const base = env[EXTENSION_REPOSITORY_VARIABLE] || EXTENSION_REPOSITORY;
  const file = `v${DUCKDB_VERSION}/${duckdbPlatform()}/${extension}.duckdb_extension.gz`;
  return [`${base}/${file}`, `${base}/${extension}/${EXTENSION_PINS[extension].version}/${file}`];
}

function fromRepository(url: string): Way {
  return {
    name: `${new URL(url).host}${path.dirname(new URL(url).pathname)}`,
    url,
    async bring(folder, installing) {
      const packedPath = path.join(folder, 'extension.gz');
      const filePath = path.join(folder, 'extension');
      await download(url, packedPath, installing);
      await pipeline(createReadStream(packedPath), createGunzip(), createWriteStream(filePath));
      return filePath;
    },
  };
}
