/** `chartlife import`: chart history from files that people have. */

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Command, Option } from 'commander';
import { CHART_KINDS, type ChartKind } from '../../contracts/charts.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { COLUMN_ROLES, type ImportPlan, type ImportSummary, WEEK_DAYS, type WeekDay } from '../../contracts/imports.ts';
import type { Region } from '../../contracts/regions.ts';
import { homeAt } from '../../runtime/home.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { runImport } from '../importFiles.ts';
import { dateOption, regionOption } from '../options.ts';
import { renderImportSummary } from '../output/importSummary.ts';
import { shellWord } from '../output/shellWord.ts';

interface ImportOptions {
  readonly map?: string;
  readonly kind?: ChartKind;
  readonly region?: Region;
  readonly date?: CalendarDate;
  readonly dateFormat?: string;
  readonly weekDay?: WeekDay;
  readonly since?: CalendarDate;
  readonly until?: CalendarDate;
  readonly tracks?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export const importCommand: CommandBuilder = (act) =>
  new Command('import')
    .summary('bring in chart history from files')
    .description(
      'Bring chart history from CSV or Parquet files into the lake: official charts.spotify.com exports, the Kaggle ' +
        '“Spotify Charts” dump and a few more are known by their header; for any other file, --map says which column is ' +
        'what. Rows that do not fit are put aside with their reasons. All of it comes in, or nothing.',
    )
    .argument('<files...>', 'CSV or Parquet files, or folders of them')
    .option('--map <pairs>', `which column is what: ROLE=COLUMN,… with roles ${COLUMN_ROLES.join(', ')}`)
    .addOption(new Option('--kind <kind>', 'what charts they are').choices(CHART_KINDS))
    .addOption(regionOption('their region; of files with a region column: only rows of that region'))
    .addOption(dateOption('--date <date>', 'the chart date of a file that does not say it'))
    .option('--date-format <format>', 'how dates are written if not 2020-01-31, such as %d/%m/%Y')
    .addOption(
      new Option(
        '--week-day <day>',
        'which day weekly dates name: the last of the week (Thursday), its first (Friday), or the day after it',
      ).choices(WEEK_DAYS),
    )
    .addOption(dateOption('--since <date>', 'leave out chart dates before this'))
    .addOption(dateOption('--until <date>', 'leave out chart dates after this'))
    .option('--tracks <file>', 'a file of track ids with release dates and artist ids')
    .option('--dry-run', 'read and check everything, and write nothing')
    .option('--json', 'print the summary as one JSON object')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  chartlife import regional-us-daily-2020-01-01.csv',
        '  chartlife import charts/ --kind weekly --until 2020-12-31',
        '  chartlife import mine.csv --kind daily --region us --map track_id=uri,rank=position,date=day,streams=plays',
      ].join('\n'),
    )
    .action(act(importFiles));

async function importFiles(
  context: CommandContext,
  files: readonly string[],
  options: ImportOptions,
): Promise<undefined> {
  const isDryRun = options.dryRun === true;
  const plan = await planFiles(context, files, options);
  const summary = await (isDryRun ? tryImport(context, plan) : runImport(context, plan));
  if (context.isJson) {
    await context.printJson(isDryRun ? { ...summary, snapshotId: null } : summary);
    return;
  }
  const { stdout } = context.effects;
  await context.print(
    renderImportSummary(summary, {
      isDryRun,
      styles: context.styles,
      width: widthOf(stdout),
    }),
  );
  await suggestNext(context, summary, isDryRun ? importCommandLine(files, options) : null);
}

async function planFiles(
  context: CommandContext,
  files: readonly string[],
  options: ImportOptions,
): Promise<ImportPlan> {
  const { prepareImport } = await import('../../sources/imports/prepareImport.ts');
  const { parseColumnMap } = await import('../../sources/imports/columnMap.ts');
  const { parseDateFormat } = await import('../../sources/imports/dateFormat.ts');
  const { readFileHead } = await import('../../data/import/readHead.ts');
  const at = (file: string): string => path.resolve(context.effects.cwd, file);
  const { map, dateFormat, tracks, dryRun: _, json: __, ...rest } = options;
  return prepareImport(
    files.map(at),
    {
      ...rest,
      ...(map === undefined ? {} : { map: parseColumnMap(map) }),
      ...(dateFormat === undefined ? {} : { dateFormat: parseDateFormat(dateFormat) }),
      ...(tracks === undefined ? {} : { tracksPath: at(tracks) }),
    },
    readFileHead,
  );
}

/** Imports into a lake of its own that is thrown away: all is read and checked, and the home stays as it is. */
async function tryImport(context: CommandContext, plan: ImportPlan): Promise<ImportSummary> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-dry-run-'));
  try {
    return await runImport({ ...context, home: homeAt(folder) }, plan, { writing: 'judging' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The command that writes what a dry run has read. */
function importCommandLine(files: readonly string[], options: ImportOptions): string {
  const { dryRun: _, json: __, ...rest } = options;
  const flags = Object.entries(rest).flatMap(([name, value]) => [
    `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    shellWord(String(value)),
  ]);
  return ['chartlife import', ...files.map(shellWord), ...flags].join(' ');
}

/** @param command what writes for good after a dry run; null if this was no dry run */
async function suggestNext(context: CommandContext, summary: ImportSummary, command: string | null): Promise<void> {
  if (command !== null) {
    await context.suggest(command, 'write them');
    return;
  }
  if (summary.numRowsRejected > 0 && summary.snapshotId !== null) {
    await context.suggest(
      'chartlife sql "select reason, count(*) as num_rows from import_reject group by all order by 2 desc"',
      'what was put aside',
    );
  }
  await context.suggest('chartlife sql "select * from freshness"', 'what the lake has');
}
