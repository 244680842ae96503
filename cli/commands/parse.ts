/** `chartlife parse`: a saved page of kworb as rows. Starts fast: no DuckDB, no Temporal. */

import { Command, Option } from 'commander';
import type { CalendarDate } from '../../contracts/dates.ts';
import { PAGE_KINDS, type PageKind } from '../../contracts/pages.ts';
import type { Region } from '../../contracts/regions.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { dateOption, readInput, regionOption } from '../options.ts';
import { shellWord } from '../output/shellWord.ts';

interface ParseOptions {
  readonly kind?: PageKind;
  readonly region?: Region;
  readonly date?: CalendarDate;
}

/** Rows that a terminal gets to see; a pipe and `--json` get all. */
const MAX_ROWS_ON_TERMINAL = 20;

export const parseCommand: CommandBuilder = (act) =>
  new Command('parse')
    .summary('read a saved kworb page')
    .description(
      'Read a saved page of kworb.net: a daily or weekly chart, totals, a track, an artist’s songs, or the index of regions. ' +
        'The three options give what a page lacks; where the page says otherwise, that is an error.',
    )
    .argument('<file>', 'an HTML file, also in gzip as pages are archived; - for stdin')
    .addOption(new Option('--kind <kind>', 'what page it is, if its head is lost').choices(PAGE_KINDS))
    .addOption(regionOption('the region of its chart, such as us or global'))
    .addOption(dateOption('--date <date>', 'the date of its chart, YYYY-MM-DD'))
    .option('--json', 'print one JSON object, all rows in it')
    .action(act(parse));

async function parse(context: CommandContext, file: string, options: ParseOptions): Promise<undefined> {
  const { parsePageBytes } = await import('../../sources/kworb/parsePage.ts');
  const { toJsonObject, toTextTable } = await import('../output/parsedPage.ts');
  const { bytes, name } = await readInput(file, context.effects);
  const page = parsePageBytes(bytes, {
    kind: options.kind,
    region: options.region,
    chartDate: options.date,
    source: name,
  });
  if (context.isJson) {
    await context.printJson(toJsonObject(page));
    return;
  }
  const { stdout } = context.effects;
  const table = toTextTable(page, {
    width: widthOf(stdout),
    maxRows: stdout.isTerminal ? MAX_ROWS_ON_TERMINAL : Number.POSITIVE_INFINITY,
    styles: context.styles,
  });
  await context.print(table);
  const given = [
    ...(options.kind === undefined ? [] : [`--kind ${options.kind}`]),
    ...(options.region === undefined ? [] : [`--region ${options.region}`]),
    ...(options.date === undefined ? [] : [`--date ${options.date}`]),
  ].map((option) => ` ${option}`);
  await context.suggest(
    `chartlife parse ${shellWord(file)}${given.join('')} --json`,
    'every row and column, for a program',
  );
}
