/** The sample's history, brought in by the importer as a user would bring in a file. */
import { parseRegion } from '../../contracts/regions.ts';
import { formatDuration } from '../../runtime/progress.ts';
import type { CommandContext } from '../context.ts';
import { runImport } from '../importFiles.ts';
import { plural } from '../output/numbers.ts';
import { HISTORY_UNTIL } from './nights.ts';

export async function importHistory(context: CommandContext): Promise<void> {
  const { prepareImport } = await import('../../sources/imports/prepareImport.ts');
  const { readFileHead } = await import('../../data/import/readHead.ts');
  const { SAMPLE_FILES } = await import('../../data/sample/loadSample.ts');
  const plan = await prepareImport(
    [SAMPLE_FILES.daily],
    { kind: 'daily', region: parseRegion('us'), until: HISTORY_UNTIL, tracksPath: SAMPLE_FILES.tracks },
    readFileHead,
  );
  const summary = await runImport(context, plan);
  const numChartDates = Object.values(summary.chartDates).reduce((sum, numDates) => sum + numDates, 0);
  const written = summary.snapshotId === null ? 'nothing new' : `${plural(summary.numRowsWritten, 'row')} written`;
  await context.print(
    `${plural(numChartDates, 'chart date')}, ${written} in ${formatDuration(summary.seconds * 1_000)}, ` +
      `${plural(summary.numRowsRejected, 'row')} put aside`,
  );
}
