/** What a home holds and does, with or without a running system: the object that `chartlife status --json` prints. */
import { existsSync } from 'node:fs';
import type { CalendarDate } from '../contracts/dates.ts';
import type { FreshnessRow } from '../contracts/lake.ts';
import type { RunId } from '../contracts/runs.ts';
import { type Settings, whyNotFetching } from '../contracts/settings.ts';
import type { StoredCheckResult } from '../data/lake/types.ts';
import { readSettings } from '../runtime/settings.ts';
import { readRunningSystem, type SystemState } from '../runtime/systemFile.ts';
import type { Control } from '../workers/control/control.ts';
import type { RunsDescription } from '../workers/control/runs.ts';
import type { ScheduleState } from '../workers/control/schedules.ts';
import type { CommandContext } from './context.ts';
import { todayOf, withLake } from './homeLake.ts';
import { isSystemRunning, withControl } from './homeSystem.ts';
import { queryRows } from './queryRows.ts';
import { readSampleMark } from './sampleHome.ts';

export interface QuarantinedPageStatus {
  readonly url: string;
  readonly pageKind: string;
  /** ISO 8601, UTC. */
  readonly fetchedAt: string;
  readonly errorType: string;
  readonly why: string;
  /** Where the page's bytes lie, compressed with gzip. */
  readonly file: string;
}

/** What is known of the sound of tracks; all are counts of tracks but for the shards. */
export interface SoundStatus {
  readonly numSpectrograms: number;
  /** Rendered from descriptors by the replica: no recordings. */
  readonly numSynthetic: number;
  readonly numShards: number;
  /** By their best answer of all sources. */
  readonly numFound: number;
  readonly numAbsent: number;
  readonly numGone: number;
  /** Found, and so damaged that nothing of it can be decoded. */
  readonly numUndecodable: number;
}

export interface ModelStatus {
  readonly numRuns: number;
  readonly numGoing: number;
  /** Whose model issues the nightly forecasts. */
  readonly publishedRun: RunId | null;
  /** Tracks and regions that were forecast, by whatever run. */
  readonly numForecasts: number;
}

export interface LakeStatus {
  readonly numChartDates: number;
  readonly numChartEntries: number;
  readonly numTracks: number;
  readonly numArtists: number;
  readonly numTrackWeeks: number;
  readonly numPages: number;
  readonly sound: SoundStatus;
  readonly models: ModelStatus;
  readonly numSnapshots: number;
  readonly newestSnapshot: { readonly snapshotId: number; readonly committedAt: string } | null;
  readonly pins: readonly { readonly name: string; readonly snapshotId: number; readonly reason: string }[];
  /** The newest date of each chart, and how far it is behind `today`. */
  readonly charts: readonly FreshnessRow[];
  readonly quarantinedPages: readonly QuarantinedPageStatus[];
  readonly failedChecks: readonly StoredCheckResult[];
}

export interface Status {
  readonly home: string;
  /** What freshness is judged by: the sample's own day in a home with the sample. */
  readonly today: CalendarDate;
  readonly isSample: boolean;
  readonly source: Settings['source'];
  readonly charts: Settings['charts'];
  /** The sources of sound that are turned on. */
  readonly soundSources: Settings['sound']['sources'];
  /** Why nothing is fetched; null if fetching is on. */
  readonly notFetchingBecause: string | null;
  /** What `chartlife up` runs now; null if it does not. */
  readonly system: SystemState | null;
  /** Why the system's server could not be asked; null if it could, or if nothing runs. */
  readonly serverProblem: string | null;
  /** null where nothing runs. */
  readonly schedules: readonly ScheduleState[] | null;
  readonly runs: RunsDescription | null;
  /** null before anything was brought in. */
  readonly lake: LakeStatus | null;
}

/** How many finished refreshes are told. */
const NUM_FINISHED = 5;

export async function readStatus(context: CommandContext): Promise<Status> {
  const settings = await readSettings(context.home);
  const mark = await readSampleMark(context.home);
  const today = await todayOf(context);
  return {
    home: context.home.root,
    today,
    isSample: mark !== null,
    source: settings.source,
    charts: settings.charts,
    soundSources: settings.sound.sources,
    notFetchingBecause: whyNotFetching(settings),
    system: await readRunningSystem(context.home),
    ...(await readServer(context)),
    lake: existsSync(context.home.catalogPath) ? await readLake(context, today) : null,
  };
}

async function readServer(context: CommandContext): Promise<Pick<Status, 'serverProblem' | 'schedules' | 'runs'>> {
  if (!(await isSystemRunning(context))) return { serverProblem: null, schedules: null, runs: null };
  try {
    return await withControl(context, async (control: Control) => ({
      serverProblem: null,
      schedules: await control.describeSchedules(),
      runs: await control.describeRuns(NUM_FINISHED),
    }));
  } catch (error) {
    // The lake can be told of all the same.
    return { serverProblem: error instanceof Error ? error.message : String(error), schedules: null, runs: null };
  }
}

const COUNTS_SQL = `
  select
    (select count(*) from (select distinct chart_kind, region, chart_date from chart_entry)) as chart_dates,
    (select count(*) from chart_entry) as chart_entries,
    (select count(*) from track) as tracks,
    (select count(*) from artist) as artists,
    (select count(*) from track_week) as track_weeks,
    (select count(*) from page) as pages`;

const SOUND_SQL = `
  with heard as (
    select track_id,
      bool_or(state = 'found' and error_type is null) as is_found,
      bool_or(state = 'found' and error_type is not null) as is_undecodable,
      bool_or(state = 'gone') as is_gone
    from preview group by all
  )
  select
    (select count(*) from spectrogram) as spectrograms,
    (select count(*) from spectrogram where is_synthetic) as synthetic,
    (select count(*) from shard) as shards,
    count(*) filter (is_found) as found,
    count(*) filter (not is_found and is_undecodable) as undecodable,
    count(*) filter (not is_found and not is_undecodable and is_gone) as gone,
    count(*) filter (not is_found and not is_undecodable and not is_gone) as absent
  from heard`;

const MODELS_SQL = `
  select
    (select count(*) from run) as runs,
    (select count(*) from run where state = 'going') as going,
    (select count(*) from (
      select distinct run_id, track_id, region, issued_on, num_observed_weeks from forecast
    )) as forecasts`;

async function readLake(context: CommandContext, today: CalendarDate): Promise<LakeStatus> {
  const { openPageArchive } = await import('../data/archive/pageArchive.ts');
  const archive = openPageArchive(context.home.pagesDir);
  return withLake(context, { mode: 'read' }, async (lake) => {
    const [counts = {}] = await queryRows(lake, COUNTS_SQL);
    const [sound = {}] = await queryRows(lake, SOUND_SQL);
    const [models = {}] = await queryRows(lake, MODELS_SQL);
    const [published] = await lake.publications();
    const snapshots = [...(await lake.snapshots())].sort((a, b) => b.snapshotId - a.snapshotId);
    const [newest] = snapshots;
    const quarantined = await lake.quarantinedPages();
    return {
      numChartDates: Number(counts.chart_dates),
      numChartEntries: Number(counts.chart_entries),
      numTracks: Number(counts.tracks),
      numArtists: Number(counts.artists),
      numTrackWeeks: Number(counts.track_weeks),
      numPages: Number(counts.pages),
      sound: {
        numSpectrograms: Number(sound.spectrograms),
        numSynthetic: Number(sound.synthetic),
        numShards: Number(sound.shards),
        numFound: Number(sound.found),
        numAbsent: Number(sound.absent),
        numGone: Number(sound.gone),
        numUndecodable: Number(sound.undecodable),
      },
      models: {
        numRuns: Number(models.runs),
        numGoing: Number(models.going),
        publishedRun: published?.runId ?? null,
        numForecasts: Number(models.forecasts),
      },
      numSnapshots: snapshots.length,
      newestSnapshot: newest === undefined ? null : { snapshotId: newest.snapshotId, committedAt: newest.committedAt },
      pins: snapshots.flatMap(({ snapshotId, pin }) => (pin === null ? [] : [{ ...pin, snapshotId }])),
      charts: await lake.freshness(today),
      quarantinedPages: quarantined.map(({ url, pageKind, fetchedAt, errorType, why, sha256 }) => ({
        url,
        pageKind,
        fetchedAt,
        errorType,
        why,
        file: archive.pathOf(sha256),
      })),
      failedChecks: await lake.checkResults({ onlyFailed: true }),
    };
  });
}
