/** What became of each file's rows, as import_run and the summary tell it. */
import {
  type ImportPlan,
  LEFT_OUT_REASONS,
  type LeftOutReason,
  REJECT_REASONS,
  type RejectReason,
} from '../../contracts/imports.ts';
import type { FileRecord } from './commitImport.ts';
import type { OutcomeCount } from './settleStaging.ts';
import { sourceOf } from './stageFiles.ts';

export type ReasonCounts<Reason extends string> = Readonly<Partial<Record<Reason, number>>>;

/** In the order of the closed list; only reasons that occurred. */
export function countByReason<Reason extends string>(
  reasons: readonly Reason[],
  outcomes: readonly OutcomeCount[],
): ReasonCounts<Reason> {
  const counts: Partial<Record<Reason, number>> = {};
  for (const reason of reasons) {
    const numRows = numRowsWith(outcomes, (outcome) => outcome === reason);
    if (numRows > 0) counts[reason] = numRows;
  }
  return counts;
}

export function isRejected(outcome: string | null): outcome is RejectReason {
  return REJECT_REASONS.some((reason) => reason === outcome);
}

export function isLeftOut(outcome: string | null): outcome is LeftOutReason {
  return LEFT_OUT_REASONS.some((reason) => reason === outcome);
}

export function numRowsWith(outcomes: readonly OutcomeCount[], isWanted: (outcome: string | null) => boolean): number {
  return outcomes.filter(({ outcome }) => isWanted(outcome)).reduce((sum, { numRows }) => sum + numRows, 0);
}

/** One record per file, the file of tracks last. */
export function fileRecords(
  plan: ImportPlan,
  startedAt: Date,
  hashes: ReadonlyMap<number, string>,
  outcomes: readonly OutcomeCount[],
): FileRecord[] {
  const compactTime = startedAt.toISOString().replace(/[-:.]/g, '');
  const record = (
    fileIndex: number,
    identity: Pick<FileRecord, 'fileName' | 'source' | 'format' | 'plan'>,
  ): FileRecord => {
    const sha256 = hashes.get(fileIndex) ?? '';
    const own = outcomes.filter((outcome) => outcome.fileIndex === fileIndex);
    return {
      ...identity,
      fileIndex,
      importId: `${compactTime}-${fileIndex + 1}-${sha256.slice(0, 8)}`,
      sha256,
      numRowsRead: numRowsWith(own, () => true),
      numRowsGood: numRowsWith(own, (outcome) => outcome === null),
      numRowsRejected: numRowsWith(own, isRejected),
      numRowsLeftOut: numRowsWith(own, isLeftOut),
    };
  };
  const charts = plan.files.map((file, fileIndex) =>
    record(fileIndex, {
      fileName: file.fileName,
      source: sourceOf(file),
      format: file.format,
      plan: JSON.stringify({
        kind: file.kind,
        region: file.region ?? file.onlyRegion,
        date: file.date,
        dateFormat: file.dateFormat,
        weekDay: file.weekDay,
        since: plan.since,
        until: plan.until,
        columns: namesOf(file.columns, file.columnNames),
      }),
    }),
  );
  if (plan.tracks === null) return charts;
  const { fileName, columns, columnNames } = plan.tracks;
  return [
    ...charts,
    record(charts.length, {
      fileName,
      source: 'import:tracks',
      format: 'tracks',
      plan: JSON.stringify({ columns: namesOf(columns, columnNames) }),
    }),
  ];
}

function namesOf(columns: object, columnNames: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(columns).map(([role, index]) => [
      role,
      typeof index === 'number' ? (columnNames[index] ?? null) : null,
    ]),
  );
}
