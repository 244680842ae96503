/** package.json, its lockfile, the pins in the sources and docs/dependencies.md say the same. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DUCKDB_VERSION, PLAYWRIGHT_VERSION } from '../runtime/nativeParts.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';

interface Manifest {
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Lock = Readonly<Record<string, LockedPackage>>;

const read = (file: string): string => readFileSync(path.join(PROJECT_ROOT, file), 'utf8');
const manifest: Manifest = JSON.parse(read('package.json'));
const lock: Lock = JSON.parse(read('package-lock.json')).packages;
const direct = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });

/** Why `npm ci` would refuse the lockfile, or install something else than it did elsewhere. */
function lockProblems(wanted: Manifest, packages: Lock): string[] {
  const root = packages[''];
  const folders = Object.keys(packages).map((folder) => folder.split('node_modules/').at(-1));
  const ofPackage = Object.entries(packages).flatMap(([folder, entry]) => [
    ...(folder !== '' && entry.version === undefined ? [`${folder} has no version`] : []),
    ...(folder !== '' && entry.integrity === undefined ? [`${folder} has no hash`] : []),
    ...Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
      .filter((name) => !folders.includes(name))
      .map((name) => `${folder} wants ${name}, which the lockfile lacks`),
  ]);
  const ofManifest = (['dependencies', 'devDependencies'] as const).flatMap((kind) =>
    JSON.stringify(root?.[kind]) === JSON.stringify(wanted[kind]) ? [] : [`${kind} differ from package.json`],
  );
  const ofVersions = Object.entries({ ...wanted.dependencies, ...wanted.devDependencies })
    .filter(([name, version]) => packages[`node_modules/${name}`]?.version !== version)
    .map(([name, version]) => `${name} is not locked at ${version}`);
  return [...ofPackage, ...ofManifest, ...ofVersions];
}

describe('package.json', () => {
  test.each(direct)('%s has an exact version', (_name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  });

  test('has one version of Temporal', () => {
    const versions = direct.filter(([name]) => name.startsWith('@temporalio/')).map(([, version]) => version);
    expect(versions.length).toBeGreaterThan(1);
    expect(new Set(versions).size).toBe(1);
  });

  test('has the engine that the extensions fit', () => {
    expect(manifest.dependencies['@duckdb/node-api']?.split('-')[0]).toBe(DUCKDB_VERSION);
  });

  test('has the Playwright that the Chromium fits', () => {
    expect(manifest.dependencies.playwright).toBe(PLAYWRIGHT_VERSION);
  });

  test('has the oldest Node that dist/ is built for', () => {
    const [, target] = /target: 'node([\d.]+)'/.exec(read('setup/build.mjs')) ?? [];
    expect(manifest.engines.node).toBe(`>=${target}.0`);
  });

  test('runs no install scripts', () => {
    expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
  });
});

describe('docs/dependencies.md', () => {
  const listed = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);

  test('has one line for each dependency, and no other', () => {
    expect(listed.toSorted()).toEqual(direct.map(([name]) => name).toSorted());
  });
});

describe('package-lock.json', () => {
  test('is in step, and complete for every platform', () => {
    expect(lockProblems(manifest, lock)).toEqual([]);
  });

  test('a lockfile that lacks a build for another platform is found', () => {
    const { 'node_modules/@biomejs/cli-darwin-arm64': lost, ...rest } = lock;
    expect(lost).toBeDefined();
    expect(lockProblems(manifest, rest)).toEqual([
      'node_modules/@biomejs/biome wants @biomejs/cli-darwin-arm64, which the lockfile lacks',
    ]);
  });

  test('a lockfile behind package.json is found', () => {
    const newer = { ...manifest, dependencies: { ...manifest.dependencies, commander: '99.0.0' } };
    expect(lockProblems(newer, lock)).toEqual([
      'dependencies differ from package.json',
      'commander is not locked at 99.0.0',
    ]);
  });
});
