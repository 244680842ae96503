/** Compiling: when it is done again and when not, and that a failure leaves what was there. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { type Addon, addonState, compileAddon, findCompiler } from '../../setup/parts/compileAddon.ts';
import { notingInstalling } from './silentInstalling.ts';
import { temporaryFolder } from './temporaryFolder.ts';

// Real compilers: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000 });

const compiler = await findCompiler(process.env);

const NODE_HEADERS = path.join(PROJECT_ROOT, 'node_modules', 'node-api-headers', 'include');

/** An addon of one number, whose value stands in a header beside it, whose type in a folder of headers. */
function smallAddon(): { readonly addon: Addon; readonly folder: string } {
  const folder = temporaryFolder();
  const include = path.join(folder, 'include');
  mkdirSync(path.join(include, 'deep'), { recursive: true });
  mkdirSync(path.join(folder, 'sources'));
  writeFileSync(path.join(include, 'deep', 'type.h'), 'using Answer = int;\n');
  writeFileSync(path.join(folder, 'sources', 'answer.h'), '#define ANSWER 42\n');
  writeFileSync(
    path.join(folder, 'sources', 'small.cc'),
    `#include "answer.h"
     #include "deep/type.h"
     #include <node_api.h>
     Answer answer = ANSWER;
     NAPI_MODULE_INIT() { return exports; }\n`,
  );
  const addon = {
    sources: [path.join(folder, 'sources', 'small.cc')],
    includeDirs: [include, NODE_HEADERS],
    libraries: [],
    libraryFolder: 'libraries',
    outputPath: path.join(folder, 'small.node'),
  };
  return { addon, folder };
}

describe.skipIf(compiler === null)('an addon', () => {
  async function compile(addon: Addon): Promise<void> {
    if (compiler === null) throw new Error('no compiler');
    await compileAddon(addon, { compiler, env: process.env, installing: notingInstalling() });
  }

  test('is compiled, and is current from then on', async () => {
    const { addon, folder } = smallAddon();
    expect(await addonState(addon)).toEqual({ is: 'stale' });
    await compile(addon);
    expect(await addonState(addon)).toEqual({ is: 'current' });
    expect(readFileSync(addon.outputPath).subarray(1, 4).toString()).toBe(
      process.platform === 'linux' ? 'ELF' : '\xfa\xed\xfe',
    );
    expect(readdirSync(folder).toSorted()).toEqual(['include', 'small.node', 'small.node.json', 'sources']);
  });

  test.each([
    ['a source', 'sources/small.cc', '#include <node_api.h>\nNAPI_MODULE_INIT() { return nullptr; }\n'],
    ['a header beside it', 'sources/answer.h', '#define ANSWER 43\n'],
    ['a header elsewhere', 'include/deep/type.h', 'using Answer = long;\n'],
    ['a new header', 'include/other.h', '\n'],
  ])('is stale after a change of %s', async (_what, file, text) => {
    const { addon, folder } = smallAddon();
    await compile(addon);
    writeFileSync(path.join(folder, file), text);
    expect(await addonState(addon)).toEqual({ is: 'stale' });
    await compile(addon);
    expect(await addonState(addon)).toEqual({ is: 'current' });
  });

  test('is stale with other libraries, and where it is gone', async () => {
    const { addon } = smallAddon();
    await compile(addon);
    expect(await addonState({ ...addon, libraries: ['/lib/libother.so.1'] })).toEqual({ is: 'stale' });
    rmSync(addon.outputPath);
    expect(await addonState(addon)).toEqual({ is: 'stale' });
  });

  test.each([
    ['does not compile', 'int x = 1;\nthis is no C++;\n'.repeat(50), /^\S+small\.cc:2:1: error: /],
    [
      'does not load',
      '#include <node_api.h>\nvoid nobody_has_this();\nNAPI_MODULE_INIT() { nobody_has_this(); return exports; }',
      /nobody_has_this/,
    ],
    ['ends its process', '#include <cstdlib>\n[[gnu::constructor]] void end() { abort(); }', /SIGABRT/],
  ])('that %s leaves none behind, and says why until the source changes', async (_what, text, because) => {
    const { addon, folder } = smallAddon();
    await compile(addon);
    writeFileSync(path.join(folder, 'sources', 'small.cc'), `${text}\n`);
    await expect(compile(addon)).rejects.toThrow(because);
    expect(await addonState(addon)).toEqual({ is: 'failed', because: expect.stringMatching(because) });
    expect(readdirSync(folder).toSorted()).toEqual(['include', 'small.node.json', 'sources']);
    writeFileSync(path.join(folder, 'sources', 'small.cc'), '\n');
    expect(await addonState(addon)).toEqual({ is: 'stale' });
  });
});

describe('the compiler', () => {
  function folderWith(...programs: string[]): string {
    const folder = temporaryFolder();
    for (const program of programs) writeFileSync(path.join(folder, program), '#!/bin/sh\n', { mode: 0o755 });
    return folder;
  }

  test('is the first of those on PATH', async () => {
    for (const [programs, first] of [
      [['c++', 'clang++', 'g++'], 'g++'],
      [['c++', 'clang++'], 'clang++'],
      [['c++'], 'c++'],
    ] as const) {
      const folder = folderWith(...programs);
      expect(await findCompiler({ PATH: folder })).toEqual({ program: path.join(folder, first), args: [] });
    }
    expect(await findCompiler({ PATH: folderWith() })).toBeNull();
  });

  test('is the one of CXX where that can be run', async () => {
    const folder = folderWith('g++', 'ccache', 'mine');
    const program = (name: string): string => path.join(folder, name);
    expect(await findCompiler({ PATH: folder, CXX: 'mine' })).toEqual({ program: program('mine'), args: [] });
    expect(await findCompiler({ PATH: '', CXX: program('mine') })).toEqual({ program: program('mine'), args: [] });
    expect(await findCompiler({ PATH: folder, CXX: 'ccache g++ -v' })).toEqual({
      program: program('ccache'),
      args: ['g++', '-v'],
    });
    expect(await findCompiler({ PATH: folder, CXX: '/no/compiler' })).toEqual({ program: program('g++'), args: [] });
  });
});
