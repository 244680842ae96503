/** Fetches the native parts that are missing. Safe to interrupt, to run twice, and to run at the same time as another. */
import { access, constants, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError, isChartlifeError } from '../../contracts/errors.ts';
import type { Environment } from '../../runtime/executables.ts';
import { writeFileAtomic } from '../../runtime/files.ts';
import { nativeCacheAt, nativeCacheRoot } from '../../runtime/nativeParts.ts';
import { type HeldLock, withLock } from '../lock.mjs';
import type { Report } from '../report.mjs';
import { PART_USES, type Part, type PartUse } from './part.ts';
import { nativeParts } from './parts.ts';

/** An optional part that could not be had is not tried again for so long, unless asked for. */
const RETRY_OPTIONAL_AFTER_MS = 24 * 3_600_000;

export interface EnsureOptions {
  readonly uses: readonly PartUse[];
  readonly env: Environment;
  readonly report: Report;
  /** Try again what failed lately. Default false. */
  readonly retry?: boolean;
}

/**
 * Fetches what the uses need and what is not there. An optional part that can't be had is reported and left out.
 *
 * @returns the cache folder.
 * @throws ChartlifeError SetupMissing, DiskFull for a part that is needed.
 */
export async function ensureParts({ uses, env, report, retry = false }: EnsureOptions): Promise<string> {
  const { root } = nativeCacheAt(nativeCacheRoot(env));
  const parts = nativeParts(env).filter((part) => part.uses.some((use) => uses.includes(use)));
  if ((await missing(parts)).length === 0) return root;
  await makeCache(root);
  const onWait = (pid: number): void => report.line(`waiting for another set-up that fills ${root} (process ${pid})`);
  await withLock(path.join(root, '.lock'), { onWait }, async (lock) => {
    // What a killed set-up left half done.
    await rm(path.join(root, 'tmp'), { recursive: true, force: true });
    for (const part of await missing(parts)) await install(part, { cacheRoot: root, lock, report, retry });
  });
  return root;
}

/**
 * Fetches every part that is missing, and those again that are in the cache and don't work.
 *
 * @throws ChartlifeError SetupMissing, DiskFull for a part that is needed.
 */
export async function repairParts(options: Omit<EnsureOptions, 'uses' | 'retry'>): Promise<void> {
  for (const part of nativeParts(options.env)) {
    const found = await part.locate();
    if (found?.how !== 'cache') continue;
    await part.check(found).catch(() => rm(found.where, { recursive: true, force: true }));
  }
  await ensureParts({ ...options, uses: PART_USES, retry: true });
}

async function makeCache(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
    await access(root, constants.W_OK);
  } catch (error) {
    throw new ChartlifeError('SetupMissing', `the cache folder ${root} can't be written: ${messageOf(error)}`, {
      next: 'Set CHARTLIFE_CACHE to a folder that you may write.',
      details: { root },
      cause: error,
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function missing(parts: readonly Part[]): Promise<Part[]> {
  const needs = await Promise.all(parts.map((part) => part.needsInstall()));
  return parts.filter((_, index) => needs[index]);
}

interface InstallOptions {
  readonly cacheRoot: string;
  readonly lock: HeldLock;
  readonly report: Report;
  readonly retry: boolean;
}

async function install(part: Part, { cacheRoot, lock, report, retry }: InstallOptions): Promise<void> {
  const failurePath = path.join(cacheRoot, 'failures', `${part.name}.json`);
  const lastFailure = part.optionalBecause === null || retry ? null : await recentFailure(failurePath);
  if (lastFailure !== null) {
    report.line(`without ${part.name}: ${lastFailure} (${part.optionalBecause})`);
    return;
  }
  try {
    await report.step(
      part.name,
      (step) =>
        part.install({
          progress: (done, total, unit) => step.progress(done, total, unit),
          doing: (text) => step.doing(text),
          say: (text) => step.say(text),
          addHolder: (pid) => lock.addHolder(pid),
        }),
      ({ version, how }) => `${version === null ? '' : `${version} `}${how}`,
    );
    await rm(failurePath, { force: true });
  } catch (error) {
    const canBeDoneWithout = isChartlifeError(error, 'SetupMissing') || isChartlifeError(error, 'DiskFull');
    if (part.optionalBecause === null || !canBeDoneWithout) throw error;
    report.line(`  without ${part.name}: ${error.message} (${part.optionalBecause})\n  next  ${error.next}`);
    await writeFileAtomic(failurePath, JSON.stringify({ atMs: Date.now(), because: error.message }));
  }
}

async function recentFailure(failurePath: string): Promise<string | null> {
  try {
    const failure: unknown = JSON.parse(await readFile(failurePath, 'utf8'));
    if (typeof failure !== 'object' || failure === null || !('atMs' in failure) || !('because' in failure)) return null;
    return Date.now() - Number(failure.atMs) < RETRY_OPTIONAL_AFTER_MS ? String(failure.because) : null;
  } catch {
    return null;
  }
}
