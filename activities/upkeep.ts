/** The end of a night: the lake is tidied, and its age is told. */
import {
  type CheckFreshnessInput,
  type FreshnessSummary,
  MAX_PROBLEMS_NAMED,
  type MaintenanceSummary,
} from '../contracts/payloads.ts';
import type { Settings } from '../contracts/settings.ts';
import type { Lake } from '../data/lake/types.ts';
import { defineActivity } from './defineActivity.ts';

export interface UpkeepPorts {
  readonly lake: Lake;
  readonly readSettings: () => Promise<Settings>;
}

export interface UpkeepActivities {
  maintainLake(): Promise<MaintenanceSummary>;
  checkFreshness(input: CheckFreshnessInput): Promise<FreshnessSummary>;
}

export function createUpkeepActivities(ports: UpkeepPorts): UpkeepActivities {
  return {
    maintainLake: defineActivity<void, MaintenanceSummary>(async () => {
      const { keepSnapshotDays } = await ports.readSettings();
      const report = await ports.lake.maintain({ keepSnapshotDays });
      return {
        numFilesMerged: report.numFilesMerged,
        numSnapshotsExpired: report.numSnapshotsExpired,
        numFilesDeleted: report.numFilesDeleted,
      };
    }),

    checkFreshness: defineActivity(async ({ cadence, nominalDate }: CheckFreshnessInput) => {
      const rows = (await ports.lake.freshness(nominalDate)).filter((row) => row.kind === cadence);
      const late = rows.filter((row) => row.state === 'late');
      return {
        numFresh: rows.filter((row) => row.state === 'fresh').length,
        numLate: late.length,
        numDead: rows.filter((row) => row.state === 'dead').length,
        lateRegions: late.slice(0, MAX_PROBLEMS_NAMED).map((row) => row.region),
      };
    }),
  };
}
