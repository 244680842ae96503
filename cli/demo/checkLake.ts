/** The demo's proof: every named check over the whole lake, and every chart date there once. */

import { ChartlifeError } from '../../contracts/errors.ts';
import type { CheckResult } from '../../contracts/lake.ts';
import type { Lake } from '../../data/lake/types.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { count } from '../output/numbers.ts';
import { renderTable } from '../output/textTable.ts';
import { queryRows } from '../queryRows.ts';
import { SAMPLE_TODAY } from '../sampleHome.ts';
import { NUM_HISTORY_DATES } from './nights.ts';

const COVERAGE_SQL = `
  select
    count(distinct chart_date) as num_dates,
    count(*) as num_entries,
    count(*) - count(distinct (chart_kind, region, chart_date, rank)) as num_repeated,
    min(chart_date) as first_date,
    max(chart_date) as last_date
  from chart_entry
  where chart_kind = 'daily' and region = 'us'`;

/** @throws ChartlifeError CheckFailed if a blocking check does not pass, or a chart date is missing or there twice */
export async function checkLake(context: CommandContext, lake: Lake, numNights: number): Promise<void> {
  const { styles } = context;
  const checks = await lake.runChecks(SAMPLE_TODAY);
  await context.print(renderChecks(checks, context));
  const [row = {}] = await queryRows(lake, COVERAGE_SQL);
  const [numDates, numEntries, numRepeated] = [row.num_dates, row.num_entries, row.num_repeated].map(Number);
  const numExpected = NUM_HISTORY_DATES + numNights;
  const isWhole = numDates === numExpected && numRepeated === 0;
  await context.print([
    '',
    `${count(numDates ?? 0)} of ${count(numExpected)} chart dates, ${row.first_date} to ${row.last_date}: ` +
      (isWhole ? styles.green('whole') : styles.red('not whole')),
    `${count(numEntries ?? 0)} chart entries, ${numRepeated === 0 ? 'every rank once' : `${numRepeated} ranks twice`}`,
  ]);
  const broken = checks.find((check) => check.isBlocking && !check.passed);
  if (isWhole && broken === undefined) return;
  throw new ChartlifeError(
    'CheckFailed',
    broken === undefined
      ? `the lake has ${numDates} chart dates (${numExpected} expected) and ${numRepeated} ranks twice`
      : `${broken.name}: ${broken.message}`,
    { next: `Run the demo again; if it stays so, report it with the logs in ${context.home.logsDir}.` },
  );
}

function renderChecks(checks: readonly CheckResult[], { styles, effects: { stdout } }: CommandContext): string[] {
  const verdict = ({ passed, isBlocking }: CheckResult): string => {
    if (passed) return styles.green('passed');
    return isBlocking ? styles.red('failed') : styles.yellow('noted');
  };
  return renderTable(
    [
      { header: 'check' },
      { header: 'kind' },
      { header: 'result' },
      { header: 'figure', align: 'right' },
      { header: 'what', canShrink: true },
    ],
    checks.map((check) => [
      check.name,
      check.isBlocking ? 'blocking' : 'warning',
      verdict(check),
      check.figure.toLocaleString('en-US', { maximumFractionDigits: 3 }),
      check.message,
    ]),
    { width: widthOf(stdout), styleHeader: styles.dim },
  );
}
