/** A folder of one's own audio, on a real file system. */
import { mkdir, mkdtemp, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseTrackId } from '../../../contracts/ids.ts';
import { createFolderSource, listFolder } from '../../../sources/previews/folder.ts';
import { MAX_FILE_BYTES } from '../../../sources/previews/folderScan.ts';
import { failureOf, patience } from './fetchers.ts';

const [A, B, C, D] = [
  '7qiZfU4dY1lWllzX7mPBI3',
  '0VjIjW4GlUZAMYd2vXMi3b',
  '6KFWubocLBhrLs31RpEdR9',
  '4WYhQviUDsXVzLp6oncwJS',
];

let outside: string;
let dir: string;

beforeEach(async () => {
  outside = await mkdtemp(path.join(os.tmpdir(), 'chartlife-folder-'));
  onTestFinished(() => rm(outside, { recursive: true, force: true }));
  dir = path.join(outside, 'music');
  await mkdir(dir);
});

const at = (...parts: string[]): string => path.join(dir, ...parts);

/** Writes a file whose text is its name. */
async function put(...files: string[]): Promise<void> {
  for (const file of files) {
    await mkdir(path.dirname(at(file)), { recursive: true });
    await writeFile(at(file), file);
  }
}

async function map(text: string, file = at('..', 'map.csv')): Promise<string> {
  await writeFile(file, text);
  return file;
}

/** The listing, by paths within the folder. */
async function list(mapPath?: string): Promise<{ files: Record<string, string>; unmatched: Record<string, string> }> {
  const { files, unmatched } = await listFolder(dir, mapPath);
  return {
    files: Object.fromEntries(files.map((file) => [path.relative(dir, file.path), file.trackId])),
    unmatched: Object.fromEntries(unmatched.map((file) => [path.relative(dir, file.path), file.why])),
  };
}

describe('names of files', () => {
  it('hold the id of the track, alone or among other words', async () => {
    await put(`${A}.mp3`, `sub/03 - Title [${B}].flac`, `sub/deep/x_${C}_y.ogg`, D ?? '');
    expect(await list()).toEqual({
      files: { [`${A}.mp3`]: A, [`sub/03 - Title [${B}].flac`]: B, [`sub/deep/x_${C}_y.ogg`]: C, [D ?? '']: D },
      unmatched: {},
    });
  });

  it('that hold none, too long a one or several are said to be no track', async () => {
    await put('Title.mp3', `${A}x.mp3`, `${A} ${B}.mp3`, `${A} ${A}.wav`);
    expect(await list()).toEqual({
      files: { [`${A} ${A}.wav`]: A },
      unmatched: {
        'Title.mp3': 'its name holds no track id',
        [`${A}x.mp3`]: 'its name holds no track id',
        [`${A} ${B}.mp3`]: 'its name holds 2 track ids',
      },
    });
  });

  it('of two files of a track the first counts, and the other is named', async () => {
    await put(`b ${A}.mp3`, `a ${A}.mp3`, `a/${A}.mp3`);
    expect(await list()).toEqual({
      files: { [`a ${A}.mp3`]: A },
      unmatched: {
        [`a/${A}.mp3`]: `of the same track as a ${A}.mp3`,
        [`b ${A}.mp3`]: `of the same track as a ${A}.mp3`,
      },
    });
  });

  it('hidden ones and those that lie beside audio are passed over in silence', async () => {
    await put(`.${A}.mp3`, `.hidden/${A}.mp3`, `__MACOSX/${A}.mp3`, `${A}.jpg`, `${A}.lrc`, 'README.md', `${A}.opus`);
    expect(await list()).toEqual({ files: { [`${A}.opus`]: A }, unmatched: {} });
  });

  it('empty and huge files are not taken', async () => {
    await put(`${A}.mp3`, `${B}.mp3`);
    await truncate(at(`${A}.mp3`), 0);
    await truncate(at(`${B}.mp3`), MAX_FILE_BYTES + 1);
    expect(await list()).toEqual({
      files: {},
      unmatched: { [`${A}.mp3`]: 'the file is empty', [`${B}.mp3`]: '268435457 bytes; the limit is 268435456' },
    });
  });

  it('a folder that is not there, or is a file, is an input that does not fit', async () => {
    await put('file');
    for (const place of [at('none'), at('file')]) {
      expect(await failureOf(listFolder(place))).toMatchObject({ type: 'InvalidInput', details: { path: place } });
    }
  });
});

describe('links', () => {
  it('lead to files inside the folder, and to nothing else', async () => {
    await put('real.mp3', 'sub/x');
    await writeFile(path.join(outside, 'secret.mp3'), 'secret');
    await symlink(at('real.mp3'), at(`${A}.mp3`));
    await symlink(path.join(outside, 'secret.mp3'), at(`${B}.mp3`));
    await symlink(at('nowhere'), at(`${C}.mp3`));
    await symlink(outside, at('up'));
    await symlink(at(), at('sub', 'loop'));
    await symlink(at('sub'), at('inner'));
    const { files, unmatched } = await list();
    expect(files).toEqual({ [`${A}.mp3`]: A });
    expect(unmatched).toMatchObject({
      [`${B}.mp3`]: 'a link that leads out of the folder',
      [`${C}.mp3`]: "can't be read (ENOENT)",
      up: 'a link that leads out of the folder',
      inner: 'a link to a folder, which is not followed',
      [path.join('sub', 'loop')]: 'a link to a folder, which is not followed',
    });
    expect(Object.keys(unmatched).filter((file) => file.startsWith('up/') || file.startsWith('sub/loop/'))).toEqual([]);
  });

  it('a folder beside it whose name starts the same is outside', async () => {
    await mkdir(`${dir}-2`);
    await writeFile(path.join(`${dir}-2`, 'x'), 'x');
    await symlink(path.join(`${dir}-2`, 'x'), at(`${A}.mp3`));
    expect((await list()).unmatched).toEqual({ [`${A}.mp3`]: 'a link that leads out of the folder' });
  });

  it('the folder itself may be one', async () => {
    await put(`${A}.mp3`);
    await symlink(dir, path.join(outside, 'link'));
    const listing = await listFolder(path.join(outside, 'link'));
    expect(listing.files).toEqual([{ path: path.join(outside, 'link', `${A}.mp3`), trackId: A }]);
  });

  it('one that was turned outwards after the listing is not read', async () => {
    await put(`${A}.mp3`);
    await writeFile(path.join(outside, 'secret'), 'secret');
    const source = createFolderSource({ dir });
    const track = { trackId: parseTrackId(A ?? ''), title: null, artistNames: [] };
    expect(await source.find(track, patience())).toMatchObject({ outcome: 'found' });
    await unlink(at(`${A}.mp3`));
    await symlink(path.join(outside, 'secret'), at(`${A}.mp3`));
    expect(await source.find(track, patience())).toMatchObject({
      outcome: 'absent',
      why: 'its file: a link that leads out of the folder',
    });
  });
});

describe('a map', () => {
  it('goes before names; columns are found by theirs, ids in any of their forms', async () => {
    await put('one.mp3', 'sub/zwölf, "x".mp3', `${D}.mp3`, 'four.mp3', 'rest.mp3');
    const mapPath = await map(
      '\uFEFFArtist,Path,Spotify_URI\r\n' +
        `x,one.mp3,spotify:track:${A}\r\n` +
        `x,"sub/zwölf, ""x"".mp3",https://open.spotify.com/track/${B}?si=1\r\n` +
        `x,./${D}.mp3,${C}\r\n` +
        '\r\n' +
        `x,${at('four.mp3')},${D}\r\n`,
    );
    expect(await list(mapPath)).toEqual({
      files: { 'one.mp3': A, 'sub/zwölf, "x".mp3': B, [`${D}.mp3`]: C, 'four.mp3': D },
      unmatched: { 'rest.mp3': 'its name holds no track id' },
    });
  });

  it.each([
    ['file;track_id', ';'],
    ['filename\turl', '\t'],
    ['ID,FILE_NAME', ','],
  ])('may start with %j', async (header, delimiter) => {
    await put('one.mp3');
    const row = header.startsWith('ID') ? [A, 'one.mp3'] : ['one.mp3', A];
    expect((await list(await map(`${header}\n${row.join(delimiter)}\n`))).files).toEqual({ 'one.mp3': A });
  });

  it('finds a file by its name alone in a folder below, if there is one only, however accents are written', async () => {
    await put('a/one.mp3', 'a/two.mp3', 'b/two.mp3', 'b/é.mp3'.normalize('NFD'));
    const mapPath = await map(`file,id\none.mp3,${A}\ntwo.mp3,${B}\n${'é'.normalize('NFC')}.mp3,${C}\n`);
    expect(await list(mapPath)).toEqual({
      files: { 'a/one.mp3': A, ['b/é.mp3'.normalize('NFD')]: C },
      unmatched: {
        'a/two.mp3': 'its name holds no track id',
        'b/two.mp3': 'its name holds no track id',
        'two.mp3': 'line 3 of the map: 2 files are called so',
      },
    });
  });

  it('has its faults named with their line', async () => {
    await put('one.mp3', 'two.mp3');
    await writeFile(path.join(outside, 'secret.mp3'), 'secret');
    const mapPath = await map(
      [
        'file,track_id',
        'one.mp3,nonsense',
        `two.mp3,${A}`,
        `two.mp3,${B}`,
        `gone.mp3,${C}`,
        `../secret.mp3,${D}`,
        `,${D}`,
      ].join('\n'),
    );
    expect(await list(mapPath)).toEqual({
      files: { 'two.mp3': A },
      unmatched: {
        'one.mp3': 'line 2 of the map: "nonsense" is no track id',
        'two.mp3': 'line 4 of the map: a line before it names the same file',
        'gone.mp3': 'line 5 of the map: no such file',
        '../secret.mp3': 'line 6 of the map: it lies outside the folder',
        '': 'line 7 of the map: it names no file',
      },
    });
  });

  it('goes before the name of a file that comes first in the alphabet', async () => {
    await put(`a ${A}.mp3`, 'b.mp3');
    expect(await list(await map(`file,track_id\nb.mp3,${A}\n`))).toEqual({
      files: { 'b.mp3': A },
      unmatched: { [`a ${A}.mp3`]: 'of the same track as b.mp3' },
    });
  });

  it('in the folder is found by itself if it is called tracks.csv', async () => {
    await put('one.mp3');
    await map(`file,track_id\none.mp3,${A}\n`, at('tracks.csv'));
    expect(await list()).toEqual({ files: { 'one.mp3': A }, unmatched: {} });
  });

  it('may name a file that usually is no audio', async () => {
    await put('one.db');
    expect((await list(await map(`file,track_id\none.db,${A}\n`))).files).toEqual({ 'one.db': A });
  });

  it.each<[string, string | Uint8Array, string]>([
    ['has no such columns', 'name,number\na,1\n', 'has no line with the names'],
    ['is empty', '', 'has no line with the names'],
    ['is in UTF-16', Buffer.from('file,track_id\n', 'utf16le'), 'has no line with the names'],
    ['is in Latin-1', Buffer.from('file,track_id\né.mp3,x\n', 'latin1'), 'is not in UTF-8'],
    ['has an open quotation mark', 'file,track_id\n"one.mp3,x\n', "quotation marks that don't fit on line 2"],
  ])('that %s is refused', async (_, bytes, message) => {
    await writeFile(at('..', 'map.csv'), bytes);
    const error = await failureOf(listFolder(dir, at('..', 'map.csv')));
    expect(error.type).toBe('InvalidInput');
    expect(error.message).toContain(message);
  });

  it('that is not there, or too large, is refused', async () => {
    expect((await failureOf(listFolder(dir, at('none.csv')))).message).toContain("can't be read (ENOENT)");
    await truncate(await map('x'), 2 ** 24 + 1);
    expect((await failureOf(listFolder(dir, at('..', 'map.csv')))).message).toContain('16777217 bytes');
  });
});

describe('as a source', () => {
  const track = (id: string | undefined) => ({
    trackId: parseTrackId(id ?? ''),
    title: 'A title',
    artistNames: ['One'],
  });

  it('gives the file of a track as it is', async () => {
    await put(`${A}.mp3`);
    const source = createFolderSource({ dir });
    expect(source.origin).toBe('folder');
    expect(await source.find(track(A), patience())).toEqual({
      outcome: 'found',
      bytes: Buffer.from(`${A}.mp3`),
      urlHost: null,
      addressSha256: null,
      match: null,
      details: null,
      isSynthetic: false,
    });
    expect(await source.find(track(B), patience())).toEqual({
      outcome: 'absent',
      why: 'the folder has no file of the track',
      details: null,
    });
    await source.close();
  });

  it('knows its map', async () => {
    await put('one.mp3');
    const source = createFolderSource({ dir, mapPath: await map(`file,track_id\none.mp3,${A}\n`) });
    expect(await source.find(track(A), patience())).toMatchObject({ outcome: 'found' });
  });

  it('a file that went away since is absent', async () => {
    await put(`${A}.mp3`, `${B}.mp3`);
    const source = createFolderSource({ dir });
    expect(await source.find(track(B), patience())).toMatchObject({ outcome: 'found' });
    await unlink(at(`${A}.mp3`));
    await truncate(at(`${B}.mp3`), MAX_FILE_BYTES + 1);
    expect(await source.find(track(A), patience())).toMatchObject({ why: "its file: can't be read (ENOENT)" });
    expect(await source.find(track(B), patience())).toMatchObject({ why: expect.stringContaining('the limit is') });
  });

  it('a folder that is not there yet is looked for again', async () => {
    const source = createFolderSource({ dir: at('later') });
    expect((await failureOf(source.find(track(A), patience()))).type).toBe('InvalidInput');
    await put(`later/${A}.mp3`);
    expect(await source.find(track(A), patience())).toMatchObject({ outcome: 'found' });
  });

  it('an aborted search reads nothing', async () => {
    await put(`${A}.mp3`);
    await expect(createFolderSource({ dir }).find(track(A), AbortSignal.abort(new Error('enough')))).rejects.toThrow(
      'enough',
    );
  });
});
