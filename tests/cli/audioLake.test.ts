/** `chartlife audio source`, `add`, `verify` and `show TRACK`, as they are typed, over one home. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../contracts/settings.ts';
import { sineWave, waveFile } from '../audio/waves.ts';
import { type CaptureOptions, chartlife } from './captureEffects.ts';
import { runProcess } from './chartlifeProcess.ts';

const ONE = '0kosUz0jePvjiz4ctmR6wL';
const TWO = '65DbTqJKhbwqYbZ1Okr0rc';
const THREE = '6KFWubocLBhrLs31RpEdR9';

let cwd: string;
const run = (args: readonly string[], options: CaptureOptions = {}) =>
  chartlife(['audio', ...args], { cwd, env: { CHARTLIFE_HOME: path.join(cwd, 'home'), NO_COLOR: '1' }, ...options });
const json = async (args: readonly string[]): Promise<unknown> => {
  const { stdout, stderr } = await run([...args, '--json']);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as unknown;
};

beforeAll(async () => {
  cwd = await mkdtemp(path.join(os.tmpdir(), 'chartlife-own-audio-'));
  await mkdir(path.join(cwd, 'music', 'album'), { recursive: true });
  await writeFile(path.join(cwd, 'music', `${ONE}.wav`), sineWave(16_000));
  await writeFile(path.join(cwd, 'music', 'album', `01 - A song [${TWO}].wav`), sineWave(8_000, 880));
  await writeFile(path.join(cwd, 'music', 'no id.wav'), sineWave(4_000));
  await writeFile(path.join(cwd, 'music', `${THREE}.mp3`), 'this is no sound');
  // Builds dist/ if a source has changed: the thread that decodes starts from there.
  await runProcess(['--version']);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('source', () => {
  it('is off until one is turned on, which says the terms', async () => {
    expect((await run(['source'])).stdout).toBe('sound     off: no previews are asked for\n');
    const { exitCode, stdout, stderr } = await run(['source', 'spotify,deezer', '--keep-audio', '--per-night', '7']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('sound     spotify, then deezer\n');
    expect(stdout).toContain('kept in the home');
    expect(stderr).toContain('personal, non-commercial use');
    expect(stderr).toContain('Deezer’s terms');
    expect(await json(['source'])).toMatchObject({ sources: ['spotify', 'deezer'], maxTracksPerNight: 7 });
    expect(await json(['source', 'off', '--no-keep-audio'])).toEqual({
      ...DEFAULT_SETTINGS.sound,
      maxTracksPerNight: 7,
      terms: [],
    });
  });

  it.each([
    [['source', 'napster'], 'napster'],
    [['source', 'folder'], '"folder"'],
    [['source', 'spotify', '--per-night', '0'], '--per-night'],
    [['source', 'spotify', '--window', 'hamming'], 'hamming'],
    [['fetch', '--all', '--from', '2026-01-01'], ''],
  ])('%j is refused, and nothing changes', async (args, quoted) => {
    const before = await json(['source']);
    const { exitCode, stdout, stderr } = await run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(quoted);
    expect(await json(['source'])).toEqual(before);
  });
});

describe('a folder of one’s own', () => {
  it('is added: what it has, what it lacks, and why', async () => {
    expect(await json(['add', 'music'])).toMatchObject({
      numFiles: 4,
      numComputed: 2,
      numUnchanged: 0,
      putAside: expect.arrayContaining([
        { file: 'no id.wav', why: expect.stringContaining('no track id') },
        { file: `${THREE}.mp3`, why: expect.stringContaining('AudioUndecodable') },
      ]),
    });
  });

  it('added again, nothing is computed; a file that changed is', async () => {
    expect(await json(['add', 'music'])).toMatchObject({ numComputed: 0, numUnchanged: 2 });
    await writeFile(path.join(cwd, 'music', `${ONE}.wav`), sineWave(16_000, 220));
    expect(await json(['add', 'music'])).toMatchObject({ numComputed: 1, numUnchanged: 1 });
  });

  it('takes what a CSV says before what the name says', async () => {
    await writeFile(path.join(cwd, 'map.csv'), `\uFEFFfile,track_id\r\nno id.wav,spotify:track:${THREE}\r\n`);
    await rename(path.join(cwd, 'music', `${THREE}.mp3`), path.join(cwd, 'broken.mp3'));
    expect(await json(['add', 'music', '--map', 'map.csv'])).toMatchObject({ numComputed: 1, numUnchanged: 2 });
  });

  it('of a damaged file what is sound is added, and the damage is told', async () => {
    const file = path.join(cwd, 'music', `${ONE}.wav`);
    await writeFile(file, waveFile(sineWave(16_000).subarray(44), { declaredBytes: 64_000 }));
    const { stdout } = await run(['add', 'music', '--map', 'map.csv']);
    expect(stdout).toContain('1 new spectrogram');
    expect(stdout).toContain('1 file damaged in part');
  });

  it.each([
    ['a folder that is not there', ['add', 'nowhere']],
    ['a map that is not there', ['add', 'music', '--map', 'nowhere.csv']],
  ])('%s is an error', async (_what, args) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('nowhere');
  });
});

describe('what was stored', () => {
  it('is drawn by the track’s id, URI or address', async () => {
    for (const track of [TWO, `spotify:track:${TWO}`, `https://open.spotify.com/track/${TWO}?si=x`]) {
      const { exitCode, stdout } = await run(['show', track, '--out', 'two.png']);
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'two.png\n' });
    }
    expect(decode(await readFile(path.join(cwd, 'two.png'))).width).toBeGreaterThan(1_000);
    const { exitCode, stderr } = await run(['show', '4Km5HrUvYTaSUfiSGPJeQR', '--out', 'none.png']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('no spectrogram of track 4Km5HrUvYTaSUfiSGPJeQR');
  });

  it('is whole; a shard that is cut is named, put aside, and made again by adding the folder', async () => {
    expect((await run(['verify'])).stdout).toContain('all whole');
    const dir = path.join(cwd, 'home', 'spectrograms');
    // All of them: some are of snapshots before, and no longer count.
    const shards = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith('.arrow'));
    for (const shard of shards) await truncate(path.join(dir, shard), 500);
    const { exitCode, stdout } = await run(['verify']);
    expect(exitCode).toBe(5);
    expect(stdout).toContain('it has 500 bytes');
    expect(stdout).toMatch(/put aside as .+\.arrow\.damaged/);
    expect((await run(['verify', '--json'])).exitCode).toBe(5);
    await run(['add', 'music', '--map', 'map.csv']);
    expect(await json(['verify'])).toMatchObject({ broken: [], numSpectrograms: 3 });
  });
});
