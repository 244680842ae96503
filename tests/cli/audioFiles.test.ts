/** `chartlife audio fbank` and `audio show` on files, as they are typed. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fbank64 } from '../../audio/fbank/fbank.ts';
import { fbankSettings } from '../../audio/fbank/settings.ts';
import { decodeNpy } from '../../audio/npy.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { difference } from '../audio/fbank/difference.ts';
import { fbankVectors, GOLDEN_FBANK, lacksSound, sharedFolder, soundFile } from '../audio/vectors.ts';
import { sineWave, waveFile } from '../audio/waves.ts';
import { chartlife } from './captureEffects.ts';
import { runProcess } from './chartlifeProcess.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(path.join(os.tmpdir(), 'chartlife-audio-'));
  await writeFile(path.join(cwd, 'sine.wav'), sineWave(16_000));
  // Builds dist/ if a source has changed: the thread that decodes starts from there.
  await runProcess(['--version']);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const sharedFbank = sharedFolder('fbank');

async function readArray(file: string): Promise<ReturnType<typeof decodeNpy>> {
  return decodeNpy(await readFile(path.join(cwd, file)));
}

describe('fbank', () => {
  it('says what it wrote, how fast, and what comes next', async () => {
    const { exitCode, stdout, stderr } = await chartlife(['audio', 'fbank', 'sine.wav', 'new/folder/sine.npy'], {
      cwd,
    });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        'new/folder/sine.npy: 98 frames of 128 mel bins',
        '  wav, 16,000 Hz, 1 channel, 1.000 s',
        '  hanning window, feature version 1ef0d20746a3',
        '',
      ].join('\n'),
    );
    expect(stderr).toMatch(
      /^heard 1\.000 s in [\d.]+ s.*\nnext {2}npx chartlife audio show sine\.wav --out sine\.png /,
    );
    expect((await readArray('new/folder/sine.npy')).shape).toEqual([98, 128]);
  });

  it('is one JSON object with --json, and nothing on stderr', async () => {
    const args = ['audio', 'fbank', 'sine.wav', 'json.npy', '--window', 'povey', '--channels', 'left', '--json'];
    const { exitCode, stdout, stderr } = await runProcess(args, { cwd });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      input: 'sine.wav',
      output: 'json.npy',
      numFrames: 98,
      numMelBins: 128,
      seconds: 1,
      format: 'wav',
      sampleRateHz: 16_000,
      numChannels: 1,
      window: 'povey',
      channels: 'left',
      featureVersion: 'f1d6b17860e644229939a320f87fb4707f9544e1a828f58c8b7b0c88aefc0d1a',
      numLosses: 0,
      secondsLost: 0,
      losses: [],
    });
  });

  it('takes the mean of the channels, or the left', async () => {
    const left = new Int16Array(new Uint8Array(sineWave(1_600).subarray(44)).buffer);
    const stereo = Int16Array.from({ length: 3_200 }, (_, index) => (index % 2 === 0 ? left[index / 2]! : 0));
    await writeFile(path.join(cwd, 'stereo.wav'), waveFile(new Uint8Array(stereo.buffer), { numChannels: 2 }));
    const loudest: number[] = [];
    for (const channels of ['mean', 'left']) {
      await chartlife(['audio', 'fbank', 'stereo.wav', 'stereo.npy', '--channels', channels], { cwd });
      loudest.push(Math.max(...(await readArray('stereo.npy')).values));
    }
    // Half the amplitude is a quarter of the energy.
    expect(loudest[1]! - loudest[0]!).toBeCloseTo(Math.log(4), 3);
  });

  const folders = [GOLDEN_FBANK, ...(sharedFbank === null ? [] : [sharedFbank])];
  const vectors = folders
    .flatMap((folder) => fbankVectors(folder).map((vector) => ({ ...vector, folder })))
    .filter(({ numMelBins }) => numMelBins === 128);

  it.each(vectors)("gives torchaudio's $name", async ({ folder, name, samples, window, reference }) => {
    const input = path.join(folder, `${name.slice(0, name.indexOf('.'))}.in.f32`);
    const { exitCode } = await chartlife(['audio', 'fbank', input, 'vector.npy', '--window', window], { cwd });
    expect(exitCode).toBe(0);
    const actual = await readArray('vector.npy');
    expect(actual.shape).toEqual(reference.shape);
    expect(actual.values).toBeInstanceOf(Float32Array);
    const d = difference(actual.values, reference.values, 128);
    expect(d.linear).toBeLessThanOrEqual(5e-5);
    expect(d.logNearMaximum).toBeLessThanOrEqual(1e-3);
    // torchaudio's own float32 may be further from the definition than that: see tests/audio/fbank/vectors.test.ts.
    const own = difference(fbank64(samples, fbankSettings({ window })).values, reference.values, 128).mean;
    expect(d.mean).toBeLessThanOrEqual(Math.max(1e-4, 1.01 * own));
  });
});

describe('music', () => {
  const file = (name: string): string => soundFile(name) ?? name;

  it.each(['mp3', 'aac', 'm4a', 'flac', 'ogg', 'opus'])('in %s is heard', async (ending) => {
    const args = ['audio', 'fbank', file(`audiolena_lena.${ending}`), 'music.npy', '--json'];
    const { exitCode, stdout } = await chartlife(args, { cwd });
    expect(exitCode).toBe(0);
    const { numFrames, seconds, numLosses } = JSON.parse(stdout) as Record<string, number>;
    expect(seconds).toBeCloseTo(12.27, 0);
    expect(numLosses).toBe(0);
    expect((await readArray('music.npy')).shape).toEqual([numFrames, 128]);
  });

  const DAMAGED = ['eshaz_mpeg.cbr.errors.mp3', 'eshaz_ogg.errors.opus'];
  it.skipIf(DAMAGED.some(lacksSound)).each(DAMAGED)('of %s: what was lost is told', async (name) => {
    const { exitCode, stdout, stderr } = await chartlife(['audio', 'fbank', file(name), 'damaged.npy'], { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^damaged\.npy: 7,9\d\d frames /);
    expect(stderr).toMatch(/\ndamaged: \d+ loss(es)?, at least \d\.\d{3} s of sound missing\n {2}\S/);
    const json = await chartlife(['audio', 'show', file(name), '--out', 'damaged.png', '--json'], { cwd });
    expect(json.stderr).toBe('');
    const facts = JSON.parse(json.stdout) as { numLosses: number; secondsLost: number; losses: { what: string }[] };
    expect(facts.numLosses).toBeGreaterThan(0);
    expect(facts.secondsLost).toBeGreaterThan(0);
    expect(facts.losses).toHaveLength(facts.numLosses);
  });
});

describe('show', () => {
  it('draws a file, prints where, and says what it shows', async () => {
    const { exitCode, stdout, stderr } = await runProcess(['audio', 'show', 'sine.wav', '--out', 'a b/sine.png'], {
      cwd,
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'a b/sine.png\n' });
    expect(stderr).toContain('wav, 16,000 Hz, 1 channel, 1.000 s\n');
    expect(stderr).toContain('next  npx chartlife audio fbank sine.wav sine.npy');
    expect(decode(await readFile(path.join(cwd, 'a b', 'sine.png')))).toMatchObject({ width: 1_200, depth: 8 });
  });

  it('draws raw samples, and with the other window another picture', async () => {
    const samples = Float32Array.from({ length: 16_000 }, (_, index) => Math.sin(index / 5) / (1 + (index % 1_000)));
    await writeFile(path.join(cwd, 'raw.f32'), new Uint8Array(samples.buffer));
    const pictures: Buffer[] = [];
    for (const window of ['hanning', 'povey']) {
      const args = ['audio', 'show', 'raw.f32', '--out', 'raw.png', '--window', window, '--json'];
      const { exitCode, stdout } = await chartlife(args, { cwd });
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ input: 'raw.f32', output: 'raw.png', format: 'f32', window });
      pictures.push(await readFile(path.join(cwd, 'raw.png')));
    }
    expect(pictures[0]!.equals(pictures[1]!)).toBe(false);
  });

  it('wants to know where', async () => {
    const { exitCode, stderr } = await chartlife(['audio', 'show', 'sine.wav'], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("required option '--out <png>' not specified");
  });
});

describe('refused', () => {
  const BAD_FILES: Readonly<Record<string, Uint8Array>> = {
    'text.mp3': Buffer.from('not music at all'),
    'empty.ogg': new Uint8Array(),
    'huge.wav': waveFile(new Uint8Array(3_200), { declaredBytes: 2 ** 31 }),
    'short.f32': new Uint8Array(4 * 399),
    'odd.f32': new Uint8Array(1_601),
    'short.wav': sineWave(399),
  };

  beforeAll(() =>
    Promise.all(Object.entries(BAD_FILES).map(([name, bytes]) => writeFile(path.join(cwd, name), bytes))),
  );

  it.each([
    ['text.mp3', 3, 'AudioUndecodable', 'no sound in a known format: the bytes begin with 6e6f7420'],
    ['empty.ogg', 3, 'AudioUndecodable', 'the file is empty'],
    ['huge.wav', 3, 'AudioTooLarge', '67109 seconds; the limit is 1200 seconds'],
    ['short.f32', 3, 'AudioTooShort', '399 samples are less than one frame'],
    ['short.wav', 3, 'AudioTooShort', '399 samples are less than one frame'],
    ['odd.f32', 2, 'InvalidInput', '1601 bytes are not whole float32 samples'],
    ['missing.wav', 2, 'InvalidInput', 'there is no such file'],
    ['.', 2, 'InvalidInput', 'it is a folder'],
  ])('%s: exit code %d, %s, and nothing written', async (input, code, type, message) => {
    for (const args of [
      ['audio', 'fbank', input, 'none.npy'],
      ['audio', 'show', input, '--out', 'none.png'],
    ]) {
      const { exitCode, stdout, stderr } = await chartlife(args, { cwd });
      expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
      expect(stderr).toContain(`${path.resolve(cwd, input)}: `);
      expect(stderr).toContain(`${message}`);
      expect(stderr).toContain(`[${type}]`);
    }
    expect((await readdir(cwd)).filter((file) => file.startsWith('none.'))).toEqual([]);
  });

  it('a pipe, which may never end', async () => {
    execFileSync('mkfifo', [path.join(cwd, 'pipe')]);
    const { exitCode, stderr } = await chartlife(['audio', 'fbank', 'pipe', 'none.npy'], { cwd });
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('it is not a plain file') });
  });

  it('an output that is the input, by whatever name', async () => {
    await mkdir(path.join(cwd, 'inner'), { recursive: true });
    await copyFile(path.join(cwd, 'sine.wav'), path.join(cwd, 'same.wav'));
    await symlink('same.wav', path.join(cwd, 'link.wav'));
    const before = await readFile(path.join(cwd, 'same.wav'));
    for (const output of ['same.wav', 'inner/../same.wav', path.join(cwd, 'same.wav'), 'link.wav']) {
      for (const args of [
        ['audio', 'fbank', 'same.wav', output],
        ['audio', 'show', 'same.wav', '--out', output],
      ]) {
        const { exitCode, stderr } = await chartlife(args, { cwd });
        expect(exitCode).toBe(2);
        expect(stderr).toContain(`${output} is the input itself`);
      }
    }
    expect((await readFile(path.join(cwd, 'same.wav'))).equals(before)).toBe(true);
  });

  it('an output that can be no file', async () => {
    await mkdir(path.join(cwd, 'folder.npy'), { recursive: true });
    for (const [output, message] of [
      ['folder.npy', 'folder.npy is a folder'],
      ['sine.wav/out.npy', 'is not a folder'],
      ['sine.wav/further/out.npy', 'is not a folder'],
    ] as const) {
      const { exitCode, stderr } = await chartlife(['audio', 'fbank', 'sine.wav', output], { cwd });
      expect(exitCode).toBe(2);
      expect(stderr).toContain(message);
    }
  });

  it('a window or a channel that does not exist', async () => {
    for (const flags of [
      ['--window', 'hamming'],
      ['--channels', 'right'],
    ]) {
      const { exitCode, stderr } = await chartlife(['audio', 'fbank', 'sine.wav', 'none.npy', ...flags], { cwd });
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`argument '${flags[1]}' is invalid`);
    }
    expect(existsSync(path.join(cwd, 'none.npy'))).toBe(false);
  });
});

it('is not loaded by commands that hear nothing', async () => {
  const { metafile } = await build({
    absWorkingDir: PROJECT_ROOT,
    entryPoints: ['cli/main.ts'],
    outdir: 'never-written',
    write: false,
    bundle: true,
    splitting: true,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  const loaded = new Set(['cli/main.ts']);
  for (const file of loaded) {
    for (const { kind, path: imported } of metafile.inputs[file]?.imports ?? []) {
      if (kind === 'import-statement') loaded.add(imported);
    }
  }
  expect(loaded).toContain('cli/commands/audio/show.ts');
  expect([...loaded].filter((file) => /^(audio|pictures)\/|resvg|fast-png|decode/.test(file))).toEqual([]);
});
