/** The import arrows hold in this tree, and the check that says so finds each kind of breach. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';
import { findViolations, forbiddenFolders, RULED_FOLDERS } from './architecture/rules.ts';

test('nothing in the tree breaks the architecture', async () => {
  expect(await findViolations(PROJECT_ROOT)).toEqual([]);
});

describe('the linter', () => {
  const biome = JSON.parse(readFileSync(path.join(PROJECT_ROOT, 'biome.json'), 'utf8'));

  test.each(RULED_FOLDERS)('forbids %s the same folders', (folder) => {
    const override = biome.overrides.find(({ includes }: { includes: string[] }) => includes[0] === `${folder}/**`);
    const { patterns } = override.linter.rules.style.noRestrictedImports.options;
    expect(patterns[0].group.toSorted()).toEqual(
      forbiddenFolders(folder)
        .map((other) => `**/${other}/**`)
        .toSorted(),
    );
  });

  test('finds what it can see', () => {
    const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'chartlife-lint-')));
    try {
      const settings = { ...biome, vcs: { enabled: false } };
      const files = {
        'biome.json': JSON.stringify(settings),
        'contracts/bad.ts': "import { lake } from '../data/lake.ts';\nexport const bad = lake;\n",
        'sources/kworb/bad.ts': "import type { Lake } from '../../data/lake.ts';\nexport type Bad = Lake;\n",
        'cli/bad.ts': "import { DuckDBInstance } from '@duckdb/node-api';\nexport const bad = DuckDBInstance;\n",
        'activities/bad.ts': 'export const bad = process.env.HOME;\n',
        'data/bad.ts': "export * from './lake.ts';\n",
        'data/lake.ts': 'async function f() {}\nexport function lake() {\n  f();\n}\n',
        'workflows/bad.ts': 'export const bad = [Math.random(), Date.now(), process.pid];\n',
        'runtime/good.ts': "import { id } from '../contracts/ids.ts';\nexport const good = id;\n",
      };
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
        writeFileSync(path.join(root, file), text);
      }
      symlinkSync(path.join(PROJECT_ROOT, 'node_modules'), path.join(root, 'node_modules'));
      writeFileSync(path.join(root, 'package.json'), readFileSync(path.join(PROJECT_ROOT, 'package.json')));
      const { stdout } = spawnSync(
        path.join(root, 'node_modules', '.bin', 'biome'),
        ['lint', '--reporter=github', '--max-diagnostics=none', '.'],
        { cwd: root, encoding: 'utf8' },
      );
      const found = [...stdout.matchAll(/title=(\S+?),file=([^,]+),line=(\d+)/g)].map(
        ([, rule, file, line]) => `${path.relative(root, file ?? '')}:${line} ${rule?.split('/').at(-1)}`,
      );
      expect(found.toSorted()).toEqual([
        'activities/bad.ts:1 noProcessEnv',
        'cli/bad.ts:1 noRestrictedImports',
        'contracts/bad.ts:1 noRestrictedImports',
        'data/bad.ts:1 noReExportAll',
        'data/lake.ts:3 noFloatingPromises',
        'sources/kworb/bad.ts:1 noRestrictedImports',
        'workflows/bad.ts:1 noJsRestrictedProperties',
        'workflows/bad.ts:1 noJsRestrictedProperties',
        'workflows/bad.ts:1 noRestrictedGlobals',
      ]);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

describe('a breach is found with its file and line', () => {
  const roots: string[] = [];

  afterEach(() => {
    for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
  });

  /** A tree that keeps the rules, and the files given. */
  function treeWith(files: Readonly<Record<string, string>>): string {
    const root = mkdtempSync(path.join(os.tmpdir(), 'chartlife-architecture-'));
    roots.push(root);
    const sound = {
      'contracts/ids.ts': 'export const id = 1;\n',
      'data/lake.ts': "import { id } from '../contracts/ids.ts';\nexport const lake = id;\n",
      'activities/fetch.ts': 'export type Fetch = string;\nexport const fetch = 1;\n',
      'workflows/index.ts': "import type { Fetch } from '../activities/fetch.ts';\nexport const work: Fetch = '';\n",
    };
    for (const [file, text] of Object.entries({ ...sound, ...files })) {
      mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
      const readme = path.join(root, file.split('/')[0] ?? '', 'README.md');
      if (!(readme.slice(root.length + 1) in files)) writeFileSync(readme, '# here\n');
    }
    return root;
  }

  test('none in a sound tree', async () => {
    expect(await findViolations(treeWith({}))).toEqual([]);
  });

  const breaches: readonly [name: string, files: Record<string, string>, violation: string][] = [
    [
      'an arrow the wrong way',
      { 'contracts/bad.ts': "\nimport { lake } from '../data/lake.ts';\nexport const bad = lake;\n" },
      'contracts/bad.ts:2  contracts/ may not import data/: data/lake.ts',
    ],
    [
      'an arrow the wrong way, of a type',
      { 'sources/bad.ts': "import type { Fetch } from '../activities/fetch.ts';\nexport type Bad = Fetch;\n" },
      'sources/bad.ts:1  sources/ may not import activities/: activities/fetch.ts',
    ],
    [
      'an arrow the wrong way, within a type',
      { 'sources/bad.ts': "export type Bad = import('../activities/fetch.ts').Fetch;\n" },
      'sources/bad.ts:1  sources/ may not import activities/: activities/fetch.ts',
    ],
    [
      'an arrow the wrong way, taken at run time',
      { 'runtime/bad.ts': "export const bad = async () => import('../data/lake.ts');\n" },
      'runtime/bad.ts:1  runtime/ may not import data/: data/lake.ts',
    ],
    [
      'a re-export the wrong way',
      { 'runtime/bad.ts': "export { lake } from '../data/lake.ts';\n" },
      'runtime/bad.ts:1  runtime/ may not import data/: data/lake.ts',
    ],
    [
      'an activity called by a workflow',
      { 'workflows/bad.ts': "import { fetch } from '../activities/fetch.ts';\nexport const bad = fetch;\n" },
      'workflows/bad.ts:1  workflows/ may import types alone of activities/: activities/fetch.ts',
    ],
    [
      'an import that is a type only by its use',
      { 'workflows/bad.ts': "import { type Fetch } from '../activities/fetch.ts';\nexport type Bad = Fetch;\n" },
      'workflows/bad.ts:1  workflows/ may import types alone of activities/: activities/fetch.ts',
    ],
    [
      'Node in a workflow',
      { 'workflows/bad.ts': "import { readFileSync } from 'node:fs';\nexport const bad = readFileSync;\n" },
      'workflows/bad.ts:1  workflows/ may not import node:fs',
    ],
    [
      'a package in the contracts',
      { 'contracts/bad.ts': "import type { Table } from 'apache-arrow';\nexport type Bad = Table;\n" },
      'contracts/bad.ts:1  contracts/ may not import apache-arrow',
    ],
    [
      'DuckDB outside data/',
      { 'cli/bad.ts': "import { DuckDBInstance } from '@duckdb/node-api';\nexport const bad = DuckDBInstance;\n" },
      'cli/bad.ts:1  @duckdb/node-api belongs in data/',
    ],
    [
      'a browser outside the browser driver',
      { 'sources/http.ts': "import { chromium } from 'playwright';\nexport const bad = chromium;\n" },
      'sources/http.ts:1  playwright belongs in sources/browser* and setup/parts/chromiumPart.ts',
    ],
    [
      'the environment read in activities',
      { 'activities/bad.ts': 'export const bad = 1;\nexport const home = process.env.HOME;\n' },
      'activities/bad.ts:2  the environment is read in workers/, cli/ and setup/ alone',
    ],
    [
      'the environment read by another name',
      { 'data/bad.ts': "import { env } from 'node:process';\nexport const bad = env.HOME;\n" },
      'data/bad.ts:1  the environment is read in workers/, cli/ and setup/ alone',
    ],
    [
      'everything exported at once',
      { 'data/bad.ts': "export * from './lake.ts';\n" },
      'data/bad.ts:1  name what is exported instead of `export *`',
    ],
    [
      'a cycle',
      {
        'data/a.ts': "import { b } from './b.ts';\nexport const a = () => b;\n",
        'data/b.ts': "import { a } from './a.ts';\nexport const b = () => a;\n",
      },
      'data/a.ts:1  a cycle: data/a.ts → data/b.ts → data/a.ts',
    ],
    [
      'a folder that nobody has thought about',
      { 'utils/bad.ts': 'export const bad = 1;\n' },
      'utils:1  no rule says who may import this folder',
    ],
    [
      'a README that has grown',
      { 'data/README.md': '# data\n'.repeat(16) },
      'data/README.md:16  has 16 lines; 15 are allowed',
    ],
  ];

  test.each(breaches)('%s', async (_name, files, violation) => {
    expect(await findViolations(treeWith(files))).toContain(violation);
  });

  test('a mention in a comment is none', async () => {
    const root = treeWith({
      'data/good.ts': '/**\n * Never reads process.env.\n */\n// nor process.env.HOME\nexport const good = 1;\n',
    });
    expect(await findViolations(root)).toEqual([]);
  });

  test('a cycle that types alone close is none', async () => {
    const root = treeWith({
      'data/a.ts': "import { b } from './b.ts';\nexport type A = string;\nexport const a = b;\n",
      'data/b.ts': "import type { A } from './a.ts';\nexport const b: A = '';\n",
    });
    expect(await findViolations(root)).toEqual([]);
  });

  test('a folder without a README', async () => {
    const root = treeWith({ 'sources/good.ts': 'export const good = 1;\n' });
    rmSync(path.join(root, 'sources', 'README.md'));
    expect(await findViolations(root)).toEqual(['sources:1  has no README.md']);
  });
});
