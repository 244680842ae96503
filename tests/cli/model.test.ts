/** `chartlife model show` and `model embed`, as they are typed. */
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeNpy, encodeNpy, type NpyArray } from '../../audio/npy.ts';
import { readSafetensors, writeSafetensors } from '../../models/weights/safetensors.ts';
import { goldenJson, goldenPath, goldenTensors, largestDifference, stored } from '../models/ast/golden.ts';
import { chartlife } from './captureEffects.ts';
import { runProcess } from './chartlifeProcess.ts';

const TOLERANCE = 1e-5;
let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(path.join(os.tmpdir(), 'chartlife-model-'));
  await copyFile(goldenPath('ast_s10.hubnames.safetensors'), path.join(cwd, 'w.safetensors'));
  await copyFile(goldenPath('ast_s10.config.json'), path.join(cwd, 'c.json'));
  await copyFile(goldenPath('ast_s10.input.npy'), path.join(cwd, 'x.npy'));
  await copyFile(goldenPath('mp2_vit.safetensors'), path.join(cwd, 'vit.safetensors'));
  // Builds dist/ if a source has changed, which a process says on stderr.
  await runProcess(['--version']);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

async function readArray(...file: string[]): Promise<NpyArray> {
  return decodeNpy(await readFile(path.join(cwd, ...file)));
}

/** The threads are the process's: all of this file's runs in it take two. */
function embedArgs(changes: Readonly<Record<string, string>> = {}): string[] {
  const options = { weights: 'w.safetensors', config: 'c.json', input: 'x.npy', out: 'out', threads: '2', ...changes };
  return ['model', 'embed', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])];
}

describe('embed', () => {
  it("gives transformers' pooler and logits, and says where", async () => {
    const { exitCode, stdout, stderr } = await chartlife(embedArgs({ out: 'new/out' }), { cwd });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'new/out/pooler.npy: 2 x 32\nnew/out/logits.npy: 2 x 5\n',
    });
    expect(stderr).toMatch(
      /^ {2}TensorFlow 2\.\d+\.\d+ on the cpu, threads: 2\nnext {2}npx chartlife model show w\.safetensors /,
    );
    expect((await readdir(path.join(cwd, 'new', 'out'))).sort()).toEqual(['logits.npy', 'pooler.npy']);
    for (const name of ['pooler', 'logits']) {
      const actual = await readArray('new', 'out', `${name}.npy`);
      const expected = decodeNpy(await readFile(goldenPath(`ast_s10.${name}.npy`)));
      expect(actual.shape).toEqual(expected.shape);
      expect(largestDifference(actual.values, expected.values)).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  it('takes one spectrogram of float64, and is one JSON object with --json', async () => {
    const { values } = stored(goldenTensors('ast_s10.io.safetensors'), 'input');
    const second = Float64Array.from(values.subarray(values.length / 2));
    await writeFile(path.join(cwd, 'one.npy'), encodeNpy({ shape: [128, 128], values: second }));
    const { exitCode, stdout, stderr } = await chartlife([...embedArgs({ input: 'one.npy', out: 'one' }), '--json'], {
      cwd,
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      numSamples: 1,
      numFrames: 128,
      outputs: [
        { file: 'one/pooler.npy', shape: [1, 32] },
        { file: 'one/logits.npy', shape: [1, 5] },
      ],
      backend: { numThreads: 2, device: 'cpu' },
    });
    const expected = decodeNpy(await readFile(goldenPath('ast_s10.logits.npy'))).values.slice(5);
    expect(largestDifference((await readArray('one', 'logits.npy')).values, expected)).toBeLessThanOrEqual(TOLERANCE);
  });

  it('gives many spectrograms what each gets alone', async () => {
    const { values } = stored(goldenTensors('ast_s10.io.safetensors'), 'input');
    const many = new Float32Array((values.length / 2) * 5);
    for (let sample = 0; sample < 5; sample++) {
      const at = ((sample % 2) * values.length) / 2;
      many.set(values.subarray(at, at + values.length / 2), (sample * values.length) / 2);
    }
    await writeFile(path.join(cwd, 'many.npy'), encodeNpy({ shape: [5, 128, 128], values: many }));
    await chartlife(embedArgs({ input: 'many.npy', out: 'many' }), { cwd });
    const { shape, values: logits } = await readArray('many', 'logits.npy');
    expect(shape).toEqual([5, 5]);
    const expected = decodeNpy(await readFile(goldenPath('ast_s10.logits.npy'))).values;
    for (let sample = 0; sample < 5; sample++) {
      const at = (sample % 2) * 5;
      const own = logits.slice(5 * sample, 5 * sample + 5);
      expect(largestDifference(own, expected.slice(at, at + 5))).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  it('in a process of its own says no more than that', async () => {
    const { exitCode, stdout, stderr } = await runProcess([...embedArgs({ out: 'process' }), '--json'], { cwd });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ numSamples: 2 });
  });

  it('names the weights that do not fit', async () => {
    const { tensors } = await readSafetensors(goldenPath('ast_s10.hubnames.safetensors'));
    const wrong = new Map(tensors);
    wrong.delete('classifier.dense.bias');
    wrong.set('classifier.dense.weight', { shape: [4, 32], values: new Float32Array(128) });
    wrong.set('decoder.bias', { shape: [1], values: new Float32Array(1) });
    await writeSafetensors(path.join(cwd, 'wrong.safetensors'), { tensors: wrong, metadata: {} });
    const { exitCode, stderr, stdout } = await chartlife(embedArgs({ weights: 'wrong.safetensors', out: 'none' }), {
      cwd,
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    const flat = stderr.replaceAll(/\s+/g, ' ');
    expect(flat).toContain('missing classifier.dense.bias [5]');
    expect(flat).toContain('misshapen classifier.dense.weight: [4, 32], expected [5, 32]');
    expect(flat).toContain('extra decoder.bias [1]');
    expect(await readdir(path.join(cwd, 'none'))).toEqual([]);
  });

  const config = goldenJson('ast_s10.config.json') as Record<string, unknown>;
  const array = (shape: number[]): Uint8Array =>
    encodeNpy({ shape, values: new Float32Array(shape.reduce((product, length) => product * length, 1)) });
  const withNaN = encodeNpy({ shape: [128, 128], values: new Float32Array(128 * 128).fill(Number.NaN, 300, 301) });

  it.each<[string, Readonly<Record<string, string | Uint8Array>>, Readonly<Record<string, string>>, string]>([
    ['weights that are not there', {}, { weights: 'absent' }, 'there is no '],
    ['a config that is no JSON', { 'bad.json': '{' }, { config: 'bad.json' }, 'bad.json is no JSON: '],
    [
      'a config of another model',
      { 'bad.json': '{"model_type":"bert"}' },
      { config: 'bad.json' },
      'bad.json: model_type is "bert"',
    ],
    [
      'a config of other sizes',
      { 'bad.json': JSON.stringify({ ...config, max_length: 256 }) },
      { config: 'bad.json' },
      'x.npy has 128 frames of 128; the model takes 256 frames of 128 mel bins',
    ],
    [
      'an input that is no array',
      { 'bad.npy': 'sound' },
      { input: 'bad.npy' },
      'bad.npy: not a .npy file of little-endian floats: it does not begin with NUMPY',
    ],
    [
      'an input that ends in its head',
      { 'bad.npy': array([128, 128]).subarray(0, 7) },
      { input: 'bad.npy' },
      'bad.npy: the file ends within its head',
    ],
    [
      'an input of whole numbers',
      { 'bad.npy': Buffer.from(array([2, 2])).map((byte, index) => (index === 22 ? 0x69 : byte)) },
      { input: 'bad.npy' },
      "bad.npy: not a .npy file of little-endian floats: its header is {'descr': '<i4'",
    ],
    [
      'an input of one axis',
      { 'bad.npy': array([128]) },
      { input: 'bad.npy' },
      'bad.npy has the shape [128], not [frames, mel bins]',
    ],
    [
      'an input of no samples',
      { 'bad.npy': array([0, 128, 128]) },
      { input: 'bad.npy' },
      'bad.npy has the shape [0, 128, 128]',
    ],
    ['an input that is not finite', { 'bad.npy': withNaN }, { input: 'bad.npy' }, 'bad.npy holds NaN at value 300'],
    ['an output that is a file', {}, { out: 'c.json' }, 'c.json is not a folder'],
    ['no thread', {}, { threads: '0' }, '--threads: "0" is not a whole number from 1 to 1024'],
  ])('refuses %s', async (_name, files, changes, message) => {
    for (const [file, content] of Object.entries(files)) await writeFile(path.join(cwd, file), content);
    const { exitCode, stdout, stderr } = await chartlife(embedArgs(changes), { cwd });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(`error ${message}`);
    expect(stderr).toMatch(/\nnext {3}\S/);
  });
});

describe('show', () => {
  it('is laid out for 80 columns', async () => {
    const { exitCode, stdout, stderr } = await chartlife(['model', 'show', 'nano'], {
      cwd,
      isTerminal: true,
      env: { NO_COLOR: '1' },
    });
    expect(exitCode).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "nano
        input       1,024 frames of 128 mel bins
        patches     32 x 32, one every 16 frames and 32 mel bins
        encoder     4 layers of 2 heads, 64 wide
        output      2 numbers
        parameters  282,306 in 75 tensors
        weights     1.1 MB of F32
        cost        0.099 GMAC for a spectrogram of 254 tokens

      … is audio_spectrogram_transformer.
      part                                                    shape  parameters
      …embeddings.cls_token                                  1x1x64          64
      …embeddings.distillation_token                         1x1x64          64
      …embeddings.position_embeddings                      1x254x64      16,256
      …embeddings.patch_embeddings.projection       64x1x32x32 + 64      65,600
      …encoder.layer.0-3.attention.attention.query       64x64 + 64      16,640
      …encoder.layer.0-3.attention.attention.key         64x64 + 64      16,640
      …encoder.layer.0-3.attention.attention.value       64x64 + 64      16,640
      …encoder.layer.0-3.attention.output.dense          64x64 + 64      16,640
      …encoder.layer.0-3.layernorm_before                   64 + 64         512
      …encoder.layer.0-3.layernorm_after                    64 + 64         512
      …encoder.layer.0-3.intermediate.dense            256x64 + 256      66,560
      …encoder.layer.0-3.output.dense                   64x256 + 64      65,792
      …layernorm                                            64 + 64         128
      classifier.layernorm                                  64 + 64         128
      classifier.dense                                     2x64 + 2         130
      "
    `);
    expect(stderr).toContain('npx chartlife model show nano --json');
  });

  it.each(['base', 'tiny'])('cuts no name of %s in 80 columns', async (preset) => {
    const { stdout } = await chartlife(['model', 'show', preset], { cwd, isTerminal: true, env: { NO_COLOR: '1' } });
    const lines = stdout.split('\n');
    expect(lines.filter((line) => line.length > 80 || /\S…/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.includes('0-11.attention.attention'))).toHaveLength(3);
  });

  it('adds up to the hub’s model', async () => {
    const { stdout } = await chartlife(['model', 'show', 'base', '--json'], { cwd });
    const model = JSON.parse(stdout) as {
      tensors: unknown[];
      numParameters: number;
      weightBytes: number;
      cost: { totalMacs: number; numTokens: number };
    };
    expect(model).toMatchObject({ preset: 'base', file: null, numParameters: 86_594_063, weightBytes: 4 * 86_594_063 });
    expect(model.tensors).toHaveLength(203);
    expect(model.cost.numTokens).toBe(1_214);
    expect(model.cost.totalMacs / 1e9).toBeCloseTo(130.5, 1);
  });

  it.each([
    ['w.safetensors', 'cost        0.006 GMAC for a spectrogram of 146 tokens', 'model embed --weights w.safetensors'],
    ['vit.safetensors', 'cost        0.007 GMAC for a spectrogram of 81 tokens', 'model show vit.safetensors --json'],
  ])('reads the sizes of %s from its names', async (file, cost, next) => {
    const { stdout, stderr } = await chartlife(['model', 'show', file], { cwd });
    expect(stdout).toContain(cost);
    expect(stderr).toContain(next);
  });

  it('shows a file of other names, types and layers that differ', async () => {
    const header = {
      'net.0.weight': { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      'net.2.weight': { dtype: 'F32', shape: [2], data_offsets: [8, 16] },
      'net.1.weight': { dtype: 'U8', shape: [3], data_offsets: [16, 19] },
      step: { dtype: 'I64', shape: [], data_offsets: [19, 27] },
    };
    const json = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    await writeFile(path.join(cwd, 'other.safetensors'), Buffer.concat([length, json, Buffer.alloc(27)]));
    const { stdout } = await chartlife(['model', 'show', 'other.safetensors'], { cwd });
    expect(stdout).toMatchInlineSnapshot(`
      "other.safetensors
        parameters  8 in 4 tensors
        weights     27 bytes of F32, I64, U8

      part       type   shape  parameters
      net.{0,2}  F32        2           4
      net.1      U8         3           3
      step       I64   scalar           1
      "
    `);
  });

  it('names the presets where there is no such file, and the damage of one', async () => {
    const absent = await chartlife(['model', 'show', 'huge'], { cwd });
    expect(absent.exitCode).toBe(2);
    expect(absent.stderr).toContain('huge is neither a preset nor a file');
    expect(absent.stderr).toContain('Give base, tiny, nano, or the path of a .safetensors file.');
    const damaged = await chartlife(['model', 'show', 'x.npy'], { cwd });
    expect(damaged.exitCode).toBe(2);
    expect(damaged.stderr.replaceAll(/\s+/g, ' ')).toContain('x.npy is no sound safetensors file: its header claims');
  });

  it('loads no TensorFlow', async () => {
    const list = path.join(cwd, 'loaded.json');
    const nodeArgs = ['--require', path.join(import.meta.dirname, 'loadedModules.cjs')];
    for (const args of [
      ['model', 'show', 'w.safetensors'],
      ['model', 'embed', '--help'],
    ]) {
      const { exitCode } = await runProcess(args, { cwd, nodeArgs, env: { LOADED_MODULES: list } });
      expect(exitCode).toBe(0);
      const names = JSON.parse(await readFile(list, 'utf8')) as string[];
      expect(names).toContain('commander');
      expect(names.filter((name) => /tensorflow/.test(name))).toEqual([]);
    }
  });
});
