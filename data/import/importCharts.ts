/** Brings chart history from files into the lake: all of it in one transaction, or nothing. */
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { ImportPlan, ImportProgress, ImportSummary } from '../../contracts/imports.ts';
import { toLakeError } from '../lake/duckdbError.ts';
import type { Lake } from '../lake/types.ts';
import { numberOf, textOf, textOrNullOf } from '../lake/values.ts';
import { commitImport } from './commitImport.ts';
import { fileRecords, isLeftOut, isRejected, numRowsWith } from './fileRecords.ts';
import { createPace, createSteps, type Pace } from './pace.ts';
import { readRawRows } from './readRawRows.ts';
import type { ReadingEvents } from './rowFile.ts';
import { countOutcomes, type OutcomeCount, settleDuplicates, writeStagedFiles } from './settleStaging.ts';
import { rowFilesOf, stageFiles } from './stageFiles.ts';
import { openStagingDatabase, type StagingDatabase } from './stagingDatabase.ts';
import { makeStagingFolder, removeStagingFolder } from './stagingFolder.ts';
import { readStagedCharts, summarise } from './summary.ts';

export interface ImportChartsOptions {
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Of the engine that reads and sorts; what does not fit spills beside the lake. */
  readonly memoryLimitMb?: number;
}

const DEFAULT_MEMORY_LIMIT_MB = 512;

/**
 * Reads the files, puts aside what is not sound, and commits what the lake does not have. Memory is bounded however
 * large the files are; the disk beside the lake needs room for about as much as they take. Killed at any moment, it
 * leaves the lake as it was.
 *
 * @throws ChartlifeError InvalidInput (a file can't be read), ImportRejected (no row fits), DiskFull, LakeConflict,
 *   LakeUnusable.
 */
export async function importCharts(
  lake: Pick<Lake, 'location' | 'transaction'>,
  plan: ImportPlan,
  options: ImportChartsOptions = {},
): Promise<ImportSummary> {
  const startedAt = new Date();
  const startedMs = performance.now();
  const pace = createPace(options.onProgress ?? (() => undefined));
  const folder = await makeStagingFolder(path.dirname(path.resolve(lake.location.catalogPath)));
  try {
    const staging = await openStagingDatabase(folder, options.memoryLimitMb ?? DEFAULT_MEMORY_LIMIT_MB);
    const prepared = await prepare(staging, plan, startedAt, pace).finally(staging.close);
    const committed = await commitImport(
      lake,
      prepared.staged,
      prepared.files,
      startedAt.toISOString(),
      (numRows, numRowsTotal) => pace.report('writing', numRows, numRowsTotal),
    );
    const seconds = (performance.now() - startedMs) / 1_000;
    return summarise(plan, prepared.files, prepared.outcomes, prepared.charts, committed, seconds);
  } catch (error) {
    throw toLakeError(error, 'the import', lake.location.catalogPath);
  } finally {
    await removeStagingFolder(folder);
  }
}

/** Everything that can be done without the lake. */
async function prepare(staging: StagingDatabase, plan: ImportPlan, startedAt: Date, pace: Pace) {
  const rowFiles = rowFilesOf(plan);
  const hashes = new Map<number, string>();
  await stageFiles(staging, plan, rowFiles, readingEvents(plan, hashes, pace));
  const numRows = await countStaged(staging);
  pace.report('sorting', 0, numRows);
  const steps = createSteps(staging.shareDone, (share) => pace.report('sorting', Math.round(share * numRows), numRows));
  await settleDuplicates(staging);
  await readRawRows(staging, rowFiles);
  const outcomes = await countOutcomes(staging);
  const ofCharts = outcomes.filter(({ fileIndex }) => fileIndex < plan.files.length);
  refuseIfNotWeekly(ofCharts);
  await refuseIfNothingFits(staging, plan, ofCharts);
  const staged = await writeStagedFiles(staging, steps);
  const charts = await readStagedCharts(staging, staged);
  return { staged, outcomes: ofCharts, charts, files: fileRecords(plan, startedAt, hashes, outcomes) };
}

async function countStaged(staging: StagingDatabase): Promise<number> {
  const [row] = await staging.rows('SELECT count(*) AS num_rows FROM staged');
  return numberOf(row!, 'num_rows');
}

function readingEvents(plan: ImportPlan, hashes: Map<number, string>, pace: Pace): ReadingEvents {
  const sizes = [...plan.files, ...(plan.tracks === null ? [] : [plan.tracks])].map(({ sizeBytes }) => sizeBytes);
  const numBytesTotal = sizes.reduce((a, b) => a + b, 0);
  let numBytesOfWholeFiles = 0;
  let numRowsOfWholeFiles = 0;
  return {
    onProgress: (_fileIndex, numBytes, numRows) => {
      const share = (numBytesOfWholeFiles + numBytes) / numBytesTotal;
      const numRowsSoFar = numRowsOfWholeFiles + numRows;
      pace.report('reading', numRowsSoFar, share > 0 ? Math.max(numRowsSoFar, Math.round(numRowsSoFar / share)) : null);
    },
    onFileRead: (fileIndex, sha256, numRows) => {
      hashes.set(fileIndex, sha256);
      numBytesOfWholeFiles += sizes[fileIndex] ?? 0;
      numRowsOfWholeFiles += numRows;
    },
  };
}

/** A daily chart taken for a weekly one would lose six days of seven and pass for weeks on the seventh. */
function refuseIfNotWeekly(outcomes: readonly OutcomeCount[]): void {
  const numWrong = numRowsWith(outcomes, (outcome) => outcome === 'wrong-weekday');
  if (numWrong <= numRowsWith(outcomes, (outcome) => outcome === null)) return;
  throw new ChartlifeError(
    'ImportRejected',
    `${numWrong} rows of a weekly chart are not of a Thursday, the last day of a chart week`,
    {
      next: 'If it is a daily chart, say --kind daily; if its dates name another day of the week, --week-day first (Friday) or after. Nothing was imported.',
      details: { numRowsRejected: numWrong },
    },
  );
}

/** Rows that all are put aside mean that the file was taken for something it is not. */
async function refuseIfNothingFits(
  staging: StagingDatabase,
  plan: ImportPlan,
  outcomes: readonly OutcomeCount[],
): Promise<void> {
  const numRejected = numRowsWith(outcomes, isRejected);
  const numOthers = numRowsWith(
    outcomes,
    (outcome) => outcome === null || (isLeftOut(outcome) && outcome !== 'other-chart'),
  );
  if (numRejected === 0 || numOthers > 0) return;
  const [first] = await staging.rows(`
    SELECT outcome, detail, raw_row FROM (
      SELECT file_index, line, outcome, detail, raw_row FROM set_aside LEFT JOIN raw USING (file_index, line)
      UNION ALL FROM malformed
    ) ORDER BY file_index, line LIMIT 1`);
  const detail = textOrNullOf(first!, 'detail');
  const names = plan.files
    .map(({ fileName }) => fileName)
    .slice(0, 3)
    .join(', ');
  throw new ChartlifeError(
    'ImportRejected',
    `no row of ${names} fits: ${numRejected} are put aside, the first for ${textOf(first!, 'outcome')}${detail === null ? '' : ` (${detail})`}: ${(textOrNullOf(first!, 'raw_row') ?? '').slice(0, 200)}`,
    {
      next: 'Check the file, and what --map, --date-format, --kind and --region say of it. Nothing was imported.',
      details: { numRowsRejected: numRejected, reason: textOf(first!, 'outcome') },
    },
  );
}
