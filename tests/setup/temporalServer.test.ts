/** Which Temporal server is used, in which order, and what is said where there is none. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { nativeCacheAt, TEMPORAL_CLI_VERSION } from '../../runtime/nativeParts.ts';
import { findTemporalServer, resolveTemporalServer, temporalVersion } from '../../runtime/temporalServer.ts';
import { temporaryFolder } from './temporaryFolder.ts';

/** A program that says it is Temporal's CLI of a version; with null, one that fails. */
function writeTemporal(filePath: string, version: string | null): string {
  mkdirSync(path.dirname(filePath), { recursive: true });
  const text =
    version === null ? 'echo broken >&2; exit 3' : `echo "temporal version ${version} (Server 9.9.9, UI 8.8.8)"`;
  writeFileSync(filePath, `#!/bin/sh\n${text}\n`);
  chmodSync(filePath, 0o755);
  return filePath;
}

/** Everything at once; a test takes away from the front. */
function everything(): { readonly env: Record<string, string>; readonly cached: string; readonly onPath: string } {
  const folder = temporaryFolder();
  const cached = writeTemporal(nativeCacheAt(path.join(folder, 'cache')).temporalPath, TEMPORAL_CLI_VERSION);
  const onPath = writeTemporal(path.join(folder, 'bin', 'temporal'), '1.99.0');
  const given = writeTemporal(path.join(folder, 'given', 'temporal'), '0.1.0');
  const env = {
    TEMPORAL_ADDRESS: 'cluster.example:7233',
    CHARTLIFE_TEMPORAL_PATH: given,
    PATH: `${path.join(folder, 'nothing')}${path.delimiter}${path.join(folder, 'bin')}`,
    CHARTLIFE_CACHE: path.join(folder, 'cache'),
  };
  return { env, cached, onPath };
}

describe('the server is', () => {
  test('a real cluster first', async () => {
    const { env } = everything();
    expect(await resolveTemporalServer(env)).toEqual({ kind: 'cluster', address: 'cluster.example:7233' });
  });

  test('then the path that was set, whatever its version', async () => {
    const { env } = everything();
    expect(await resolveTemporalServer({ ...env, TEMPORAL_ADDRESS: '' })).toEqual({
      kind: 'executable',
      path: env.CHARTLIFE_TEMPORAL_PATH,
      foundBy: 'CHARTLIFE_TEMPORAL_PATH',
    });
  });

  test('then the one on PATH', async () => {
    const { env, onPath } = everything();
    const unset = { ...env, TEMPORAL_ADDRESS: undefined, CHARTLIFE_TEMPORAL_PATH: undefined };
    expect(await resolveTemporalServer(unset)).toEqual({ kind: 'executable', path: onPath, foundBy: 'PATH' });
  });

  test('then the one in the cache', async () => {
    const { env, cached } = everything();
    const { CHARTLIFE_CACHE } = env;
    expect(await resolveTemporalServer({ CHARTLIFE_CACHE, PATH: '' })).toEqual({
      kind: 'executable',
      path: cached,
      foundBy: 'cache',
    });
  });

  test.each([
    ['is older than the tested', '1.0.3'],
    ['is of another major version', '2.0.0'],
    ['does not run', null],
  ])('the one in the cache where the one on PATH %s', async (_name, version) => {
    const { env, cached, onPath } = everything();
    writeTemporal(onPath, version);
    const { CHARTLIFE_CACHE, PATH } = env;
    expect(await resolveTemporalServer({ CHARTLIFE_CACHE, PATH })).toMatchObject({ path: cached, foundBy: 'cache' });
  });
});

describe('where there is none', () => {
  test('one error lists what was tried', async () => {
    const { onPath } = everything();
    writeTemporal(onPath, '1.0.3');
    const cache = temporaryFolder();
    await expect(resolveTemporalServer({ PATH: path.dirname(onPath), CHARTLIFE_CACHE: cache })).rejects.toMatchObject({
      type: 'SetupMissing',
      exitCode: 8,
      details: {
        tried: [
          'TEMPORAL_ADDRESS is not set',
          'CHARTLIFE_TEMPORAL_PATH is not set',
          `${onPath} on PATH: version 1.0.3 is older than ${TEMPORAL_CLI_VERSION}, which chartlife is tested with`,
          `the cache has no ${nativeCacheAt(cache).temporalPath}`,
        ],
      },
    });
  });

  test('a path that was set and leads nowhere is an error at once', async () => {
    const { env } = everything();
    const { CHARTLIFE_CACHE } = env;
    await expect(findTemporalServer({ CHARTLIFE_TEMPORAL_PATH: '/no/temporal', CHARTLIFE_CACHE })).rejects.toThrow(
      'CHARTLIFE_TEMPORAL_PATH is /no/temporal: no executable file is there',
    );
  });

  test('a program that is not Temporal is none', async () => {
    const { onPath } = everything();
    writeFileSync(onPath, '#!/bin/sh\necho hello\n');
    await expect(temporalVersion(onPath)).rejects.toThrow('says "hello\\n"');
  });
});
