/** `chartlife sql`: read-only SQL on the lake, now or as it was. */
import os from 'node:os';
import path from 'node:path';
import { Command, Option } from 'commander';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { Lake } from '../../data/lake/types.ts';
import type { QueryResult } from '../../data/query/types.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { todayOf, withLake } from '../homeLake.ts';
import { readInput } from '../options.ts';
import { plural } from '../output/numbers.ts';
import type { WrittenTable } from '../output/resultTable.ts';
import { resolveSnapshot } from '../resolveSnapshot.ts';

/** `table` is ours; the others are data/export's. Listed here so that help needs no DuckDB. */
const FORMATS = ['table', 'csv', 'json', 'parquet', 'arrow'] as const;
type Format = (typeof FORMATS)[number];
const BINARY_FORMATS: ReadonlySet<Format> = new Set<Format>(['parquet', 'arrow']);

interface SqlOptions {
  readonly format?: Format;
  readonly json?: boolean;
  readonly file?: string;
  readonly at?: string;
  readonly out?: string;
}

export const sqlCommand: CommandBuilder = (act) =>
  new Command('sql')
    .summary('query the lake')
    .description(
      'Run one read-only SQL query (DuckDB’s dialect) on the lake. docs/data-dictionary.md has every table and view.',
    )
    .argument('[query]', 'one SELECT; - for stdin')
    .option('--file <file>', 'read the query from a file')
    .addOption(
      new Option(
        '--format <format>',
        'how the answer is written (default: table, or what the ending of --out says); arrow is the IPC stream format, into --out the IPC file format',
      ).choices(FORMATS),
    )
    .addOption(new Option('--json', 'the same as --format json').conflicts('format'))
    .option('--at <snapshot>', 'as of a snapshot: its number, or the name of a pin')
    .option('--out <file>', 'write to a file, whole or not at all')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  chartlife sql "select * from freshness"',
        '  chartlife sql "select * from new_entry where region = \'us\'" --out new.csv',
        '  chartlife sql --file q.sql --at 120 --format arrow | python3 read.py',
      ].join('\n'),
    )
    .action(act(sql));

async function sql(context: CommandContext, query: string | undefined, options: SqlOptions): Promise<undefined> {
  const { stdout } = context.effects;
  const text = await queryText(context, query, options);
  const format = chooseFormat(options);
  if (format === 'table' && options.out !== undefined) {
    throw new ChartlifeError('InvalidInput', `--format table is for the screen, and --out ${options.out} is a file`, {
      next: 'Give another format (csv, json, parquet, arrow), or send the table into a file with >.',
      details: { path: options.out },
    });
  }
  if (BINARY_FORMATS.has(format) && options.out === undefined && stdout.isTerminal) {
    throw new ChartlifeError('InvalidInput', `--format ${format} is not text, and stdout is a terminal`, {
      next: `Add --out FILE.${format}, or send it into a pipe.`,
      details: { format },
    });
  }
  const snapshot = await snapshotOf(context, options.at);
  context.effects.interruption.drainsItself();
  await withLake(context, { mode: 'read', ...(snapshot === undefined ? {} : { snapshot }) }, (lake) =>
    answer(context, lake, text, format, options.out),
  );
}

async function queryText(context: CommandContext, query: string | undefined, options: SqlOptions): Promise<string> {
  if ((query === undefined) === (options.file === undefined)) {
    throw new ChartlifeError(
      'InvalidInput',
      query === undefined ? 'there is no query' : 'a query and --file are given: which one?',
      { next: 'Give one: chartlife sql "select …", chartlife sql --file q.sql, or chartlife sql - for stdin.' },
    );
  }
  if (query !== undefined && query !== '-') return query;
  const { bytes, name } = await readInput(options.file ?? '-', context.effects);
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '') {
    throw new ChartlifeError('InvalidInput', `there is no query in ${name}`, {
      next: 'Write one SELECT into it.',
      details: { path: name },
    });
  }
  return text;
}

function chooseFormat({ format, json, out }: SqlOptions): Format {
  if (json === true) return 'json';
  if (format !== undefined) return format;
  if (out === undefined) return 'table';
  const ending = path.extname(out).slice(1).toLowerCase();
  const byEnding = FORMATS.find((known) => known === ending);
  if (byEnding === undefined) {
    throw new ChartlifeError('InvalidInput', `the ending of ${out} does not say its format`, {
      next: `Add --format: ${FORMATS.join(', ')}.`,
      details: { path: out },
    });
  }
  return byEnding;
}

async function snapshotOf(context: CommandContext, at: string | undefined): Promise<number | undefined> {
  if (at === undefined) return undefined;
  return withLake(context, { mode: 'read' }, (lake) => resolveSnapshot(lake, at));
}

async function answer(
  context: CommandContext,
  lake: Lake,
  text: string,
  format: Format,
  out: string | undefined,
): Promise<void> {
  const { stdout, interruption } = context.effects;
  const progress = context.startProgress('sql', 'rows', null);
  try {
    const result = watchRows(
      await lake.query(text, { signal: interruption.signal, today: await todayOf(context) }),
      (numRows) => {
        // On one terminal, rows and a bar would write over each other.
        if (stdout.isTerminal && out === undefined) progress.finish();
        else progress.update(numRows);
      },
    );
    const { numRows, numColumnsHidden } = await write(context, result, format, out);
    progress.finish();
    if (out !== undefined) {
      await context.note(`${plural(numRows, 'row')} written to ${out}`);
    } else if (format === 'table') {
      if (numColumnsHidden > 0) {
        await context.note(`${plural(numColumnsHidden, 'column')} not shown: --format csv, or name the columns`);
      }
      // On a terminal the table ends with its count; in a pipe a lone header may look like a fault.
      if (numRows === 0 && !stdout.isTerminal) await context.note('0 rows');
      await context.suggest('chartlife sql "…" --out answer.csv', 'or .json, .parquet, .arrow');
    }
  } finally {
    progress.finish();
  }
}

async function write(
  context: CommandContext,
  result: QueryResult,
  format: Format,
  out: string | undefined,
): Promise<WrittenTable> {
  const { stdout, cwd } = context.effects;
  if (format === 'table') {
    const { writeResultTable } = await import('../output/resultTable.ts');
    return writeResultTable(result, stdout, context.styles);
  }
  const { exportToFile, exportToSink } = await import('../../data/export/exportResult.ts');
  const numRows = await (out === undefined
    ? exportToSink(result, format, (chunk) => stdout.write(chunk), os.tmpdir())
    : exportToFile(result, format, path.resolve(cwd, out)));
  return { numRows, numColumnsHidden: 0 };
}

/** The same answer; `onRows` hears how many rows have come. */
function watchRows(result: QueryResult, onRows: (numRows: number) => void): QueryResult {
  async function* batches(): QueryResult['batches'] {
    let numRows = 0;
    for await (const batch of result.batches) {
      numRows += batch.numRows;
      onRows(numRows);
      yield batch;
    }
  }
  return { columns: result.columns, batches: batches(), close: () => result.close() };
}
