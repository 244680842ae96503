/** Parameters from files and into them. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { astShapes, toHubName } from '../../../models/ast/names.ts';
import { disposeParameters, parameter } from '../../../models/parameters.ts';
import { readSafetensors, writeSafetensors } from '../../../models/weights/safetensors.ts';
import { loadParameters, saveParameters, toStored } from '../../../models/weights/tensors.ts';
import { goldenConfig, goldenPath } from '../ast/golden.ts';
import { useTensorflow } from '../tensorflow.ts';

useTensorflow();

const shapes = astShapes(goldenConfig('ast_s10.config.json'));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-parameters-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('come back as they were saved, and are freed', async () => {
  const before = memory().numTensors;
  const file = path.join(folder, 'saved.safetensors');
  const parameters = await loadParameters(goldenPath('ast_s10.hubnames.safetensors'), shapes);
  await saveParameters(file, parameters, { step: '12' });
  const again = await loadParameters(file, shapes);
  expect(toStored(again)).toEqual(toStored(parameters));
  expect((await readSafetensors(file)).metadata).toEqual({ step: '12' });
  disposeParameters(parameters);
  disposeParameters(again);
  expect(memory().numTensors).toBe(before);
});

it('are refused, and named, where they do not fit; nothing is left behind', async () => {
  const before = memory().numTensors;
  const file = path.join(folder, 'wrong.safetensors');
  const { tensors } = await readSafetensors(goldenPath('ast_s10.hubnames.safetensors'));
  const wrong = new Map([...tensors, ['classifier.extra', { shape: [1], values: new Float32Array(1) }] as const]);
  wrong.delete('classifier.dense.bias');
  await writeSafetensors(file, { tensors: wrong, metadata: {} });
  await expect(loadParameters(file, shapes)).rejects.toThrow(
    `${file} does not fit the model: missing classifier.dense.bias [5]; extra classifier.extra [1]`,
  );
  expect(memory().numTensors).toBe(before);
});

it('are refused where two names are one parameter, or a number is not finite', async () => {
  const file = path.join(folder, 'unfit.safetensors');
  const { tensors } = await readSafetensors(goldenPath('ast_s10.hubnames.safetensors'));
  const twice = new Map(
    [...tensors].flatMap(([name, stored]) => [[name, stored] as const, [`again.${name}`, stored] as const]),
  );
  await writeSafetensors(file, { tensors: twice, metadata: {} });
  await expect(loadParameters(file, shapes, (name) => name.replace('again.', ''))).rejects.toThrow(
    /cls_token is \S+cls_token, which is there already/,
  );
  const bias = { shape: [5], values: Float32Array.of(0, 0, Number.NaN, 0, 0) };
  await writeSafetensors(file, { tensors: new Map([...tensors, ['classifier.dense.bias', bias]]), metadata: {} });
  await expect(loadParameters(file, shapes)).rejects.toThrow('classifier.dense.bias has NaN at 2');
});

it('may have the names of transformers 5', async () => {
  const file = path.join(folder, 'five.safetensors');
  const { tensors } = await readSafetensors(goldenPath('ast_s10.hubnames.safetensors'));
  const renamed = [...tensors].map(([name, stored]) => {
    const short = name
      .replace('.encoder.layer.', '.layers.')
      .replace(/attention\.attention\.(q|k|v)\w+/, 'attention.$1_proj')
      .replace('attention.output.dense', 'attention.o_proj')
      .replace('intermediate.dense', 'mlp.fc1')
      .replace(/(layers\.\d+)\.output\.dense/, '$1.mlp.fc2');
    return [short, stored] as const;
  });
  await writeSafetensors(file, { tensors: new Map(renamed), metadata: {} });
  const parameters = await loadParameters(file, shapes, toHubName);
  expect(Object.keys(parameters).sort()).toEqual(Object.keys(shapes).sort());
  disposeParameters(parameters);
});

it('that are asked for and not there are named', () => {
  expect(() => parameter({}, 'head.bias')).toThrow('the model has no parameter head.bias');
});
