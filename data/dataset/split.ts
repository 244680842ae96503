/** Which track is in which part, as a pure function of tracks, settings and seed. */
import {
  type DebutDateSplit,
  type RandomTrackSplit,
  SPLIT_KINDS,
  type SplitPart,
  type SplitSettings,
  type TrackExample,
} from '../../contracts/dataset.ts';
import { addDays, type CalendarDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import { Draws } from '../../runtime/philox.ts';

/**
 * `embargo`: too near the next part. `group`: another version, or another song of its people, is in a later part. `later`:
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

type SplitTrack = Pick<TrackExample, 'title' | 'artists' | 'featured'> & {
  readonly trajectories: readonly Pick<TrackExample['trajectories'][number], 'debut'>[];
};

/** Of a run's draws: see models/training/purposes.ts; 64 and above are of the data. */
const PURPOSE = { split: 64 } as const;
const NOTHING_HIDDEN = { training: null, validation: null, test: null } as const;

/**
 * @param seed of random splits alone
 * @throws ChartlifeError CheckFailed where a part would be empty, InvalidInput for a kind of split that there is not
 */
export function splitTracks(tracks: readonly SplitTrack[], settings: SplitSettings, seed: number): Split {
  if (!SPLIT_KINDS.includes(settings.kind)) throw unknownKind(settings.kind);
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

function unknownKind(kind: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `there is no split of the kind "${kind}"`, {
    next: `Train a recipe whose split.kind is ${SPLIT_KINDS.join(' or ')}.`,
    details: { kind },
  });
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

/**
 * Which part gives way to which, and over whom. Validation comes first, so that a track that has left it holds none out of
 * training. Featured artists count between training and test alone: between all parts they would leave a small validation part
 * next to nothing.
 */
const GIVES_WAY: readonly { readonly part: SplitPart; readonly to: SplitPart; readonly over: 'leads' | 'everybody' }[] =
  [
    { part: 'validation', to: 'test', over: 'leads' },
    { part: 'training', to: 'test', over: 'everybody' },
    { part: 'training', to: 'validation', over: 'leads' },
  ];

/** Tracks that belong with one of a later part leave the earlier one. */
function withGroupsTogether(
  tracks: readonly SplitTrack[],
  parts: Split['parts'],
  keepsArtistsTogether: boolean,
): Split['parts'] {
  const songs = songsOf(tracks);
  const kept = [...parts];
  for (const { part, to, over } of GIVES_WAY) {
    const marksOf = (place: number): string[] => {
      const { artists, featured } = tracks[place] as SplitTrack;
      const people = over === 'leads' ? artists : [...artists, ...featured];
      return [`song ${songs[place]}`, ...(keepsArtistsTogether ? people.map((person) => `person ${person}`) : [])];
    };
    const later = new Set(kept.flatMap((own, place) => (own === to ? marksOf(place) : [])));
    for (const place of tracks.keys()) {
      if (kept[place] === part && marksOf(place).some((mark) => later.has(mark))) kept[place] = 'group';
    }
  }
  return kept;
}

/**
 * The same number for versions of one song: tracks of one name with anybody in common, and those that have somebody in
 * common with these. A track without a title or without people is a song of its own.
 */
function songsOf(tracks: readonly SplitTrack[]): number[] {
  const parents = tracks.map((_, place) => place);
  const rootOf = (place: number): number => {
    let root = place;
    while (parents[root] !== root) root = parents[root] as number;
    parents[place] = root;
    return root;
  };
  const firstOf = new Map<string, number>();
  for (const [place, { title, artists, featured }] of tracks.entries()) {
    if (title === null) continue;
    const name = songName(title);
    for (const person of [...artists, ...featured]) {
      const key = `${person} ${name}`;
      const first = firstOf.get(key);
      if (first === undefined) firstOf.set(key, place);
      else parents[rootOf(place)] = rootOf(first);
    }
  }
  return tracks.map((_, place) => rootOf(place));
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
