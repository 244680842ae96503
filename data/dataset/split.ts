/** Which track is in which part, as a pure function of tracks, settings and seed. */
import type {
  DebutDateSplit,
  RandomTrackSplit,
  SplitPart,
  SplitSettings,
  TrackExample,
} from '../../contracts/dataset.ts';
import { addDays, type CalendarDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import { Draws } from '../../runtime/philox.ts';

/**
 * `embargo`: too near the next part. `group`: another version, or another song of the artist, is in a later part. `later`:
 * of a fold that ends earlier. `region`: of the training part, and charted only in regions of weight 0.
 */
export type LeftOut = SplitLeftOut | 'region';
type SplitLeftOut = 'embargo' | 'group' | 'later';

export interface Split {
  /** One per track. */
  readonly parts: readonly (SplitPart | SplitLeftOut)[];
  /**
   * The first day that is not to be known in a part, as the next part begins on it, or the fold ends. null where nothing
   * is hidden.
   */
  readonly knownBefore: Readonly<Record<SplitPart, CalendarDate | null>>;
}

type SplitTrack = Pick<TrackExample, 'trackId' | 'title' | 'artistId'> & {
  readonly trajectories: readonly Pick<TrackExample['trajectories'][number], 'debut'>[];
};

/** Of a run's draws: see models/training/purposes.ts; 64 and above are of the data. */
const PURPOSE = { split: 64 } as const;
const NOTHING_HIDDEN = { training: null, validation: null, test: null } as const;

/**
 * @param seed of random splits alone
 * @throws ChartlifeError CheckFailed where a part would be empty
 */
export function splitTracks(tracks: readonly SplitTrack[], settings: SplitSettings, seed: number): Split {
  const split = settings.kind === 'debut-date' ? byDebut(tracks, settings) : atRandom(tracks, settings, seed);
  for (const part of ['training', 'validation', 'test'] as const) {
    if (split.parts.includes(part)) continue;
    throw new ChartlifeError('CheckFailed', `of ${tracks.length} tracks none is left for the ${part} part`, {
      next: 'Hear more tracks, give the parts other shares, or turn off split.keepsArtistsTogether.',
      details: { numTracks: tracks.length, part },
    });
  }
  return split;
}

function byDebut(tracks: readonly SplitTrack[], settings: DebutDateSplit): Split {
  const debuts = tracks.map(debutOf);
  const sorted = [...debuts].sort();
  const boundary = (share: number): CalendarDate =>
    sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * (1 - share)))] as CalendarDate;
  if (sorted.length === 0) return { parts: [], knownBefore: NOTHING_HIDDEN };
  const { fold, testShare, validationShare } = settings;
  const endsBefore = fold === 0 ? null : boundary(fold * testShare);
  const testFrom = boundary((fold + 1) * testShare);
  const validationFrom = boundary((fold + 1) * testShare + validationShare);
  const partOf = (debut: CalendarDate): SplitPart | SplitLeftOut => {
    if (endsBefore !== null && debut >= endsBefore) return 'later';
    if (debut >= testFrom) return 'test';
    if (debut >= addDays(testFrom, -settings.embargoDays)) return 'embargo';
    if (debut >= validationFrom) return 'validation';
    return debut >= addDays(validationFrom, -settings.embargoDays) ? 'embargo' : 'training';
  };
  const parts = debuts.map(partOf);
  return {
    parts: withGroupsTogether(tracks, parts, settings.keepsArtistsTogether),
    knownBefore: { training: validationFrom, validation: testFrom, test: endsBefore },
  };
}

/** A group that falls into several parts stays in the latest alone. */
function withGroupsTogether(
  tracks: readonly SplitTrack[],
  parts: readonly (SplitPart | SplitLeftOut)[],
  keepsArtistsTogether: boolean,
): (SplitPart | SplitLeftOut)[] {
  const order: readonly (SplitPart | SplitLeftOut)[] = ['training', 'validation', 'test'];
  const groups = groupsOf(tracks, keepsArtistsTogether);
  const latest = new Map<string, number>();
  for (const [place, group] of groups.entries()) {
    latest.set(group, Math.max(latest.get(group) ?? -1, order.indexOf(parts[place] as SplitPart)));
  }
  return parts.map((part, place) => {
    const rank = order.indexOf(part);
    return rank !== -1 && rank < (latest.get(groups[place] as string) as number) ? 'group' : part;
  });
}

/** The same text for tracks that belong together. */
function groupsOf(tracks: readonly SplitTrack[], keepsArtistsTogether: boolean): string[] {
  return tracks.map(({ trackId, title, artistId }) => {
    if (artistId === null) return `track ${trackId}`;
    if (keepsArtistsTogether || title === null) return `artist ${artistId}`;
    return `song ${songName(title)} of ${artistId}`;
  });
}

/**
 * What versions of one song have in common: its title without what stands in brackets or after a dash (remix, live, with
 * somebody), and without accents, signs and case.
 */
export function songName(title: string): string {
  const plain = (text: string): string =>
    text
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
  const short = plain(title.replaceAll(/\(.*?\)|\[.*?\]/g, ' ').replace(/\s[-–—]\s.*$/u, ' '));
  return short === '' ? plain(title) : short;
}

function atRandom(tracks: readonly SplitTrack[], settings: RandomTrackSplit, seed: number): Split {
  const order = tracks.map((_, place) => place);
  const draws = new Draws(seed, 0, PURPOSE.split);
  for (let last = order.length - 1; last > 0; last--) {
    const other = draws.integer(0, last);
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  const numTest = Math.round(tracks.length * settings.testShare);
  const numValidation = Math.round(tracks.length * settings.validationShare);
  const parts: SplitPart[] = tracks.map(() => 'training');
  const numBefore = settings.fold * numTest;
  for (const place of order.slice(numBefore, numBefore + numTest)) parts[place] = 'test';
  for (const place of order.slice(numBefore + numTest, numBefore + numTest + numValidation))
    parts[place] = 'validation';
  return { parts, knownBefore: NOTHING_HIDDEN };
}

/** Its first, in whatever region. */
function debutOf({ trajectories }: SplitTrack): CalendarDate {
  return trajectories.map(({ debut }) => debut).sort()[0] as CalendarDate;
}
