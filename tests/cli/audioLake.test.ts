/** `chartlife audio source`, `add`, `verify` and `show TRACK`, as they are typed, over one home. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../cli/run.ts';
import { parseDate } from '../../contracts/dates.ts';
import { parseTrackId } from '../../contracts/ids.ts';
import { TRACKS_PER_SHARD } from '../../contracts/payloads.ts';
import { DEFAULT_SETTINGS } from '../../contracts/settings.ts';
import { openLake } from '../../data/lake/openLake.ts';
import { homeAt } from '../../runtime/home.ts';
import { sineWave, waveFile } from '../audio/waves.ts';
import { EXTENSIONS_DIR } from '../data/lakeFixture.ts';
import { type CaptureOptions, captureEffects, chartlife } from './captureEffects.ts';
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
    [['source', 'spotify', '--check-found-after', '0'], '--check-found-after'],
    [['fetch', '--all', '--from', '2026-01-01'], ''],
  ])('%j is refused, and nothing changes', async (args, quoted) => {
    const before = await json(['source']);
    const { exitCode, stdout, stderr } = await run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(quoted);
    expect(await json(['source'])).toEqual(before);
  });
});

describe('fetch', () => {
  it('wants a contact for live sources alone; charts need not be named', async () => {
    await run(['source', 'deezer,folder', '--folder', 'music']);
    const live = await run(['fetch']);
    expect(live.exitCode).toBe(2);
    expect(live.stderr).toContain("no contact is named, so deezer can't be asked");
    await run(['source', 'folder']);
    // Refused for what comes next: the two exclude each other.
    expect((await run(['fetch', '--all', '--from', '2026-01-01'])).stderr).toContain('exclude each other');
    await run(['source', 'off']);
  });
});

describe('a folder of one’s own', () => {
  it('is added: what it has, what it lacks, and why', async () => {
    expect(await json(['add', 'music'])).toMatchObject({
      numFiles: 4,
      numNeverCharted: 3,
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

  it('with a file that is no sound to any decoder adds the others, and names it', async () => {
    await mkdir(path.join(cwd, 'odd'), { recursive: true });
    const wild = Float32Array.from({ length: 1_600 }, (_, index) => (index < 400 ? 1e20 : Math.sin(index)));
    await writeFile(
      path.join(cwd, 'odd', `${ONE}.wav`),
      waveFile(new Uint8Array(wild.buffer), { tag: 3, bitsPerSample: 32 }),
    );
    await writeFile(path.join(cwd, 'odd', `${TWO}.wav`), sineWave(1_600));
    await writeFile(path.join(cwd, 'odd', `${THREE}.flac`), 'fLaC and no more');
    const options = { env: { CHARTLIFE_HOME: path.join(cwd, 'odd-home'), NO_COLOR: '1' } };
    const { exitCode, stdout } = await run(['add', 'odd', '--json'], options);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      numComputed: 2,
      numDamaged: 1,
      numLeft: 0,
      putAside: [{ file: `${THREE}.flac`, why: expect.stringContaining('[AudioUndecodable]') }],
    });
  });

  it('interrupted, ends after the shard in hand, and says what is done and what is left', async () => {
    await mkdir(path.join(cwd, 'many'), { recursive: true });
    const ids = Array.from({ length: TRACKS_PER_SHARD + 4 }, (_, index) => `${'a'.repeat(19)}${100 + index}`);
    for (const [index, id] of ids.entries()) {
      await writeFile(path.join(cwd, 'many', `${id}.wav`), sineWave(1_600 + 160 * index));
    }
    const env = { CHARTLIFE_HOME: path.join(cwd, 'many-home'), NO_COLOR: '1' };
    const captured = captureEffects({ cwd, env });
    const { clock } = captured.effects;
    let numLooks = 0;
    // The clock is looked at for each file that is done: this is amid the first shard.
    const monotonicMs = (): number => {
      if (++numLooks === 10) captured.interrupt();
      return clock.monotonicMs();
    };
    const effects = { ...captured.effects, clock: { ...clock, monotonicMs } };
    expect(await runCli(['audio', 'add', 'many'], effects)).toBe(130);
    expect(captured.stdout()).toBe('');
    expect(captured.stderr()).toContain(
      `Interrupted: ${TRACKS_PER_SHARD} new spectrograms are in the lake, 4 files were not looked at.\n`,
    );
    expect(captured.stderr()).toContain('next  npx chartlife audio add many ');
    const { stdout } = await run(['add', 'many', '--json'], { env });
    expect(JSON.parse(stdout)).toMatchObject({ numComputed: 4, numUnchanged: TRACKS_PER_SHARD, numLeft: 0 });
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

  it('what is said of it is safe to print, and names rows that name no file', async () => {
    const evil = path.join(cwd, 'evil');
    await mkdir(evil);
    await writeFile(path.join(evil, 'clear\u001b[2J\u0007.wav'), sineWave(1_600));
    await writeFile(path.join(evil, 'tracks.csv'), `file,track_id\n,${ONE}\n`);
    const { stdout } = await run(['add', 'evil']);
    for (const control of ['\u0007', '\u001b']) expect(stdout).not.toContain(control);
    expect(stdout).toContain('clear·[2J·.wav: its name holds no track id');
    expect(stdout).toContain('  line 2 of the map: it names no file\n');
    expect((await run(['add', 'music', '--map', 'map.csv'])).stdout).toContain(
      '3 tracks of these have never charted, as far as the lake knows',
    );
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

  it('is not drawn anew: what would change it is refused', async () => {
    for (const [flags, named] of [
      [['--window', 'povey'], '--window'],
      // Typed is typed, the default as well.
      [['--channels', 'mean'], '--channels'],
      [['--channels', 'left', '--window', 'povey'], '--window and --channels'],
    ] as const) {
      const { exitCode, stdout, stderr } = await run(['show', TWO, '--out', 'none.png', ...flags]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain(`${named} can't change track ${TWO}`);
    }
  });

  it('lost, and from a source that is off: that is to be turned on before it is fetched again', async () => {
    const home = homeAt(path.join(cwd, 'off-home'));
    const { catalogPath, lakeDataDir: dataDir } = home;
    const lake = await openLake({ catalogPath, dataDir, extensionsDir: EXTENSIONS_DIR }, { mode: 'write' });
    const of = { trackId: parseTrackId(ONE), source: 'deezer', isSynthetic: false } as const;
    const row = { ...of, audioSha256: 'a', numFrames: 5, rowInShard: 0, valuesSha256: 'b' };
    await lake.commitSound(
      {
        askedOn: parseDate('2026-07-16'),
        feature: { version: 'f', settingsJson: '{}', numMelBins: 128 },
        shard: { sha256: 'c'.repeat(64), numBytes: 10 },
        spectrograms: [row],
        previews: [],
      },
      [],
    );
    await lake.close();
    const options = { env: { CHARTLIFE_HOME: home.root, NO_COLOR: '1' } };
    const { exitCode, stderr } = await run(['verify'], options);
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/next {2}npx chartlife audio source deezer .*\n(?:.*\n)?next {2}npx chartlife audio fetch /);
    await run(['source', 'deezer'], options);
    expect((await run(['verify'], options)).stderr).not.toContain('audio source deezer');
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
