/**
 * Decides what each file is and how it is read, from its first rows and its name alone. Nothing is guessed that a file
 * can say otherwise: what neither the columns, the name nor the person says is an error with the option that says it.
 */
import type { ChartKind } from '../../contracts/charts.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { ColumnRole, FileHead, FilePlan, IgnoredFile, ImportPlan, WeekDay } from '../../contracts/imports.ts';
import type { Region } from '../../contracts/regions.ts';
import type { ColumnMap } from './columnMap.ts';
import { isIsoDay, possibleFormats } from './dateFormat.ts';
import { type FileNameFacts, factsOfFileName } from './fileName.ts';
import { KNOWN_FORMATS, type KnownFormat, recognise } from './formats.ts';
import { cellsOf, checkReadable, type Header, readHeader } from './header.ts';
import { planTrackFile } from './trackFile.ts';
import { weekEndOf, weekEndOfRange } from './weekDates.ts';

/** What a person says of the files; what they say wins over names and formats. */
export interface ImportOptions {
  readonly map?: ColumnMap;
  readonly kind?: ChartKind;
  readonly region?: Region;
  readonly date?: CalendarDate;
  /** As `parseDateFormat` gives it. */
  readonly dateFormat?: string;
  readonly weekDay?: WeekDay;
  readonly since?: CalendarDate;
  readonly until?: CalendarDate;
  /** A file with release dates and artists' ids. */
  readonly tracks?: FileHead;
  readonly ignored?: readonly IgnoredFile[];
}

/**
 * @throws ChartlifeError InvalidInput: options that don't go together, or a kind or region that nothing says.
 *   ImportRejected: a file is no known chart, or lacks a column; every such file is named.
 */
export function planImport(heads: readonly FileHead[], options: ImportOptions = {}): ImportPlan {
  if (heads.length === 0) {
    throw new ChartlifeError('InvalidInput', 'there is no file to import', {
      next: 'Give CSV or Parquet files, or a folder that holds some.',
    });
  }
  if (options.date !== undefined && heads.length > 1) {
    throw new ChartlifeError('InvalidInput', `one date, ${options.date}, is given for ${heads.length} files`, {
      next: 'Import the files one by one, or put the date into their names (2020-01-01).',
      details: { date: options.date, numFiles: heads.length },
    });
  }
  if (options.since !== undefined && options.until !== undefined && options.since > options.until) {
    throw new ChartlifeError('InvalidInput', `--since ${options.since} is after --until ${options.until}`, {
      next: 'Give the earlier date with --since.',
      details: { since: options.since, until: options.until },
    });
  }
  return {
    files: planAll(heads, options),
    tracks: options.tracks === undefined ? null : planTrackFile(options.tracks),
    since: options.since ?? null,
    until: options.until ?? null,
    ignored: options.ignored ?? [],
  };
}

/** All files, or one error that names every file that can't be read: a folder is put right in one go. */
function planAll(heads: readonly FileHead[], options: ImportOptions): FilePlan[] {
  const plans: FilePlan[] = [];
  const errors: ChartlifeError[] = [];
  for (const head of heads) {
    try {
      plans.push(planFile(head, options));
    } catch (error) {
      if (!(error instanceof ChartlifeError)) throw error;
      errors.push(error);
    }
  }
  const [first, ...others] = errors;
  if (first === undefined) return plans;
  if (others.length === 0) throw first;
  const shown = errors.slice(0, 10).map((error) => `\n  ${error.message}`);
  const more = errors.length > shown.length ? `\n  and ${errors.length - shown.length} more` : '';
  throw new ChartlifeError(
    first.type,
    `${errors.length} of ${heads.length} files can't be imported:${shown.join('')}${more}`,
    { next: `${first.next} Or leave those files out; nothing was imported.`, details: { numFiles: errors.length } },
  );
}

function planFile(head: FileHead, options: ImportOptions): FilePlan {
  const header = readHeader(head);
  const facts = factsOfFileName(header.fileName);
  const known = options.map === undefined ? recognise(header.names) : null;
  const isOtherChart = options.map === undefined && facts.otherFamily !== null;
  if (options.map === undefined && known === null && !isOtherChart) throw unknownFormat(header, facts, options);
  const columns = options.map !== undefined ? mapColumns(header, options.map) : columnsOf(header, known);
  checkReadable(header, Object.values(columns));
  if (isNamedOfficially(known)) checkAgreement(header, facts, options);
  const kind = options.kind ?? known?.kind ?? facts.kind;
  if (kind === null) throw nothingSays('kind', header, 'Say --kind daily or --kind weekly.');
  const hasRegions = columns.region !== undefined;
  const region = hasRegions || isOtherChart ? null : (options.region ?? facts.region ?? known?.region ?? null);
  if (region === null && !hasRegions && !isOtherChart) {
    throw nothingSays('region', header, 'Say it, as --region us or --region global, or map a column to region.');
  }
  const weekDay = options.weekDay ?? 'last';
  const date = isOtherChart ? null : dateOf(header, facts, columns, kind, weekDay, options.date ?? null);
  if (date === null && !isOtherChart) checkDates(header, columns, options.dateFormat);
  return {
    path: head.path,
    fileName: header.fileName,
    sizeBytes: head.sizeBytes,
    format: options.map !== undefined ? 'mapped' : (known?.format ?? 'official-2021'),
    layout: header.layout,
    columnNames: header.names,
    columns,
    kind,
    region,
    onlyRegion: hasRegions ? (options.region ?? null) : null,
    date,
    dateFormat: options.dateFormat ?? null,
    weekDay,
    isOtherChart,
    notes: known?.notes ?? [],
  };
}

/** Official exports have no column for date, region or kind: their names are all that says them. */
function isNamedOfficially(known: KnownFormat | null): boolean {
  return known?.format === 'official' || known?.format === 'official-2021';
}

/** A person who says otherwise than an official name has mixed up files. */
function checkAgreement(header: Header, facts: FileNameFacts, options: ImportOptions): void {
  const said = [
    { what: 'kind', option: options.kind, named: facts.kind },
    { what: 'region', option: options.region, named: facts.region },
    // A range of dates is a week's first day and the first after it: which is the chart's, the option may say.
    { what: 'date', option: options.date, named: facts.dates.length === 1 ? (facts.dates[0] ?? null) : null },
  ].find(({ option, named }) => option !== undefined && named !== null && option !== named);
  if (said === undefined) return;
  throw new ChartlifeError(
    'InvalidInput',
    `--${said.what} ${said.option} is given, but the name of ${header.path} says ${said.named}`,
    {
      next: `Leave --${said.what} out, or rename the file if its name is wrong.`,
      details: { path: header.path, option: said.option ?? null, named: said.named },
    },
  );
}

function columnsOf(header: Header, known: KnownFormat | null): FilePlan['columns'] {
  if (known === null) return {};
  const pairs = [...Object.entries(known.required), ...known.optional] as readonly (readonly [ColumnRole, string])[];
  return Object.fromEntries(
    pairs.flatMap(([role, name]) => {
      const index = header.names.indexOf(name);
      return index < 0 ? [] : [[role, index]];
    }),
  );
}

function mapColumns(header: Header, map: ColumnMap): FilePlan['columns'] {
  const pairs = Object.entries(map) as [ColumnRole, string][];
  const found = pairs.map(([role, name]) => ({ role, name, index: indexOfColumn(header, name) }));
  const missing = found.filter(({ index }) => index < 0);
  if (missing.length > 0) {
    throw new ChartlifeError(
      'ImportRejected',
      `${header.path} has no column ${missing.map(({ role, name }) => `"${name}" (for ${role})`).join(', ')}; its columns are ${quoted(header.names)}`,
      {
        next: 'Name columns that are there, as they are written.',
        details: { path: header.path, missing: missing.map(({ name }) => name), columns: header.names },
      },
    );
  }
  const needed = (['track_id', 'rank'] as const).filter((role) => map[role] === undefined);
  if (needed.length > 0) {
    throw new ChartlifeError('InvalidInput', `--map says no column for ${needed.join(' and ')}`, {
      next: `Add ${needed.map((role) => `${role}=COLUMN`).join(',')}; the columns are ${quoted(header.names)}.`,
      details: { path: header.path, missing: needed, columns: header.names },
    });
  }
  return Object.fromEntries(found.map(({ role, index }) => [role, index]));
}

/** The column of that name, or the only one that differs from it in case alone; -1 if there is none. */
function indexOfColumn(header: Header, name: string): number {
  const exact = header.names.indexOf(name);
  if (exact >= 0) {
    if (header.names.indexOf(name, exact + 1) < 0) return exact;
    throw new ChartlifeError('ImportRejected', `${header.path} has several columns "${name}"`, {
      next: 'Rename them in the file so that each has its own name.',
      details: { path: header.path, columns: header.names },
    });
  }
  const alike = header.names.flatMap((other, index) => (other.toLowerCase() === name.toLowerCase() ? [index] : []));
  return alike.length === 1 ? alike[0]! : -1;
}

/**
 * The date of a file that has no date column: the one given, or the one in its name. A weekly chart's is the Thursday
 * that ends the week. null if a column says it.
 */
function dateOf(
  header: Header,
  facts: FileNameFacts,
  columns: FilePlan['columns'],
  kind: ChartKind,
  weekDay: WeekDay,
  given: CalendarDate | null,
): CalendarDate | null {
  const fail = (what: string, next: string): ChartlifeError =>
    new ChartlifeError('ImportRejected', `${header.path}: ${what}`, { next, details: { path: header.path } });
  if (columns.date !== undefined) {
    if (given === null) return null;
    throw fail(
      `--date ${given} is given, but its column "${header.names[columns.date]}" has dates`,
      'Leave --date out; --since and --until take a part of a file.',
    );
  }
  const [first, second, ...more] = given === null ? facts.dates : [given];
  if (first === undefined) {
    throw fail(
      'neither a column nor the file name says its date',
      'Say --date 2020-01-01, put the date into the name, or map a column to date.',
    );
  }
  if (more.length > 0 || (second !== undefined && kind === 'daily')) {
    throw fail(`its name holds several dates (${facts.dates.join(', ')})`, 'Say which with --date.');
  }
  if (kind === 'daily') return first;
  const weekEnd = second === undefined ? weekEndOf(first, weekDay) : weekEndOfRange(first, second);
  if (weekEnd !== null) return weekEnd;
  if (second !== undefined) {
    throw fail(
      `${first} to ${second} in its name is no chart week, which runs from Friday to Thursday`,
      'Correct the name, or say the Thursday with --date.',
    );
  }
  throw fail(
    `${first} is not the ${weekDay === 'last' ? 'Thursday that ends' : weekDay === 'first' ? 'Friday that starts' : 'Friday after'} a chart week`,
    'If it is another day of the week, say which: --week-day first (the Friday it starts) or --week-day after (the Friday after it).',
  );
}

/** Stops a file whose dates are all in another form than the one stated. */
function checkDates(header: Header, columns: FilePlan['columns'], dateFormat: string | undefined): void {
  if (columns.date === undefined || dateFormat !== undefined) return;
  const name = header.names[columns.date]!;
  const values = cellsOf(header, columns.date);
  if (values.some(isIsoDay)) return;
  const other = values.find((value) => possibleFormats(value).length > 0);
  if (other === undefined) return;
  const readings = values.map(possibleFormats).filter((formats) => formats.length > 0);
  const common = readings.reduce((a, b) => a.filter((format) => b.includes(format)));
  const formats = common.length > 0 ? common : possibleFormats(other);
  throw new ChartlifeError(
    'ImportRejected',
    `${header.path}: "${other}" in column "${name}" is no ISO date (2020-01-31)${formats.length > 1 ? ', and it can be read in more than one way' : ''}`,
    {
      next: `Say how its dates are written: ${formats.map((format) => `--date-format ${format}`).join(' or ')}.`,
      details: { path: header.path, column: name, value: other, formats },
    },
  );
}

/** All that must be said of a file that is no known format, at once. */
function unknownFormat(header: Header, facts: FileNameFacts, options: ImportOptions): ChartlifeError {
  const near = KNOWN_FORMATS.map(({ title, required }) => {
    const wanted = Object.values(required);
    return { title, missing: wanted.filter((name) => !header.names.includes(name)), numWanted: wanted.length };
  }).reduce((a, b) => (b.missing.length / b.numWanted < a.missing.length / a.numWanted ? b : a));
  const hint = near.missing.length * 2 <= near.numWanted ? `; for ${near.title} it lacks ${quoted(near.missing)}` : '';
  const map = suggestedMap(header.names);
  const missingOptions = [
    `--map ${map}`,
    ...(options.kind === undefined && facts.kind === null ? ['--kind daily (or weekly)'] : []),
    ...(options.region === undefined && facts.region === null && !/\bregion=/.test(map)
      ? ['--region us (or another)']
      : []),
  ];
  return new ChartlifeError(
    'ImportRejected',
    `${header.path} has the columns ${quoted(header.names)}, which is no known format${hint}`,
    {
      next: `Say which column is what${missingOptions.length > 1 ? ', and what chart it is' : ''}: ${missingOptions.join(' ')}.`,
      details: { path: header.path, columns: header.names, missing: near.missing },
    },
  );
}

/** Names that columns of a role often have, for the suggestion alone. */
const OFTEN_CALLED: readonly (readonly [ColumnRole, RegExp])[] = [
  ['track_id', /^(?:spotify[_ ]?)?(?:track[_ ]?)?(?:id|uri|url|link)$/i],
  ['rank', /^(?:(?:chart|daily|weekly)[_ ]?)?(?:rank|position|pos)$/i],
  ['streams', /^(?:streams|plays|play[_ ]?count)$/i],
  ['date', /^(?:(?:chart|snapshot)[_ ]?)?(?:date|day|week)$/i],
  ['title', /^(?:(?:track|song)[_ ]?)?(?:title|name|track|song)$/i],
  ['artists', /^artists?(?:[_ ]?names?)?$/i],
  ['region', /^(?:region|country|market)(?:[_ ]?code)?$/i],
];

function suggestedMap(names: readonly string[]): string {
  const pairs = OFTEN_CALLED.flatMap(([role, pattern]) => {
    const name = names.find((candidate) => pattern.test(candidate));
    if (name !== undefined) return [`${role}=${name}`];
    return role === 'track_id' || role === 'rank' || role === 'date' ? [`${role}=COLUMN`] : [];
  });
  return pairs.some((pair) => /\s/.test(pair)) ? `'${pairs.join(',')}'` : pairs.join(',');
}

function nothingSays(what: string, header: Header, next: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `nothing says which ${what} the chart in ${header.path} is of`, {
    next,
    details: { path: header.path, columns: header.names },
  });
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
