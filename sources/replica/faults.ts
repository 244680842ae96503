/**
 * What goes wrong, on demand. Which request a rate hits is decided by a hash of seed, path, day and attempt: the same
 * requests meet the same faults in every run, in whatever order they come.
 */
import { createHash } from 'node:crypto';
import type { CalendarDate } from '../../contracts/dates.ts';
import { parseDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import { parseRegion } from '../../contracts/regions.ts';

/** A path, or `path@YYYY-MM-DD`: at that path only while it is that day. */
export type FaultyPath = string;

export interface ReplicaFaults {
  readonly seed: number;
  /** Share of requests for pages answered with 429, from 0 to 1. */
  readonly rate429: number;
  /** Share answered with 500. */
  readonly rate500: number;
  /** Share answered only after `slowMs`; independent of the other two. */
  readonly rateSlow: number;
  readonly slowMs: number;
  /** The Retry-After of a 429, in seconds; null for none. */
  readonly retryAfterSeconds: number | null;
  /** Pages whose headers are other than known. */
  readonly layoutChange: readonly FaultyPath[];
  /** Pages that end in the middle of the table, and previews in the middle, as a complete HTTP answer. */
  readonly cutShort: readonly FaultyPath[];
  /** Pages whose connection breaks in the middle. */
  readonly brokenConnection: readonly FaultyPath[];
  /** Pages that bear a date a week in the future. */
  readonly wrongDate: readonly FaultyPath[];
  /** Embed pages of tracks without a preview. */
  readonly previewAbsent: readonly FaultyPath[];
  /** Embed pages of tracks that can't be played here; they name a preview all the same. */
  readonly notPlayable: readonly FaultyPath[];
  /** Previews that were there once: their embed pages still name them. */
  readonly previewGone: readonly FaultyPath[];
  /** Regions still served, but with nothing newer than a date. */
  readonly deadRegions: Readonly<Record<string, CalendarDate>>;
}

export const NO_FAULTS: ReplicaFaults = {
  seed: 1,
  rate429: 0,
  rate500: 0,
  rateSlow: 0,
  slowMs: 1_000,
  retryAfterSeconds: null,
  layoutChange: [],
  cutShort: [],
  brokenConnection: [],
  wrongDate: [],
  previewAbsent: [],
  notPlayable: [],
  previewGone: [],
  deadRegions: {},
};

/**
 * Faults from what a test or a control request gives; what is left out does not happen.
 *
 * @throws ChartlifeError InvalidInput for an unknown name or a value that can't be.
 */
export function parseFaults(given: unknown): ReplicaFaults {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw badFault('faults', given);
  const values = new Map<string, unknown>(Object.entries({ ...NO_FAULTS, ...given }));
  for (const name of values.keys()) if (!(name in NO_FAULTS)) throw badFault(name, values.get(name));
  const number = (name: keyof ReplicaFaults, max: number): number => requireNumber(name, values.get(name), max);
  const paths = (name: keyof ReplicaFaults): readonly FaultyPath[] => requirePaths(name, values.get(name));
  const faults: ReplicaFaults = {
    seed: number('seed', Number.MAX_SAFE_INTEGER),
    rate429: number('rate429', 1),
    rate500: number('rate500', 1),
    rateSlow: number('rateSlow', 1),
    slowMs: number('slowMs', 600_000),
    retryAfterSeconds: values.get('retryAfterSeconds') === null ? null : number('retryAfterSeconds', 86_400),
    layoutChange: paths('layoutChange'),
    cutShort: paths('cutShort'),
    brokenConnection: paths('brokenConnection'),
    wrongDate: paths('wrongDate'),
    previewAbsent: paths('previewAbsent'),
    notPlayable: paths('notPlayable'),
    previewGone: paths('previewGone'),
    deadRegions: parseDeadRegions(values.get('deadRegions')),
  };
  if (faults.rate429 + faults.rate500 > 1) throw badFault('rate429 + rate500', faults.rate429 + faults.rate500);
  return faults;
}

/** Draws the faults of requests, one after the other. */
export class FaultDraw {
  readonly #attempts = new Map<string, number>();
  readonly #faults: ReplicaFaults;

  constructor(faults: ReplicaFaults) {
    this.#faults = faults;
  }

  /** The status to refuse the request with, if any, and how long to wait before answering, in milliseconds. */
  next(path: string, today: CalendarDate): { refuseWith: 429 | 500 | null; delayMs: number } {
    const { seed, rate429, rate500, rateSlow, slowMs } = this.#faults;
    if (rate429 + rate500 + rateSlow === 0) return { refuseWith: null, delayMs: 0 };
    const key = `${path}@${today}`;
    const attempt = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempt);
    const refusal = uniform(`${seed}/refuse/${key}/${attempt}`);
    const slowness = uniform(`${seed}/slow/${key}/${attempt}`);
    return {
      refuseWith: refusal < rate429 ? 429 : refusal < rate429 + rate500 ? 500 : null,
      delayMs: slowness < rateSlow ? slowMs : 0,
    };
  }
}

export function isFaulty(paths: readonly FaultyPath[], path: string, today: CalendarDate): boolean {
  return paths.includes(path) || paths.includes(`${path}@${today}`);
}

/** Renames a column of each of kworb's tables, the files of the index, and where an embed page has its JSON. */
export function changeLayout(html: string): string {
  return html
    .replaceAll('<th>Streams</th>', '<th>Plays</th>')
    .replaceAll('<th>PkStreams</th>', '<th>PkPlays</th>')
    .replaceAll('<th>Date</th>', '<th>Day</th>')
    .replaceAll('id="__NEXT_DATA__"', 'id="__START_DATA__"')
    .replaceAll(/href="country\/([a-z]+)_(daily|weekly)/g, 'href="charts/$1/$2');
}

/** The first three fifths of a page: within the rows of its table, if it has more than a few. */
export function cutShort(body: Uint8Array): Uint8Array {
  return body.subarray(0, Math.floor(body.byteLength * 0.6));
}

/** In [0, 1), from 48 bits of a hash. */
function uniform(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}

function parseDeadRegions(value: unknown): Record<string, CalendarDate> {
  if (typeof value !== 'object' || value === null) throw badFault('deadRegions', value);
  return Object.fromEntries(
    Object.entries(value).map(([region, since]) => [parseRegion(region), parseDate(String(since))]),
  );
}

function requireNumber(name: string, value: unknown, max: number): number {
  if (typeof value === 'number' && value >= 0 && value <= max) return value;
  throw badFault(name, value);
}

function requirePaths(name: string, value: unknown): readonly FaultyPath[] {
  if (!Array.isArray(value)) throw badFault(name, value);
  return value.map((path: unknown) => {
    if (typeof path === 'string' && path.startsWith('/')) return path;
    throw badFault(name, path);
  });
}

function badFault(name: string, value: unknown): ChartlifeError {
  return new ChartlifeError('InvalidInput', `the replica can't do this fault: ${name} = ${JSON.stringify(value)}`, {
    next: `Known faults and their forms are in sources/replica/faults.ts: ${Object.keys(NO_FAULTS).join(', ')}.`,
  });
}
