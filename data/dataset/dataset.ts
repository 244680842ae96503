/** What one run trains on, frozen: every track with its part, its sound's place and what is known of its weeks. */
import {
  type RegionCoverage,
  type RegionWeights,
  SPLIT_PARTS,
  type SplitPart,
  type SplitSettings,
  type TrackExample,
  type Trajectory,
  type TrajectorySource,
  WEEK_STATE,
} from '../../contracts/dataset.ts';
import { addDays, type CalendarDate, daysBetween } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { Lake } from '../lake/types.ts';
import { type LeftOut, type Split, splitTracks } from './split.ts';

export interface DatasetSettings {
  readonly featureVersion: string;
  readonly trajectories: TrajectorySource;
  /** From the debut. */
  readonly numWeeks: number;
  readonly split: SplitSettings;
  /** Of training: what has none is not in its part. Validation and test keep every region. */
  readonly regions: RegionWeights;
  /** Of a random split. */
  readonly seed: number;
}

export interface DatasetTrack extends TrackExample {
  readonly part: SplitPart;
}

export interface Dataset {
  readonly settings: DatasetSettings;
  readonly snapshotId: number;
  /** In the order of their ids. */
  readonly tracks: readonly DatasetTrack[];
  readonly numLeftOut: Readonly<Record<LeftOut, number>>;
  /** By region, what the tracks were chosen from: who has no sound may be another kind of track. */
  readonly coverage: Readonly<Record<string, RegionCoverage>>;
  /** The first day that is hidden from a part; null where nothing is. */
  readonly knownBefore: Readonly<Record<SplitPart, CalendarDate | null>>;
}

/** Fewer tell nothing, and a part would be a handful. */
const LEAST_TRACKS = 10;

/**
 * @param lake opened at the snapshot
 * @throws ChartlifeError CheckFailed where there are too few tracks, or a part would be empty: {@link splitTracks} says so
 * of the debuts alone, {@link requireParts} of what is left of them
 */
export async function freezeDataset(
  lake: Pick<Lake, 'trainingExamples' | 'trainingCoverage'>,
  snapshotId: number,
  settings: DatasetSettings,
): Promise<Dataset> {
  const { featureVersion, trajectories, numWeeks, split, regions, seed } = settings;
  const examples = await lake.trainingExamples({ featureVersion, trajectories, numWeeks });
  if (examples.length < LEAST_TRACKS) {
    throw new ChartlifeError(
      'CheckFailed',
      `snapshot ${snapshotId} has ${examples.length} tracks with sound and a ${trajectories} trajectory from its debut; ${LEAST_TRACKS} are the least to train on`,
      {
        next: 'Let a refresh hear more of them: `chartlife audio source`, then `chartlife audio fetch`.',
        details: { snapshotId, numTracks: examples.length, featureVersion },
      },
    );
  }
  const { parts, knownBefore } = splitTracks(examples, split, seed);
  const numLeftOut = { embargo: 0, group: 0, later: 0, region: 0 };
  const tracks: DatasetTrack[] = [];
  for (const [place, track] of examples.entries()) {
    const part = parts[place] as Split['parts'][number];
    if (!isPart(part)) {
      numLeftOut[part]++;
      continue;
    }
    const weighed = part === 'training' ? withWeight(track, regions) : track.trajectories;
    const trajectories = knownTrajectories(weighed, knownBefore[part]);
    if (weighed.length === 0) numLeftOut.region++;
    else if (trajectories.length === 0) numLeftOut.embargo++;
    else tracks.push({ ...track, part, trajectories });
  }
  requireParts(tracks, parts, knownBefore);
  const coverage = await lake.trainingCoverage({ featureVersion, trajectories });
  return { settings, snapshotId, tracks, numLeftOut, coverage, knownBefore };
}

function isPart(part: Split['parts'][number]): part is SplitPart {
  return (SPLIT_PARTS as readonly string[]).includes(part);
}

/** Those that training can draw. */
function withWeight({ trajectories }: TrackExample, { weights, otherWeight }: RegionWeights): readonly Trajectory[] {
  return trajectories.filter(({ region }) => (weights[region] ?? otherWeight) > 0);
}

/** The split gave each part a track; hidden weeks and regions without a weight may have taken them all. */
function requireParts(
  tracks: readonly DatasetTrack[],
  parts: Split['parts'],
  knownBefore: Dataset['knownBefore'],
): void {
  for (const part of SPLIT_PARTS) {
    if (tracks.some((track) => track.part === part)) continue;
    const numTracks = parts.filter((own) => own === part).length;
    const until = knownBefore[part];
    const hidden =
      until === null ? 'know no whole week' : `know no whole week before ${until}, where the part's charts end`;
    const why = part === 'training' ? `they charted only in regions of weight 0, or ${hidden}` : `they ${hidden}`;
    throw new ChartlifeError('CheckFailed', `of the ${part} part's ${numTracks} tracks none is left: ${why}`, {
      next:
        part === 'training'
          ? 'Give the regions where they charted a weight (regions.otherWeight), or the other parts smaller shares (split.validationShare, split.testShare).'
          : `Give the part a greater share (split.${part}Share), or hear more tracks: \`chartlife audio fetch\`.`,
      details: { part, numTracks, knownBefore: until },
    });
  }
}

/** Weeks that reach into what is hidden are not seen; a region whose debut does so is left out. */
function knownTrajectories(trajectories: readonly Trajectory[], before: CalendarDate | null): Trajectory[] {
  if (before === null) return [...trajectories];
  return trajectories.flatMap((trajectory) => {
    const numKnown = Math.max(0, Math.floor(daysBetween(trajectory.debut, before) / 7));
    if (numKnown === 0) return [];
    const keep = <T extends Uint8Array | Float32Array>(values: T): T =>
      values.map((value, week) => (week < numKnown ? value : 0)) as T;
    return [{ ...trajectory, states: keep(trajectory.states), log10Streams: keep(trajectory.log10Streams) }];
  });
}

/** Weeks of the year, ISO 8601, from 0 to 52, of each week from a debut. */
export function weeksOfYear(debut: CalendarDate, numWeeks: number): Uint8Array {
  return Uint8Array.from({ length: numWeeks }, (_, week) => isoWeekOfYear(addDays(debut, 7 * week)) - 1);
}

/** 1 to 53: the week that holds the day's Thursday, of that Thursday's year. */
function isoWeekOfYear(date: CalendarDate): number {
  const day = new Date(`${date}T00:00:00Z`);
  const thursday = new Date(day.getTime() + (3 - ((day.getUTCDay() + 6) % 7)) * 86_400_000);
  const firstDay = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return Math.floor((thursday.getTime() - firstDay) / (7 * 86_400_000)) + 1;
}

/** What there is, for people and for checks: counts alone. */
export interface DatasetSummary {
  readonly snapshotId: number;
  readonly numTracks: Readonly<Record<SplitPart, number>>;
  readonly numTrajectories: Readonly<Record<SplitPart, number>>;
  /** Of all parts. */
  readonly regions: Readonly<Record<string, number>>;
  readonly numWeeksOnChart: Readonly<Record<SplitPart, number>>;
  readonly numWeeksOffChart: Readonly<Record<SplitPart, number>>;
  readonly numSynthetic: number;
  /** Tracks of which no chart names an artist: whoever else is in another part, they are in theirs. */
  readonly numWithoutArtist: number;
  readonly numLeftOut: Readonly<Record<LeftOut, number>>;
  readonly coverage: Readonly<Record<string, RegionCoverage>>;
  readonly debuts: Readonly<Record<SplitPart, readonly [CalendarDate, CalendarDate]>>;
  readonly knownBefore: Readonly<Record<SplitPart, CalendarDate | null>>;
}

export function summarizeDataset({ tracks, snapshotId, numLeftOut, coverage, knownBefore }: Dataset): DatasetSummary {
  const ofParts = <T>(value: (own: readonly DatasetTrack[]) => T): Record<SplitPart, T> => {
    const entries = SPLIT_PARTS.map((part) => [part, value(tracks.filter((track) => track.part === part))] as const);
    return Object.fromEntries(entries) as Record<SplitPart, T>;
  };
  const numWeeks = (own: readonly DatasetTrack[], wanted: number): number =>
    own
      .flatMap(({ trajectories }) => trajectories)
      .reduce((sum, { states }) => sum + states.reduce((count, state) => count + Number(state === wanted), 0), 0);
  const regions: Record<string, number> = {};
  for (const { region } of tracks.flatMap(({ trajectories }) => trajectories))
    regions[region] = (regions[region] ?? 0) + 1;
  return {
    snapshotId,
    numTracks: ofParts((own) => own.length),
    numTrajectories: ofParts((own) => own.reduce((sum, { trajectories }) => sum + trajectories.length, 0)),
    regions,
    numWeeksOnChart: ofParts((own) => numWeeks(own, WEEK_STATE.on)),
    numWeeksOffChart: ofParts((own) => numWeeks(own, WEEK_STATE.off)),
    numSynthetic: tracks.filter(({ isSynthetic }) => isSynthetic).length,
    numWithoutArtist: tracks.filter(({ artists }) => artists.length === 0).length,
    numLeftOut,
    coverage,
    debuts: ofParts((own) => {
      const debuts = own.flatMap(({ trajectories }) => trajectories.map(({ debut }) => debut)).sort();
      return [debuts[0] as CalendarDate, debuts.at(-1) as CalendarDate] as const;
    }),
    knownBefore,
  };
}
