/** Past nights, lived one after the other by a schedule: each is a line when it ends. */
import type { RefreshResult } from '../contracts/payloads.ts';
import { formatDuration } from '../runtime/progress.ts';
import type { Control } from '../workers/control/control.ts';
import type { NightOutcome, NightToAwait } from '../workers/control/nights.ts';
import type { CommandContext } from './context.ts';
import { Interrupted } from './effects.ts';
import { padEnd, padStart } from './output/displayWidth.ts';
import { count } from './output/numbers.ts';
import { outcomeText } from './output/refreshReport.ts';

/** Header and width of each column of a night's line; numbers stand at the right. */
const COLUMNS = [
  { header: 'night', width: 10 },
  { header: 'chart date', width: 10 },
  { header: 'new', width: 4, isNumber: true },
  { header: 'back', width: 4, isNumber: true },
  { header: 'track pages', width: 11, isNumber: true },
  { header: 'took', width: 6, isNumber: true },
  { header: 'charts', width: 0 },
] as const;

/**
 * Waits for the nights, with progress on stderr and a line a night on stdout (none with `--json`).
 *
 * @throws Interrupted at Ctrl-C
 */
export async function watchNights(
  context: CommandContext,
  control: Control,
  nights: readonly NightToAwait[],
  onNight: () => void = () => undefined,
): Promise<NightOutcome[]> {
  const { clock, interruption, stdout, stderr } = context.effects;
  const { styles } = context;
  const progress = context.startProgress('nights', 'nights', nights.length);
  const sharesTerminal = stdout.isTerminal && stderr.isTerminal;
  const show = async (line: string): Promise<void> => {
    if (context.isJson) return;
    // On one terminal a line goes above the bar.
    if (sharesTerminal) progress.line(line);
    else await context.print(line);
  };
  const outcomes: NightOutcome[] = [];
  let lastMs = clock.monotonicMs();
  try {
    await show(styles.dim(nightLine(COLUMNS.map(({ header }) => header))));
    for await (const night of control.awaitNights(nights, interruption.signal)) {
      outcomes.push(night);
      onNight();
      progress.update(outcomes.length);
      const nowMs = clock.monotonicMs();
      await show(nightLine(cellsOf(night, formatDuration(nowMs - lastMs), context)));
      lastMs = nowMs;
    }
    return outcomes;
  } catch (error) {
    throw interruption.signal.aborted ? new Interrupted('interrupted between nights') : error;
  } finally {
    progress.finish();
  }
}

function cellsOf(night: NightOutcome, took: string, { styles }: CommandContext): string[] {
  if (night.outcome === 'failed') {
    const { errorType, message } = night.failure;
    return [night.nominalDate, '', '', '', '', took, `${styles.red('failed')} ${message} [${errorType}]`];
  }
  const { result } = night;
  return [
    night.nominalDate,
    result.lastChartDate ?? '',
    count(result.numNewEntries),
    count(result.numReEntries),
    result.tracks === null ? '' : count(result.tracks.numCommitted),
    took,
    hasTrouble(result) ? styles.yellow(outcomeText(result)) : outcomeText(result),
  ];
}

/** Whether a person should look at the night. */
export function hasTrouble(result: RefreshResult): boolean {
  return result.outcomes.quarantined + result.outcomes.failed > 0 || result.notes.length > 0;
}

function nightLine(cells: readonly string[]): string {
  return COLUMNS.map((column, index) => {
    const cell = cells[index] ?? '';
    return 'isNumber' in column ? padStart(cell, column.width) : padEnd(cell, column.width);
  })
    .join('  ')
    .trimEnd();
}
