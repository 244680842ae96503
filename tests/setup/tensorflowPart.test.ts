/** Native TensorFlow: compiled for real against the library that the set-up has brought; and from nowhere. */
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Environment } from '../../runtime/executables.ts';
import {
  nativeCacheAt,
  nativeCacheRoot,
  platformName,
  TENSORFLOW_VARIANTS,
  TENSORFLOW_VERSION,
  type TensorflowPlace,
  tensorflowPlace,
} from '../../runtime/nativeParts.ts';
import { addonState, compileAddon, findCompiler } from '../../setup/parts/compileAddon.ts';
import { bindingAddon, fusedOpsAddon } from '../../setup/parts/tensorflowAddons.ts';
import { tensorflowPart } from '../../setup/parts/tensorflowPart.ts';
import { TENSORFLOW_PINS } from '../../setup/parts/tensorflowPins.ts';
import { vendorBindingPath } from '../../setup/parts/vendorTensorflow.ts';
import { startNode } from './nodeProcess.ts';
import { notingInstalling } from './silentInstalling.ts';
import { temporaryFolder } from './temporaryFolder.ts';
import { closedAddress } from './vendor.ts';

// Real compilers and large files: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const installed = tensorflowPlace(nativeCacheAt(nativeCacheRoot(process.env)), 'cpu');
const libraries = Object.keys(TENSORFLOW_PINS.cpu[platformName()]?.libraries ?? {});
const hasLibrary = libraries.length > 0 && existsSync(path.join(installed.root, libraries[0] ?? ''));
const compiler = await findCompiler(process.env);

/** An empty cache, no Python, no vendor; programs only as given. */
async function environment(programs: readonly string[] = []): Promise<Environment & { CHARTLIFE_CACHE: string }> {
  const bin = temporaryFolder();
  for (const program of programs) writeFileSync(path.join(bin, program), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  return {
    CHARTLIFE_CACHE: path.join(temporaryFolder(), 'cache'),
    PATH: bin,
    TFJS_NODE_CDN_STORAGE: await closedAddress(),
  };
}

function placeIn(env: { readonly CHARTLIFE_CACHE: string }): TensorflowPlace {
  return tensorflowPlace(nativeCacheAt(env.CHARTLIFE_CACHE), 'cpu');
}

/** Lends the installed library and headers to another cache, and the fused ops, which take long to compile. */
function lendLibrary(place: TensorflowPlace): void {
  mkdirSync(place.root, { recursive: true });
  symlinkSync(installed.libraryDir, place.libraryDir);
  symlinkSync(installed.includeDir, place.includeDir);
  for (const suffix of ['', '.json']) {
    const file = `${installed.fusedOpsPath}${suffix}`;
    if (existsSync(file)) copyFileSync(file, `${place.fusedOpsPath}${suffix}`);
  }
}

describe.skipIf(!hasLibrary || compiler === null)('where the library is', () => {
  test('the addon is compiled against it, loads, and is not compiled again', async () => {
    const env = { ...(await environment()), PATH: process.env.PATH };
    const place = placeIn(env);
    lendLibrary(place);
    const part = tensorflowPart(env);
    expect(await part.locate()).toBeNull();
    const found = await part.install(notingInstalling());
    expect(found).toMatchObject({ where: place.root, version: TENSORFLOW_VERSION });
    expect(found.how).toMatch(/^library as it was, compiled with (g\+\+|clang\+\+|c\+\+)/);
    expect(await part.locate()).toEqual({ where: place.root, version: TENSORFLOW_VERSION, how: 'cache' });
    expect(await part.needsInstall()).toBe(false);
    expect(await part.check(found)).toMatch(/^cpu, whole/);

    const load = `
      import { createRequire } from 'node:module';
      console.log(createRequire('/')(${JSON.stringify(place.bindingPath)}).TF_Version);`;
    const { stdout, stderr } = await startNode(load).ended;
    expect(stdout, stderr).toBe(`${TENSORFLOW_VERSION}\n`);

    const before = statSync(place.bindingPath).mtimeMs;
    await part.install(notingInstalling());
    expect(statSync(place.bindingPath).mtimeMs).toBe(before);

    // As after a change of the sources.
    rmSync(`${place.bindingPath}.json`);
    expect(await part.needsInstall()).toBe(true);
    expect(await part.check(found)).toContain('the addon is older than its sources');
    const withoutCompiler = tensorflowPart({ ...env, PATH: '' });
    expect((await withoutCompiler.install(notingInstalling())).how).toMatch(/^as it was, .*no C\+\+ compiler$/);
    expect(statSync(place.bindingPath).mtimeMs).toBe(before);
  });

  test('an op of our own is compiled against it, and registers with it when it is loaded', async () => {
    if (compiler === null) throw new Error('no compiler');
    const env = await environment();
    const place = placeIn(env);
    lendLibrary(place);
    const sources = temporaryFolder();
    expect(await fusedOpsAddon(place, libraries, sources)).toBeNull();
    writeFileSync(path.join(sources, 'op.cc'), OWN_OP);
    const addon = await fusedOpsAddon(place, libraries, sources);
    if (addon === null) throw new Error('no addon');
    const installing = notingInstalling();
    await compileAddon(addon, { compiler, env: process.env, installing });
    expect(await addonState(addon)).toEqual({ is: 'current' });
    const load = `
      import { createRequire } from 'node:module';
      console.log(createRequire('/')(${JSON.stringify(place.fusedOpsPath)}).isRegistered);`;
    const { stdout, stderr } = await startNode(load).ended;
    expect(stdout, stderr).toBe('true\n');
  });
});

/** Defines an op, and says whether TensorFlow took it. */
const OWN_OP = `
#include <node_api.h>
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"

NAPI_MODULE_INIT() {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder("ChartlifeProbe");
  TF_OpDefinitionBuilderAddInput(builder, "x: float");
  TF_OpDefinitionBuilderAddOutput(builder, "y: float");
  TF_RegisterOpDefinition(builder, status);
  napi_value is_registered;
  napi_get_boolean(env, TF_GetCode(status) == TF_OK, &is_registered);
  TF_DeleteStatus(status);
  napi_set_named_property(env, exports, "isRegistered", is_registered);
  return exports;
}
`;

// Where the vendor's addon is in node_modules, that one is found.
describe.skipIf(existsSync(vendorBindingPath()))('from nowhere', () => {
  test('one error lists every way: no compiler', async () => {
    const part = tensorflowPart(await environment());
    expect(await part.needsInstall()).toBe(true);
    await expect(part.install(notingInstalling())).rejects.toMatchObject({
      type: 'SetupMissing',
      next: expect.stringMatching(/C\+\+ compiler.*Python 3 with pip/),
      details: {
        tried: [
          expect.stringMatching(/^there is no (C\+\+ compiler|wheel)/),
          expect.stringMatching(/^tfjs-node's own installation: 127\.0\.0\.1:\d+: the connection was refused$/),
        ],
      },
    });
  });

  test.skipIf(libraries.length === 0)('one error lists every way: no Python', async () => {
    const part = tensorflowPart(await environment(['g++']));
    await expect(part.install(notingInstalling())).rejects.toMatchObject({
      type: 'SetupMissing',
      details: {
        tried: [
          expect.stringMatching(/^PyPI \(tensorflow(-cpu)? 2\.18\.1\): there is no python3 on PATH$/),
          expect.stringContaining("tfjs-node's own installation: "),
        ],
      },
    });
  });

  test.skipIf(libraries.length === 0)('a compiler that fails is quoted', async () => {
    const env = await environment(['g++']);
    const place = placeIn(env);
    mkdirSync(place.libraryDir, { recursive: true });
    for (const library of libraries) writeFileSync(path.join(place.root, library), '');
    await expect(tensorflowPart(env).install(notingInstalling())).rejects.toMatchObject({
      type: 'SetupMissing',
      details: {
        tried: [expect.stringMatching(/g\+\+ .* ended with exit code 1/), expect.stringContaining('tfjs-node')],
      },
    });
    expect(existsSync(place.bindingPath)).toBe(false);
  });
});

test('the vendor has nothing for a GPU', async () => {
  const env = { ...(await environment()), CHARTLIFE_TENSORFLOW: 'cuda' };
  const part = tensorflowPart(env);
  expect(part.name).toBe('libtensorflow CUDA');
  expect(await part.locate()).toBeNull();
  await expect(part.install(notingInstalling())).rejects.toMatchObject({
    details: { tried: [expect.any(String), "tfjs-node's own installation: it has none for CUDA 12"] },
  });
});

test("whoever has the vendor's addon is told what is lost", async () => {
  const part = tensorflowPart(await environment());
  const said = await part.check({ where: '/some/tfjs-node', version: null, how: 'vendor' });
  expect(said).toMatch(/libtensorflow 2\.9\.1 .*other bits than 2\.18\.1, .*training steps are slower, and no GPU/);
});

describe.skipIf(libraries.length === 0)('a library that is damaged', () => {
  test('is found by a check', async () => {
    const env = await environment();
    const place = placeIn(env);
    mkdirSync(place.libraryDir, { recursive: true });
    for (const file of [...libraries.map((library) => path.join(place.root, library)), place.bindingPath]) {
      writeFileSync(file, 'half');
    }
    const part = tensorflowPart(env);
    const found = await part.locate();
    if (found === null) throw new Error('it is not there');
    await expect(part.check(found)).rejects.toThrow(
      /^the SHA-256 of tensorflow\/libtensorflow_cc\S+ is [0-9a-f]{64}, pinned/,
    );
  });
});

test('an addon without a note of what it was made of is compiled again', async () => {
  const env = await environment();
  const place = placeIn(env);
  mkdirSync(place.root, { recursive: true });
  writeFileSync(place.bindingPath, 'made by hand');
  expect(await addonState(bindingAddon(place, libraries))).toEqual({ is: 'stale' });
});

test('pins are whole', () => {
  expect(Object.keys(TENSORFLOW_PINS.cpu)).toEqual(['linux-x64', 'linux-arm64', 'darwin-arm64']);
  expect(Object.keys(TENSORFLOW_PINS.cuda)).toEqual(['linux-x64']);
  const pins = TENSORFLOW_VARIANTS.flatMap((variant) => Object.values(TENSORFLOW_PINS[variant]));
  const hashes = pins.flatMap((pin) => [
    ...pin.wheels.map((wheel) => wheel.pin.wheelSha256),
    ...Object.values(pin.libraries),
  ]);
  for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(hashes).size).toBe(hashes.length);
  for (const pin of pins) {
    expect(pin.wheels[0]?.version).toBe(TENSORFLOW_VERSION);
    expect(Object.keys(pin.libraries)).toHaveLength(2);
  }
});
