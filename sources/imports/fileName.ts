/**
 * What a file's name says of the chart in it. Official exports say it nowhere else:
 * `regional-us-daily-2020-01-01.csv`, `regional-global-weekly-2016-12-29.csv` (named by the week's last day) and
 * `regional-global-weekly-2016-12-23--2016-12-30.csv` (from its first day to the first day after it).
 */
import { CHART_KINDS, type ChartKind } from '../../contracts/charts.ts';
import { type CalendarDate, tryParseDate } from '../../contracts/dates.ts';
import { parseRegion, REGION_NAMES, type Region } from '../../contracts/regions.ts';

export interface FileNameFacts {
  readonly kind: ChartKind | null;
  readonly region: Region | null;
  /** In the order they stand; two for a range. */
  readonly dates: readonly CalendarDate[];
  /** The family of the chart where it is not the regional top 200, such as `viral`. */
  readonly otherFamily: string | null;
}

/** What charts.spotify.com exports beside the regional charts: other rankings, or parts of a country. */
const OTHER_FAMILY = /^(viral(?:50)?|artist|album|city|genre|local|localpulse|songwriter|producer)[-_]/;
/** Codes of countries that are words as well: the "my" of my_daily.csv is not Malaysia, that of an official name is. */
const ENGLISH_WORDS = new Set(['at', 'be', 'do', 'in', 'is', 'it', 'my', 'no', 'so', 'to']);
const OFFICIAL_NAME = /^(?:regional[-_ ])?[a-z]{2}[-_ ](?:daily|weekly)[-_ ](?:\d{4}-\d{2}-\d{2}|latest)(?!\d)/;
const DATE = /(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)/g;

export function factsOfFileName(fileName: string): FileNameFacts {
  const name = fileName.toLowerCase();
  const words = name.split(/[^a-z]+/);
  const kinds = CHART_KINDS.filter((known) => words.includes(known));
  const kind = kinds.length === 1 ? kinds[0]! : null;
  // The region stands before the kind, as in us-daily and regional-us-daily.
  const before = kind === null ? '' : (words[words.indexOf(kind) - 1] ?? '');
  const code = ENGLISH_WORDS.has(before) && !OFFICIAL_NAME.test(name) ? '' : before;
  return {
    kind,
    region: REGION_NAMES[code] === undefined ? null : parseRegion(code),
    dates: (name.match(DATE) ?? []).map(tryParseDate).filter((date) => date !== null),
    otherFamily: OTHER_FAMILY.exec(name)?.[1] ?? null,
  };
}
