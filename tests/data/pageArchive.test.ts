import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPageArchive, type PageArchive } from '../../data/archive/pageArchive.ts';
import { sha256Hex } from '../../runtime/files.ts';

let folder: string;
let archive: PageArchive;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'page-archive-'));
  archive = openPageArchive(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const body = new TextEncoder().encode('<table>gimme luv <3 打上花火</table>');
const url = 'https://kworb.net/spotify/country/us_daily.html';
const entry = { sha256: sha256Hex(body), etag: '"a"', lastModified: null, fetchedAt: '2026-07-16T03:00:00.000Z' };

describe('bodies', () => {
  test('come back as they went in, under their own hash', async () => {
    const sha256 = await archive.put(body);
    expect(sha256).toBe(sha256Hex(body));
    expect(await archive.get(sha256)).toEqual(Buffer.from(body));
    expect(gunzipSync(await readFile(archive.pathOf(sha256)))).toEqual(Buffer.from(body));
  });

  test('are kept once', async () => {
    const sha256 = await archive.put(body);
    await writeFile(archive.pathOf(sha256), 'touched');
    await archive.put(body);
    expect(await readFile(archive.pathOf(sha256), 'utf8')).toBe('touched');
  });

  test.each([
    ['absent', async () => {}, 'is absent'],
    ['cut', async (file: string) => truncate(file, 20), 'is damaged'],
    ['of another page', async (file: string) => writeFile(file, gzipSync('other')), 'holds other bytes'],
  ])('that are %s are an error, never a wrong page', async (name, harm, message) => {
    const sha256 = name === 'absent' ? sha256Hex('nowhere') : await archive.put(body);
    await harm(archive.pathOf(sha256));
    await expect(archive.get(sha256)).rejects.toMatchObject({
      type: 'LakeUnusable',
      message: expect.stringContaining(message),
    });
  });

  test('leave no temporary file', async () => {
    const sha256 = await archive.put(body);
    expect(await readdir(path.dirname(archive.pathOf(sha256)))).toEqual([`${sha256}.html.gz`]);
  });
});

describe('the newest version of an address', () => {
  test('is what was set last', async () => {
    expect(await archive.latest(url)).toBeNull();
    await archive.setLatest(url, entry);
    expect(await archive.latest(url)).toEqual(entry);
    await archive.setLatest(url, { ...entry, etag: null, lastModified: 'Thu, 16 Jul 2026 03:00:00 GMT' });
    expect(await archive.latest(url)).toMatchObject({ etag: null, lastModified: 'Thu, 16 Jul 2026 03:00:00 GMT' });
  });

  test('is unknown when the note is damaged: the page is then fetched whole', async () => {
    await archive.setLatest(url, entry);
    const [note] = await readdir(path.join(folder, 'latest'));
    for (const text of ['', '{', '[]', '{"url":"elsewhere"}', JSON.stringify({ ...entry, url, etag: 7 })]) {
      await writeFile(path.join(folder, 'latest', note ?? ''), text);
      expect(await archive.latest(url)).toBeNull();
    }
  });
});
