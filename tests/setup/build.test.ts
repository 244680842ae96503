/** Building a small checkout, and knowing when it must be built again. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { build, ENTRY_POINTS } from '../../setup/build.mjs';
import { isBuilt } from '../../setup/freshness.mjs';
import { temporaryFolder } from './temporaryFolder.ts';

// Real processes and large files: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const LONG_AGO = new Date('2020-01-01T00:00:00Z');

/** Every entry point, importing one shared and one lazy module; a workflow; the packages of this checkout. */
function checkout(): string {
  const root = temporaryFolder();
  const files: Record<string, string> = {
    'package.json': '{ "type": "module" }',
    'package-lock.json': '{}',
    'setup/build.mjs': '',
    'contracts/shared.ts': 'export const shared: string = "shared";\n',
    'contracts/lazy.ts': 'export const lazy: string = "lazy one";\n',
    'workflows/index.ts': 'export async function probe(): Promise<string> {\n  return "from a workflow";\n}\n',
  };
  for (const entryPoint of ENTRY_POINTS) files[entryPoint] = entryText(entryPoint);
  for (const [file, text] of Object.entries(files)) write(root, file, text);
  symlinkSync(path.join(PROJECT_ROOT, 'node_modules'), path.join(root, 'node_modules'));
  return root;
}

function entryText(entryPoint: string): string {
  const up = '../'.repeat(entryPoint.split('/').length - 1);
  return `import { shared } from '${up}contracts/shared.ts';
const { lazy } = await import('${up}contracts/lazy.ts');
console.log(shared, lazy);\n`;
}

function write(root: string, file: string, text: string): void {
  mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

const chunks = (root: string): string[] =>
  readdirSync(path.join(root, 'dist', 'chunks')).filter((name) => name.startsWith('lazy-') && name.endsWith('.js'));

describe('a build', () => {
  test('runs, is known to be fresh, and goes stale by any change of the sources', async () => {
    const root = checkout();
    expect(isBuilt(root)).toBe(false);
    expect(await build(root)).toMatchObject({ workflows: 'built' });
    expect(isBuilt(root)).toBe(true);
    const output = execFileSync(process.execPath, [path.join(root, 'dist', 'cli', 'main.js')], { encoding: 'utf8' });
    expect(output).toBe('shared lazy one\n');
    expect(readFileSync(path.join(root, 'dist', 'workflows', 'bundle.js'), 'utf8')).toContain('from a workflow');

    const changes: readonly (() => void)[] = [
      () => write(root, 'contracts/shared.ts', 'export const shared = "changed";\n'),
      () => write(root, 'contracts/deep/new.ts', 'export const fresh = 1;\n'),
      () => rmSync(path.join(root, 'contracts', 'deep', 'new.ts')),
      () => renameSync(path.join(root, 'contracts', 'deep'), path.join(root, 'contracts', 'other')),
      () => write(root, 'package-lock.json', '{ "changed": true }'),
    ];
    for (const change of changes) {
      await settle();
      change();
      expect(isBuilt(root), String(change)).toBe(false);
      await settle();
      // As if that had been built too.
      utimesSync(path.join(root, 'dist', '.built'), new Date(), new Date());
      expect(isBuilt(root), String(change)).toBe(true);
    }
  });

  test('leaves the chunks of the last one, for processes that still run it', async () => {
    const root = checkout();
    await build(root);
    const before = chunks(root);
    write(root, 'contracts/lazy.ts', 'export const lazy: string = "another";\n');
    expect(await build(root)).toMatchObject({ workflows: 'built' });
    const after = chunks(root);
    expect(after).toHaveLength(2);
    expect(after).toEqual(expect.arrayContaining(before));
    const retired = path.join(root, 'dist', 'chunks', '.retired.json');
    const record: Record<string, number> = JSON.parse(readFileSync(retired, 'utf8'));
    expect(Object.keys(record)).toEqual(expect.arrayContaining(before));
    // Two days later they are gone.
    const old = Object.fromEntries(Object.keys(record).map((name) => [name, Date.now() - 2 * 86_400_000]));
    writeFileSync(retired, JSON.stringify(old));
    expect(await build(root)).toMatchObject({ workflows: 'unchanged' });
    expect(chunks(root)).toEqual(after.filter((name) => !before.includes(name)));
  });

  test('does not write again what is the same', async () => {
    const root = checkout();
    await build(root);
    const main = path.join(root, 'dist', 'cli', 'main.js');
    utimesSync(main, LONG_AGO, LONG_AGO);
    await build(root);
    expect(statSync(main).mtime).toEqual(LONG_AGO);
  });

  test('of sources that can not be read says where, and is not fresh', async () => {
    const root = checkout();
    write(root, 'contracts/shared.ts', 'export const shared = ;\n');
    const failed = build(root);
    await expect(failed).rejects.toThrow('contracts/shared.ts:1:22: ERROR: Unexpected ";"');
    await expect(failed).rejects.toMatchObject({ next: 'Mend the sources, or go back to a commit that builds.' });
    expect(isBuilt(root)).toBe(false);
  });

  test('maps stack traces to the sources', async () => {
    const root = checkout();
    write(root, 'cli/main.ts', '\n\nexport const fail = (): never => {\n  throw new Error("here");\n};\nfail();\n');
    await build(root);
    expect(existsSync(path.join(root, 'dist', 'cli', 'main.js.map'))).toBe(true);
    const main = path.join(root, 'dist', 'cli', 'main.js');
    let stderr = '';
    try {
      execFileSync(process.execPath, ['--enable-source-maps', main], { encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    }
    expect(stderr).toContain(`${path.join(root, 'cli', 'main.ts')}:4:9`);
  });
});

/** File times are coarser than the clock. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
