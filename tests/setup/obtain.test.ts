/** Fetching one file: the first way that yields the pinned bytes, nothing half written, every failure named. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { download } from '../../setup/parts/download.ts';
import { obtain, obtainFolder, type Wanted, type WantedFolder, type Way } from '../../setup/parts/obtain.ts';
import { notingInstalling } from './silentInstalling.ts';
import { temporaryFolder } from './temporaryFolder.ts';
import { closedAddress, startVendor } from './vendor.ts';

const RIGHT = Buffer.from('the pinned bytes '.repeat(10_000));
const PATIENT = { answerTimeoutMs: 20_000, stallTimeoutMs: 20_000 };
const IMPATIENT = { answerTimeoutMs: 150, stallTimeoutMs: 150 };

function fromUrl(url: string, limits = PATIENT): Way {
  return {
    name: new URL(url).pathname,
    url,
    async bring(folder, installing) {
      const filePath = path.join(folder, 'file');
      await download(url, filePath, installing, limits);
      return filePath;
    },
  };
}

function wanted(folder: string, ways: readonly Way[]): Wanted {
  return {
    name: 'the thing',
    targetPath: path.join(folder, 'deep', 'below', 'thing'),
    sha256: createHash('sha256').update(RIGHT).digest('hex'),
    mode: 0o755,
    temporaryRoot: path.join(folder, 'tmp'),
    ways,
    triedBefore: ['there is none on PATH'],
    next: 'Ask somebody.',
  };
}

describe('a file', () => {
  test('comes whole, with its mode, its progress, and nothing beside it', async () => {
    const folder = temporaryFolder();
    const vendor = await startVendor({ '/right': RIGHT });
    const installing = notingInstalling();
    const want = wanted(folder, [fromUrl(`${vendor.baseUrl}/right`)]);
    expect(await obtain(want, installing)).toBe('/right');
    expect(readFileSync(want.targetPath)).toEqual(RIGHT);
    expect(statSync(want.targetPath).mode & 0o777).toBe(0o755);
    expect(readdirSync(want.temporaryRoot)).toEqual([]);
    expect(installing.progressed.at(-1)).toEqual({ done: RIGHT.length / 1e6, total: RIGHT.length / 1e6, unit: 'MB' });
  });

  test('comes the second way where the first sends other bytes', async () => {
    const folder = temporaryFolder();
    const vendor = await startVendor({ '/wrong': Buffer.from('<html>Sign in</html>'), '/right': RIGHT });
    const installing = notingInstalling();
    const want = wanted(folder, [fromUrl(`${vendor.baseUrl}/wrong`), fromUrl(`${vendor.baseUrl}/right`)]);
    expect(await obtain(want, installing)).toBe('/right');
    expect(readFileSync(want.targetPath)).toEqual(RIGHT);
    expect(installing.said).toEqual([
      `not from /wrong: it sent other bytes: SHA-256 ${createHash('sha256').update('<html>Sign in</html>').digest('hex')}, pinned is ${want.sha256}`,
    ]);
  });

  test('that is there stays as it is when no way works', async () => {
    const folder = temporaryFolder();
    const want = { ...wanted(folder, []), targetPath: path.join(folder, 'thing') };
    writeFileSync(want.targetPath, 'the one before');
    await expect(obtain(want, notingInstalling())).rejects.toThrow();
    expect(readFileSync(want.targetPath, 'utf8')).toBe('the one before');
  });

  test('that nobody has: one error lists everything tried', async () => {
    const folder = temporaryFolder();
    const nobody = await closedAddress();
    const vendor = await startVendor({
      '/silent': () => undefined,
      '/stalls': (response) => response.writeHead(200, { 'content-length': RIGHT.length }).write('the pinned'),
      '/cut': (response) => {
        response.writeHead(200, { 'content-length': RIGHT.length }).write('the pinned');
        setTimeout(() => response.destroy(), 20);
      },
      '/broken': (response) => response.writeHead(503).end(),
    });
    const patiently = ['absent', 'broken', 'cut'].map((name) => fromUrl(`${vendor.baseUrl}/${name}`));
    const stalls = fromUrl(`${vendor.baseUrl}/stalls`, { ...PATIENT, stallTimeoutMs: 150 });
    const silent = fromUrl(`${vendor.baseUrl}/silent`, IMPATIENT);
    const want = wanted(folder, [fromUrl(`${nobody}/nobody`), ...patiently, stalls, silent]);
    const failed = obtain(want, notingInstalling());
    await expect(failed).rejects.toMatchObject({
      type: 'SetupMissing',
      next: 'Ask somebody.',
      details: {
        tried: [
          'there is none on PATH',
          '/nobody: the connection was refused',
          '/absent: HTTP 404',
          '/broken: HTTP 503',
          expect.stringMatching(/^\/cut: (other side closed|terminated|aborted)/),
          '/stalls: nothing came for 0.15 s',
          '/silent: no answer within 0.15 s',
        ],
      },
    });
    await expect(failed).rejects.toThrow(/the thing can't be had:\n {2}- there is none on PATH\n {2}- \/nobody/);
    expect(existsSync(want.targetPath)).toBe(false);
    expect(readdirSync(want.temporaryRoot)).toEqual([]);
  });

  test('is asked for once where its host does not answer', async () => {
    const folder = temporaryFolder();
    const vendor = await startVendor({ '/a': () => undefined, '/b': RIGHT });
    const want = wanted(folder, [fromUrl(`${vendor.baseUrl}/a`, IMPATIENT), fromUrl(`${vendor.baseUrl}/b`)]);
    await expect(obtain(want, notingInstalling())).rejects.toMatchObject({
      details: {
        tried: ['there is none on PATH', '/a: no answer within 0.15 s', '/b: no answer within 0.15 s'],
      },
    });
    expect(vendor.asked).toEqual(['/a']);
  });
});

describe('a folder', () => {
  /** Writes the files into its own folder, and then perhaps breaks off. */
  function writing(files: Readonly<Record<string, string>>, thenFail = ''): Way {
    return {
      name: `a way with ${Object.values(files).join(' and ')}`,
      url: null,
      async bring(folder) {
        for (const [file, text] of Object.entries(files)) {
          mkdirSync(path.join(folder, 'all', path.dirname(file)), { recursive: true });
          writeFileSync(path.join(folder, 'all', file), text);
        }
        if (thenFail !== '') throw new Error(thenFail);
        return path.join(folder, 'all');
      },
    };
  }

  function wantedFolder(folder: string, ways: readonly Way[]): WantedFolder {
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
    return {
      name: 'the things',
      targetPath: path.join(folder, 'deep', 'things'),
      sha256Of: { 'lib/one': sha256('one'), 'lib/two': sha256('two') },
      temporaryRoot: path.join(folder, 'tmp'),
      ways,
      next: 'Ask somebody.',
    };
  }

  const whole = { 'lib/one': 'one', 'lib/two': 'two', 'include/header': 'of no account' };

  test('comes whole, in place of the one before', async () => {
    const folder = temporaryFolder();
    const want = wantedFolder(folder, [writing({ ...whole, 'lib/two': 'other' }), writing(whole)]);
    mkdirSync(want.targetPath, { recursive: true });
    writeFileSync(path.join(want.targetPath, 'left over'), '');
    const installing = notingInstalling();
    expect(await obtainFolder(want, installing)).toBe('a way with one and two and of no account');
    expect(readdirSync(want.targetPath).toSorted()).toEqual(['include', 'lib']);
    expect(readFileSync(path.join(want.targetPath, 'lib', 'two'), 'utf8')).toBe('two');
    expect(installing.said).toEqual([expect.stringContaining(`pinned is ${want.sha256Of['lib/two']}`)]);
    expect(readdirSync(want.temporaryRoot)).toEqual([]);
  });

  test('is absent where no way brings all of it', async () => {
    const folder = temporaryFolder();
    const { 'lib/two': _, ...half } = whole;
    const want = wantedFolder(folder, [writing(half), writing(whole, 'it broke off')]);
    await expect(obtainFolder(want, notingInstalling())).rejects.toMatchObject({
      type: 'SetupMissing',
      details: { tried: [expect.stringContaining('ENOENT'), expect.stringContaining(': it broke off')] },
    });
    expect(existsSync(want.targetPath)).toBe(false);
    expect(readdirSync(want.temporaryRoot)).toEqual([]);
  });

  test('for which there is no room: no other way is tried', async () => {
    const folder = temporaryFolder();
    const want = wantedFolder(folder, [writing(whole, 'pip: [Errno 28] No space left on device'), writing(whole)]);
    await expect(obtainFolder(want, notingInstalling())).rejects.toMatchObject({
      type: 'DiskFull',
      next: expect.stringContaining('CHARTLIFE_CACHE'),
    });
    expect(existsSync(want.targetPath)).toBe(false);
  });
});
