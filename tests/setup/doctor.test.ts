/** The doctor finds what is wrong: every part in turn is taken away or damaged. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { Environment } from '../../runtime/executables.ts';
import {
  extensionPath,
  nativeCacheAt,
  platformName,
  type TensorflowVariant,
  tensorflowPlace,
} from '../../runtime/nativeParts.ts';
import {
  inspectParts,
  isHealthy,
  type PartReport,
  type ProbeDuckLake,
  type ProbeSound,
  type ProbeTensorflow,
} from '../../setup/doctor.ts';
import { TENSORFLOW_PINS } from '../../setup/parts/tensorflowPins.ts';
import { temporaryFolder } from './temporaryFolder.ts';
import { closedAddress } from './vendor.ts';

// Real processes and large files: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const works: ProbeDuckLake = async () => 'made a lake';
const hears: ProbeSound = async () => 'heard it';
const multiplies: ProbeTensorflow = async () => 'multiplied on the CPU';

interface Probes {
  readonly probeDuckLake?: ProbeDuckLake;
  readonly probeSound?: ProbeSound;
  readonly probeTensorflow?: ProbeTensorflow;
}

async function inspect(
  env: Environment,
  { probeDuckLake = works, probeSound = hears, probeTensorflow = multiplies }: Probes = {},
): Promise<{ readonly reports: PartReport[]; readonly of: (name: string) => PartReport }> {
  // No Chromium is started: the path leads nowhere.
  const wholeEnv = { ...env, CHARTLIFE_CHROMIUM_PATH: '/no/chromium' };
  const reports = await inspectParts({
    env: wholeEnv,
    homeRoot: '/no/home/yet',
    probeDuckLake,
    probeSound,
    probeTensorflow,
  });
  const of = (name: string): PartReport => {
    const report = reports.find((each) => each.name === name);
    if (report === undefined) throw new Error(`nobody looked at ${name}`);
    return report;
  };
  return { reports, of };
}

describe('where the set-up has been', () => {
  test('all that is needed works, and is said with its place and version', async () => {
    const { reports, of } = await inspect(process.env);
    expect(reports.filter((report) => report.isNeeded && report.state !== 'works')).toEqual([]);
    expect(isHealthy(reports)).toBe(true);
    expect(of('Node')).toMatchObject({ version: process.versions.node, where: process.execPath });
    expect(of('ducklake')).toMatchObject({
      version: '1.5.5',
      where: expect.stringContaining('ducklake.duckdb_extension'),
    });
    expect(of('Temporal server').where).not.toBeNull();
    expect(of('disk').detail).toMatch(/\d+\.\d GB free at \/no\/home\/yet/);
    for (const report of reports) expect(report.tookMs, report.name).toBeGreaterThanOrEqual(0);
    // A Chromium that does not start is broken, and nobody is ill of it.
    expect(of('Chromium')).toMatchObject({ state: 'broken', isNeeded: false, where: '/no/chromium' });
    expect(of('Chromium').next).toContain('doctor --fix');
  });
});

describe('on a bare machine', () => {
  test('each missing part is named, with what to do', async () => {
    const { reports, of } = await inspect({ CHARTLIFE_CACHE: temporaryFolder(), PATH: '' });
    for (const name of ['Temporal server', 'ducklake', 'sqlite_scanner']) {
      expect(of(name)).toMatchObject({
        state: 'missing',
        isNeeded: true,
        next: '`npx chartlife doctor --fix` fetches it',
      });
    }
    expect(of('postgres_scanner')).toMatchObject({ state: 'missing', isNeeded: false });
    expect(of('Python with pip')).toMatchObject({ state: 'missing', isNeeded: false });
    expect(of('libtensorflow')).toMatchObject({ state: 'missing', isNeeded: false });
    expect(of('TensorFlow')).toMatchObject({
      state: 'missing',
      isNeeded: false,
      detail: 'charts, SQL and sound go without it; training does not',
    });
    expect(isHealthy(reports)).toBe(false);
  });
});

describe('what is there and does not work is broken', () => {
  const bare = (): { CHARTLIFE_CACHE: string; PATH: string } => ({ CHARTLIFE_CACHE: temporaryFolder(), PATH: '' });

  test('a damaged extension', async () => {
    const env = bare();
    const cache = nativeCacheAt(env.CHARTLIFE_CACHE);
    mkdirSync(cache.duckdbExtensionsDir, { recursive: true });
    writeFileSync(extensionPath(cache, 'ducklake'), 'half');
    const { of } = await inspect(env);
    expect(of('ducklake')).toMatchObject({ state: 'broken', where: extensionPath(cache, 'ducklake') });
    expect(of('ducklake').detail).toMatch(/^its SHA-256 is [0-9a-f]{64}, pinned is [0-9a-f]{64}$/);
  });

  test('a server that is no server', async () => {
    const env = bare();
    const { temporalPath } = nativeCacheAt(env.CHARTLIFE_CACHE);
    mkdirSync(path.dirname(temporalPath), { recursive: true });
    writeFileSync(temporalPath, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const { of, reports } = await inspect(env);
    expect(of('Temporal server')).toMatchObject({ state: 'broken', where: temporalPath });
    expect(isHealthy(reports)).toBe(false);
  });

  test('a cluster that nobody answers for', async () => {
    const { host } = new URL(await closedAddress());
    const { of } = await inspect({ ...bare(), TEMPORAL_ADDRESS: host });
    expect(of('Temporal server')).toMatchObject({ state: 'broken', where: host });
    expect(of('Temporal server').detail).toContain('ECONNREFUSED');
  });

  test('a path that was set and leads nowhere', async () => {
    const { of } = await inspect({ ...bare(), CHARTLIFE_TEMPORAL_PATH: '/no/temporal' });
    expect(of('Temporal server')).toMatchObject({
      state: 'broken',
      next: expect.stringContaining('Set CHARTLIFE_TEMPORAL_PATH'),
    });
  });

  test('a lake that can not be made, with its own advice; its folder is gone afterwards', async () => {
    let seen = '';
    const { of, reports } = await inspect(bare(), {
      async probeDuckLake(_extensionsDir, emptyFolder) {
        expect(readdirSync(emptyFolder)).toEqual([]);
        seen = emptyFolder;
        throw new ChartlifeError('SetupMissing', 'the extension is for another engine', { next: 'Do this.' });
      },
    });
    expect(of('DuckLake')).toMatchObject({
      state: 'broken',
      detail: 'the extension is for another engine',
      next: 'Do this.',
    });
    expect(existsSync(seen)).toBe(false);
    expect(isHealthy(reports)).toBe(false);
  });

  test('sound that can not be heard', async () => {
    const { of, reports } = await inspect(bare(), {
      async probeSound() {
        throw new Error('no such decoder');
      },
    });
    expect(of('sound')).toMatchObject({ state: 'broken', isNeeded: true, detail: 'no such decoder' });
    expect(isHealthy(reports)).toBe(false);
  });
});

describe('TensorFlow', () => {
  /** A cache in which a variant of it seems to be. */
  function cacheWith(variant: TensorflowVariant): Environment {
    const env = { CHARTLIFE_CACHE: temporaryFolder(), CHARTLIFE_TENSORFLOW: variant, PATH: '' };
    const place = tensorflowPlace(nativeCacheAt(env.CHARTLIFE_CACHE), variant);
    mkdirSync(place.libraryDir, { recursive: true });
    const { libraries = {} } = TENSORFLOW_PINS[variant][platformName()] ?? {};
    for (const library of Object.keys(libraries)) writeFileSync(path.join(place.root, library), 'half');
    writeFileSync(place.bindingPath, '');
    return env;
  }

  test.skipIf(!(platformName() in TENSORFLOW_PINS.cpu))('that works says what it did', async () => {
    const { of } = await inspect(cacheWith('cpu'));
    expect(of('TensorFlow')).toMatchObject({ state: 'works', isNeeded: true, detail: 'multiplied on the CPU' });
    // The part itself is looked at too.
    expect(of('libtensorflow')).toMatchObject({ state: 'broken', detail: expect.stringContaining('SHA-256') });
  });

  test.skipIf(!(platformName() in TENSORFLOW_PINS.cpu))('that is there and does not work is a failure', async () => {
    const { of, reports } = await inspect(cacheWith('cpu'), {
      async probeTensorflow() {
        throw new Error('invalid ELF header');
      },
    });
    expect(of('TensorFlow')).toMatchObject({ state: 'broken', isNeeded: true, detail: 'invalid ELF header' });
    expect(of('TensorFlow').next).toContain('doctor --fix');
    expect(isHealthy(reports.filter((report) => report.name === 'TensorFlow'))).toBe(false);
  });

  test.skipIf(!(platformName() in TENSORFLOW_PINS.cuda))('of which a GPU was asked, and that uses none', async () => {
    const { of, reports } = await inspect(cacheWith('cuda'), {
      async probeTensorflow() {
        throw new ChartlifeError('SetupMissing', 'a GPU was asked for and none is used', { next: 'Look for one.' });
      },
    });
    expect(of('TensorFlow')).toMatchObject({
      state: 'broken',
      isNeeded: true,
      detail: 'a GPU was asked for and none is used',
      next: 'Look for one.',
    });
    expect(isHealthy(reports.filter((report) => report.name === 'TensorFlow'))).toBe(false);
  });

  test('for a GPU, that is not there, is a failure', async () => {
    const { of } = await inspect({ CHARTLIFE_CACHE: temporaryFolder(), CHARTLIFE_TENSORFLOW: 'cuda', PATH: '' });
    expect(of('TensorFlow')).toMatchObject({
      state: 'missing',
      isNeeded: true,
      detail: 'CHARTLIFE_TENSORFLOW is cuda, and that library is not there',
    });
  });

  test('of a kind that nobody knows is a failure', async () => {
    const { of } = await inspect({ CHARTLIFE_CACHE: temporaryFolder(), CHARTLIFE_TENSORFLOW: 'tpu', PATH: '' });
    expect(of('TensorFlow')).toMatchObject({
      state: 'broken',
      isNeeded: true,
      detail: 'CHARTLIFE_TENSORFLOW is "tpu"',
    });
  });
});
