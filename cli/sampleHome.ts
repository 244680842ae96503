/**
 * Homes that hold the sample: marked with a file, so that nothing of it is ever mixed with live charts, and so that the
 * demo deletes no home but its own.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { CHART_KINDS } from '../contracts/charts.ts';
import { type CalendarDate, parseDate, tryParseDate } from '../contracts/dates.ts';
import { ChartlifeError } from '../contracts/errors.ts';
import { parseRegion } from '../contracts/regions.ts';
import { REPLICA_BASE_URL, type Settings } from '../contracts/settings.ts';
import { systemErrorCode, writeFileAtomic } from '../runtime/files.ts';
import { type Home, STORE_VARIABLE } from '../runtime/home.ts';
import { readRunningSystem } from '../runtime/systemFile.ts';

/** The day on which the replica shows the sample's last chart, of 2019-12-11: kworb runs two days behind. */
export const SAMPLE_TODAY: CalendarDate = parseDate('2019-12-13');

/** The day on which it shows the first one, of 2017-01-01. */
export const SAMPLE_FIRST_DAY: CalendarDate = parseDate('2017-01-03');

/** Why the Schedules of a demo's home are paused. */
export const DEMO_PAUSE = 'the demo lives its nights by backfill';

/** The settings of a home with the sample: the replica, and the charts that it has. */
export function sampleSettings(former: Settings): Settings {
  if (former.source.kind === 'replica') return former;
  const region = parseRegion('us');
  return {
    ...former,
    source: { kind: 'replica', baseUrl: REPLICA_BASE_URL, contact: null },
    charts: CHART_KINDS.map((kind) => ({ kind, region })),
  };
}

export interface SampleMark {
  /** `demo` may delete the home and make it anew. */
  readonly madeBy: 'demo' | 'up --sample';
  /** The day it is in the sample: what is fresh or late is judged by it. */
  readonly today: CalendarDate;
}

function markPath(home: Home): string {
  return path.join(home.storeRoot, 'sample.json');
}

/** null for a home without the sample. */
export async function readSampleMark(home: Home): Promise<SampleMark | null> {
  let text: string;
  try {
    text = await readFile(markPath(home), 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return null;
    throw error;
  }
  const { madeBy, today } = JSON.parse(text) as { madeBy?: unknown; today?: unknown };
  const date = typeof today === 'string' ? tryParseDate(today) : null;
  if ((madeBy !== 'demo' && madeBy !== 'up --sample') || date === null) {
    throw new ChartlifeError('InvalidInput', `${markPath(home)} does not say whose home this is: ${text.trim()}`, {
      next: 'Give another home with --home DIR, or remove this one by hand.',
      details: { path: markPath(home) },
    });
  }
  return { madeBy, today: date };
}

export async function writeSampleMark(home: Home, mark: SampleMark): Promise<void> {
  await writeFileAtomic(markPath(home), `${JSON.stringify(mark, null, 2)}\n`);
}

/** @throws ChartlifeError InvalidInput if the home has a lake with other charts than the sample's. */
export async function requireSampleHome(home: Home, command: string): Promise<SampleMark | null> {
  const mark = await readSampleMark(home);
  if (mark === null && existsSync(home.catalogPath)) {
    throw new ChartlifeError(
      'InvalidInput',
      `${home.root} has a lake of its own, and the sample is not mixed into it`,
      {
        next: `Give the sample a home of its own: ${command} --home DIR`,
        details: { home: home.root },
      },
    );
  }
  return mark;
}

/** @throws ChartlifeError InvalidInput if the home holds the sample. */
export async function requireLiveHome(home: Home): Promise<void> {
  if ((await readSampleMark(home)) === null) return;
  throw new ChartlifeError('InvalidInput', `${home.root} holds the sample, and live charts are not mixed into it`, {
    next: 'Run the sample with: chartlife up --sample. For live charts give a home of their own: chartlife up --home DIR --regions us,gb --contact you@example.org',
    details: { home: home.root },
  });
}

/**
 * Makes way for a demo: an empty or absent home, or one that a demo made before, which is deleted.
 *
 * @throws ChartlifeError InvalidInput for any other home, or one on another's store; AlreadyRunning while something runs in it.
 */
export async function clearDemoHome(home: Home): Promise<void> {
  if (home.storeRoot !== home.root) {
    throw new ChartlifeError('InvalidInput', `the demo makes a lake of its own, and ${STORE_VARIABLE} names another`, {
      next: `Unset ${STORE_VARIABLE}.`,
      details: { value: home.storeRoot },
    });
  }
  const entries = await readdir(home.root).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  if (entries.length === 0) return;
  await requireDemoHome(home);
  const running = await readRunningSystem(home);
  if (running !== null) {
    throw new ChartlifeError('AlreadyRunning', `process ${running.supervisor.pid} works on ${home.root}`, {
      next: 'Stop it (Ctrl-C where it runs), or give the demo another home with --home DIR.',
      details: { home: home.root, pid: running.supervisor.pid },
    });
  }
  await rm(home.root, { recursive: true, force: true });
}

/** @throws ChartlifeError InvalidInput unless a demo made the home. */
export async function requireDemoHome(home: Home): Promise<void> {
  if ((await readSampleMark(home))?.madeBy === 'demo') return;
  throw new ChartlifeError('InvalidInput', `${home.root} is not empty and not a demo's: it stays as it is`, {
    next: 'Give the demo a home of its own: chartlife demo --home DIR',
    details: { home: home.root },
  });
}
