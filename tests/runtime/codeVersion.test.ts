/** The hash of the code that decides a run's bits: another for another byte or path of it, the same for all else. */
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeHashOf, codeVersion } from '../../runtime/codeVersion.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';

let root: string;
const at = (file: string): string => path.join(root, file);
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'chartlife-code-'));
  for (const folder of ['audio', 'contracts', 'data', 'models', 'runtime', 'workers']) {
    await cp(path.join(PROJECT_ROOT, folder), at(folder), { recursive: true });
  }
});
afterAll(() => rm(root, { recursive: true }));

test('is 12 digits, the same in every checkout of the same code', () => {
  expect(codeVersion()).toMatch(/^[0-9a-f]{12}$/);
  expect(codeHashOf(root)).toBe(codeVersion());
});

test.each(['models/training/trainer.ts', 'models/ops/fused/gelu.cc', 'audio/wasm/kernel.wasm', 'runtime/philox.ts'])(
  'is another for a change of %s',
  async (file) => {
    const kept = at('kept');
    await cp(at(file), kept);
    await writeFile(at(file), 'another');
    expect(codeHashOf(root)).not.toBe(codeVersion());
    await rename(kept, at(file));
    expect(codeHashOf(root)).toBe(codeVersion());
  },
);

test('is another for a file of another name', async () => {
  await rename(at('workers/trainer/lease.ts'), at('workers/trainer/leases.ts'));
  expect(codeHashOf(root)).not.toBe(codeVersion());
  await rename(at('workers/trainer/leases.ts'), at('workers/trainer/lease.ts'));
});

test('is the same for what no bit depends on', async () => {
  await writeFile(at('models/README.md'), 'another');
  await writeFile(at('runtime/log.ts'), 'another');
  expect(codeHashOf(root)).toBe(codeVersion());
});
