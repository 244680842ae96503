/** Reads all files of a plan into the staging tables. */
import { DAYS_TO_WEEK_END, type FilePlan, type ImportPlan } from '../../contracts/imports.ts';
import { sqlText } from '../lake/sqlText.ts';
import { readCsvRows } from './readCsvRows.ts';
import { readParquetRows } from './readParquetRows.ts';
import { isCsv, type ReadingEvents, type RowFile } from './rowFile.ts';
import { stageRowsStatement } from './rowSql.ts';
import type { StagingDatabase } from './stagingDatabase.ts';
import { stageTracksStatement } from './trackSql.ts';

/** What chart_entry.source says of a file's rows. */
export function sourceOf(plan: FilePlan): string {
  return `import:${plan.format}`;
}

/** @throws ChartlifeError InvalidInput, ImportRejected, DiskFull. */
export async function stageFiles(
  staging: StagingDatabase,
  plan: ImportPlan,
  files: readonly RowFile[],
  events: ReadingEvents,
): Promise<void> {
  await registerFiles(staging, plan.files);
  await readCsvRows(staging, files.filter(isCsv), events);
  for (const file of files) if (!isCsv(file)) await readParquetRows(staging, file, events);
}

/** Files are numbered as in the plan; the file of tracks, where there is one, comes after them. */
export function rowFilesOf(plan: ImportPlan): RowFile[] {
  const files: RowFile[] = plan.files.map((file, fileIndex) => ({
    fileIndex,
    path: file.path,
    sizeBytes: file.sizeBytes,
    layout: file.layout,
    columnNames: file.columnNames,
    usedColumns: [...new Set(Object.values(file.columns))],
    statement: (source) => stageRowsStatement(source, file, plan.since, plan.until),
    kind: JSON.stringify([file.layout, file.columnNames, file.columns, file.dateFormat]),
  }));
  if (plan.tracks !== null) {
    const { columns, ...file } = plan.tracks;
    files.push({
      fileIndex: plan.files.length,
      path: file.path,
      sizeBytes: file.sizeBytes,
      layout: file.layout,
      columnNames: file.columnNames,
      usedColumns: [...new Set(Object.values(columns).filter((index) => index !== null))],
      statement: (source) => stageTracksStatement(source, columns),
      kind: 'tracks',
    });
  }
  return files;
}

async function registerFiles(staging: StagingDatabase, files: readonly FilePlan[]): Promise<void> {
  const text = (value: string | null): string => (value === null ? 'NULL' : sqlText(value));
  const rows = files.map((file, fileIndex) => {
    const numDays = file.kind === 'weekly' ? DAYS_TO_WEEK_END[file.weekDay] : 0;
    return `(${fileIndex}, ${text(file.kind)}, ${text(file.region)}, ${text(file.onlyRegion)},
      CAST(${text(file.date)} AS DATE), ${numDays}, ${file.isOtherChart}, ${text(sourceOf(file))})`;
  });
  await staging.run(`INSERT INTO import_file VALUES ${rows.join(', ')}`);
}
