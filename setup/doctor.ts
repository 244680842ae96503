/** Looks at everything chartlife stands on, really uses each part, and says what to do where one doesn't work. */
import { mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ChartlifeError } from '../contracts/errors.ts';
import type { Environment } from '../runtime/executables.ts';
import { nativeCacheAt, nativeCacheRoot } from '../runtime/nativeParts.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';
import { TENSORFLOW_VARIABLE, tensorflowVariant } from '../runtime/tensorflowVariant.ts';
import { buildStampPath, isBuilt } from './freshness.mjs';
import { explainUnfitNode, leastNodeVersion } from './nodeVersion.mjs';
import { explainWrongPackages } from './packages.mjs';
import type { Part } from './parts/part.ts';
import { nativeParts } from './parts/parts.ts';
import { findPython, pipVersion } from './parts/pipWheel.ts';
import { tensorflowPart } from './parts/tensorflowPart.ts';

/** What was found out of one part. */
export interface PartReport {
  readonly name: string;
  readonly neededFor: string;
  /** False for what only some uses need; true where nothing goes without it. */
  readonly isNeeded: boolean;
  readonly state: 'works' | 'missing' | 'broken';
  /** A path or an address. */
  readonly where: string | null;
  readonly version: string | null;
  /** What it answered when it was used, or what is wrong. */
  readonly detail: string;
  /** What to do, where there is something to do. */
  readonly next: string | null;
  readonly tookMs: number;
}

/**
 * Makes a small lake in an empty folder with the extensions of the folder, and says in a few words what it did.
 * Rejects if that fails.
 */
export type ProbeDuckLake = (extensionsDir: string, emptyFolder: string) => Promise<string>;

/** Has a thread decode a sound and compute its filterbank, and says in a few words what it did. Rejects if that fails. */
export type ProbeSound = () => Promise<string>;

/**
 * Has TensorFlow multiply matrices and differentiate, and says in a few words what it did and where. Rejects if that
 * fails, and where a GPU was asked for and is not used.
 */
export type ProbeTensorflow = () => Promise<string>;

export interface InspectOptions {
  readonly env: Environment;
  /** The home whose disk is looked at. */
  readonly homeRoot: string;
  /** data/ is the only home of DuckDB, so the caller brings it. */
  readonly probeDuckLake: ProbeDuckLake;
  /** As for the lake: the caller knows audio/. */
  readonly probeSound: ProbeSound;
  /** As for the lake: the caller knows models/. */
  readonly probeTensorflow: ProbeTensorflow;
  /** Called with each report as it comes. */
  readonly onReport?: (report: PartReport) => void;
}

/** What one look found; the frame adds the name and the time. `isNeeded` where only the look tells. */
type Finding = Pick<PartReport, 'state' | 'detail'> &
  Partial<Pick<PartReport, 'where' | 'version' | 'next' | 'isNeeded'>>;

interface Inspection {
  readonly name: string;
  readonly neededFor: string;
  readonly isNeeded: boolean;
  look(): Promise<Finding>;
}

const FIX = '`npx chartlife doctor --fix` fetches it';
const LEAST_FREE_BYTES = 1_000_000_000;
const CLOCK_TOLERANCE_MS = 120_000;

/** Looks at one part after the other. What throws is reported as broken. */
export async function inspectParts(options: InspectOptions): Promise<PartReport[]> {
  const reports: PartReport[] = [];
  for (const inspection of inspections(options)) {
    const startedMs = performance.now();
    const finding = await inspection.look().catch(broken);
    const { name, neededFor, isNeeded } = inspection;
    const report: PartReport = {
      ...{ name, neededFor, isNeeded, where: null, version: null, next: null },
      ...finding,
      tookMs: Math.round(performance.now() - startedMs),
    };
    options.onReport?.(report);
    reports.push(report);
  }
  return reports;
}

/** Whether everything that is needed works. */
export function isHealthy(reports: readonly PartReport[]): boolean {
  return reports.every((report) => !report.isNeeded || report.state === 'works');
}

function inspections(options: InspectOptions): Inspection[] {
  const { env } = options;
  return [
    { name: 'Node', neededFor: 'everything', isNeeded: true, look: inspectNode },
    { name: 'npm packages', neededFor: 'everything', isNeeded: true, look: inspectPackages },
    { name: 'dist/', neededFor: 'everything', isNeeded: true, look: inspectBuild },
    ...nativeParts(env).map(inspectionOf),
    { name: 'DuckLake', neededFor: 'the lake', isNeeded: true, look: () => inspectDuckLake(options) },
    { name: 'sound', neededFor: 'spectrograms', isNeeded: true, look: () => inspectSound(options) },
    { name: 'TensorFlow', neededFor: 'training', isNeeded: true, look: () => inspectTensorflow(options) },
    {
      name: 'Python with pip',
      neededFor: "fetching parts where vendors' downloads are out of reach",
      isNeeded: false,
      look: () => inspectPython(env),
    },
    { name: 'disk', neededFor: 'the lake and the parts', isNeeded: true, look: () => inspectDisk(options) },
    { name: 'clock', neededFor: 'schedules', isNeeded: true, look: inspectClock },
  ];
}

function inspectionOf(part: Part): Inspection {
  return {
    name: part.name,
    neededFor: part.uses
      .map((use) => ({ run: 'demo, up', test: 'npm test', 'many-machines': 'a lake past one machine' })[use])
      .join(', '),
    isNeeded: part.optionalBecause === null,
    async look() {
      const found = await part.locate();
      if (found === null) return { state: 'missing', detail: part.optionalBecause ?? 'it is not there', next: FIX };
      const { where, version, how } = found;
      try {
        return { state: 'works', where, version, detail: `${await part.check(found)} (${how})` };
      } catch (error) {
        return { ...broken(error), where, version, next: FIX };
      }
    },
  };
}

async function inspectNode(): Promise<Finding> {
  const unfitBecause = explainUnfitNode(process.versions.node, leastNodeVersion(PROJECT_ROOT));
  const where = process.execPath;
  const version = process.versions.node;
  return unfitBecause === ''
    ? {
        state: 'works',
        where,
        version,
        detail: `${process.platform}-${process.arch}, at least ${leastNodeVersion(PROJECT_ROOT)} is needed`,
      }
    : { state: 'broken', where, version, detail: unfitBecause, next: 'Install a newer Node' };
}

async function inspectPackages(): Promise<Finding> {
  const wrong = explainWrongPackages(PROJECT_ROOT);
  const where = path.join(PROJECT_ROOT, 'node_modules');
  return wrong === ''
    ? { state: 'works', where, detail: 'as package-lock.json says' }
    : { state: 'broken', where, detail: wrong, next: '`npm run setup` installs them' };
}

async function inspectBuild(): Promise<Finding> {
  const where = path.join(PROJECT_ROOT, 'dist');
  const built = await stat(buildStampPath(PROJECT_ROOT)).catch(() => null);
  if (built === null) return { state: 'missing', where, detail: 'nothing is built', next: '`npm run build`' };
  const detail = `built ${built.mtime.toISOString()}`;
  return isBuilt(PROJECT_ROOT)
    ? { state: 'works', where, detail }
    : {
        state: 'works',
        where,
        detail: `${detail}, before the last change of the sources: the next start builds again`,
      };
}

async function inspectDuckLake({ env, probeDuckLake }: InspectOptions): Promise<Finding> {
  const where = nativeCacheAt(nativeCacheRoot(env)).duckdbExtensionsDir;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-doctor-'));
  try {
    return { state: 'works', where, detail: await probeDuckLake(where, folder) };
  } catch (error) {
    return { ...broken(error), where };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function inspectSound({ probeSound }: InspectOptions): Promise<Finding> {
  try {
    return { state: 'works', detail: await probeSound() };
  } catch (error) {
    return { ...broken(error), next: '`npm run setup` installs the decoders and builds the thread' };
  }
}

/** It may be absent, unless a GPU was asked for. What is there has to work. */
async function inspectTensorflow({ env, probeTensorflow }: InspectOptions): Promise<Finding> {
  const wantsGpu = tensorflowVariant(env) === 'cuda';
  const part = tensorflowPart(env);
  if ((await part.locate()) === null) {
    const detail = wantsGpu ? `${TENSORFLOW_VARIABLE} is cuda, and that library is not there` : part.optionalBecause;
    return { state: 'missing', isNeeded: wantsGpu, detail: detail ?? 'it is not there', next: FIX };
  }
  try {
    return { state: 'works', detail: await probeTensorflow() };
  } catch (error) {
    return { next: FIX, ...broken(error) };
  }
}

async function inspectPython(env: Environment): Promise<Finding> {
  const python = await findPython(env);
  if (python === null) return { state: 'missing', detail: 'there is no python3 on PATH' };
  try {
    const [, version = null] = /^pip (\S+)/.exec(await pipVersion(python, env)) ?? [];
    return { state: 'works', where: python, version: version === null ? null : `pip ${version}`, detail: 'runs' };
  } catch (error) {
    return { ...broken(error), where: python };
  }
}

async function inspectDisk({ env, homeRoot }: InspectOptions): Promise<Finding> {
  const places = [path.resolve(homeRoot), nativeCacheAt(nativeCacheRoot(env)).root];
  const free = await Promise.all(places.map(async (place) => ({ place, bytes: await freeBytes(place) })));
  const detail = free.map(({ place, bytes }) => `${(bytes / 1e9).toFixed(1)} GB free at ${place}`).join(', ');
  return free.every(({ bytes }) => bytes >= LEAST_FREE_BYTES)
    ? { state: 'works', detail }
    : {
        state: 'broken',
        detail,
        next: `Free ${LEAST_FREE_BYTES / 1e9} GB, or choose other places by --home and CHARTLIFE_CACHE`,
      };
}

/** Free for this user where the path is, or would be. */
async function freeBytes(place: string): Promise<number> {
  for (let folder = place; ; folder = path.dirname(folder)) {
    try {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    } catch (error) {
      if (path.dirname(folder) === folder) throw error;
    }
  }
}

/** A clock behind the time at which this checkout was made is wrong; more can't be told without asking somebody. */
async function inspectClock(): Promise<Finding> {
  const now = new Date();
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const { mtimeMs } = await stat(path.join(PROJECT_ROOT, 'package.json'));
  const detail = `${now.toISOString()}, time zone ${timeZone}`;
  return mtimeMs - now.getTime() <= CLOCK_TOLERANCE_MS
    ? { state: 'works', detail }
    : { state: 'broken', detail: `${detail}: package.json is from the future`, next: "Set this machine's clock" };
}

function broken(error: unknown): Finding {
  if (error instanceof ChartlifeError) return { state: 'broken', detail: error.message, next: error.next };
  return { state: 'broken', detail: error instanceof Error ? error.message : String(error) };
}
