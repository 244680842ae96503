/**
 * The parts of a track's title: its name, and which recording it says to be. Sources write the same title in many ways:
 * `Sweet but Psycho`, `Old Town Road - Remix`, `Old Town Road (feat. Billy Ray Cyrus) [Remix]`.
 */
import { normaliseName } from './normaliseName.ts';

/** Each is another recording than the plain title's, but for an `edit`, which is the same one cut. */
export const VERSION_KINDS = ['edit', 'remix', 'live', 'acoustic', 'imitation', 'altered', 'other'] as const;
export type VersionKind = (typeof VERSION_KINDS)[number];

export interface ReadTitle {
  readonly names: readonly TitleName[];
  /** What the title says of each kind, normalised. */
  readonly versions: ReadonlyMap<VersionKind, string>;
}

/** A way to call the track; a weight under 1 where something of the title is left out. */
export interface TitleName {
  readonly name: string;
  readonly weight: number;
}

/** No title is longer; what is, is cut. */
const MAX_CHARACTERS = 400;
const BRACKETS = /[([{【]([^()[\]{}【】]*)[)\]}】]/g;
const DASH = /\s[-‐-―]\s/;
/** Credits without brackets go to the end of the title. */
const OPEN_CREDITS = /\s(?:feat|ft|featuring)\.?\s.*$/iu;

const CREDITS = /^(?:feat|ft|featuring|with|w|prod|produced by)\b/;
/** The same recording, in words of its seller. */
const SAME_RECORDING =
  /\b(?:remaster(?:ed)?|bonus|explicit|clean|mono|stereo|soundtrack|original|(?:album|main|deluxe) (?:version|mix))\b|^from\b/;
/** Says `version` or `mix`, and means the plain one. */
const PLAIN_VERSION = /\b(?:original|album|main|deluxe|explicit|clean) (?:mix|version)\b/;
/** In this order: a `Karaoke Remix` is karaoke. */
const KIND_WORDS: readonly (readonly [VersionKind, RegExp])[] = [
  [
    'imitation',
    /\b(?:karaoke|tribute|cover(?:ed)?|made famous|in the style of|originally performed|instrumental|lullaby|music box|8 ?bit)\b/,
  ],
  [
    'altered',
    /\b(?:sped up|speed up|slowed|nightcore|reverb|8d|chopped|a ?cappella|demo|reprise|re ?recorded|commentary|interview)\b/,
  ],
  ['edit', /\b(?:(?:radio|video|short|single|tv) (?:edit|mix|version)|extended(?: (?:mix|version))?)\b|^edit$/],
  [
    'remix',
    /\b(?:remix(?:ed)?|rmx|mix|edit|rework|bootleg|mash ?up|flip|dub|vip|hardstyle|lo ?fi|phonk|jersey club)\b/,
  ],
  ['live', /^live\b|\blive$|\blive (?:version|session|at|from|in|on)\b|\b(?:unplugged|sessions?)\b/],
  ['acoustic', /\b(?:acoustic|piano|stripped|orchestral|unplugged)\b/],
  ['other', /\b(?:version|versi[oó]n|ver|duet)\b/],
];
/**
 * Words at the end of a title without brackets that say the same. Only such as hardly end a name by chance, and a name
 * that does end so, such as `Long Live`, is read alike wherever it stands.
 */
const OPEN_VERSION =
  /(?<=.) (?:(?:\S+ )?version|(?:radio|video|short|single|tv|club|extended|original) (?:mix|edit)|remix(?:ed)?|rmx|(?:re ?work|bootleg|mash ?up)|hardstyle|lo ?fi|(?:recorded )?live|unplugged|acoustic|instrumental|karaoke|nightcore|sped up|slowed(?: and)?(?: reverb)?|a ?cappella|commentary|duet)$/;
/** Weights of a title's parts as names of their own. What stands before the name is a part of it: `(I Can't Get No)`. */
const WITHOUT_BEGINNING = 0.85;
/** Less than any threshold: what is added behind a name and not understood most often is another recording. */
const WITHOUT_ADDITION = 0.75;
const IN_OTHER_SCRIPT = 0.95;

export function readTitle(title: string): ReadTitle {
  const versions = new Map<VersionKind, string>();
  const additions: string[] = [];
  const note = (kind: VersionKind, words: string): void => {
    versions.set(kind, versions.has(kind) ? `${versions.get(kind)} ${words}` : words);
  };
  const leavesOut = (part: string): boolean => {
    if (isBySeller(part)) return true;
    const words = normaliseName(part);
    const kind = kindOf(words);
    if (kind === null) additions.push(words);
    else note(kind, words);
    return kind !== null;
  };
  const text = title.normalize('NFKC').slice(0, MAX_CHARACTERS);
  const { kept, first } = withoutParts(text, leavesOut);
  const whole = normaliseName(kept) || normaliseName(text);
  const bare = normaliseName(first.replace(BRACKETS, ' ').replace(OPEN_CREDITS, ''));
  const open = OPEN_VERSION.exec(bare)?.[0] ?? '';
  if (open !== '' && !PLAIN_VERSION.test(open)) note(kindOf(open) ?? 'other', open.trim());
  const plain = bare.slice(0, bare.length - open.length);
  return {
    names: namesOf(
      whole.replace(bare, () => plain),
      plain,
      additions,
      /^\s*[([{【]/.test(text),
    ),
    versions,
  };
}

/** The title as it is written, without what only its seller says: stores word that differently, or not at all. */
export function titleToSearch(title: string): string {
  const text = title.slice(0, MAX_CHARACTERS).trim();
  const kept = withoutParts(text, isBySeller).kept.replace(/\s+/g, ' ').trim();
  return normaliseName(kept) === '' ? text : kept;
}

/** Goes through what stands in brackets and behind dashes. */
function withoutParts(text: string, leavesOut: (part: string) => boolean): { kept: string; first: string } {
  const unbracketed = text.replace(BRACKETS, (whole, part: string) => (leavesOut(part) ? ' ' : whole));
  const [first = '', ...rest] = unbracketed.split(DASH);
  const kept = [first, ...rest.filter((part) => !leavesOut(part))].join(' ').replace(OPEN_CREDITS, '');
  return { kept, first };
}

/** Credits of guests, and words for an edition of the same recording. */
function isBySeller(part: string): boolean {
  const words = normaliseName(part);
  return words === '' || CREDITS.test(words) || (kindOf(words) === null && SAME_RECORDING.test(words));
}

/** Imitations say so in any place, not only in brackets. */
export function isImitation(text: string): boolean {
  return kindOf(normaliseName(text)) === 'imitation';
}

function kindOf(words: string): VersionKind | null {
  if (PLAIN_VERSION.test(words)) return null;
  return KIND_WORDS.find(([, pattern]) => pattern.test(words))?.[0] ?? null;
}

function namesOf(whole: string, plain: string, additions: readonly string[], hasBeginning: boolean): TitleName[] {
  const names: TitleName[] = [{ name: whole, weight: 1 }];
  if (plain === '' || plain === whole) return names;
  // `봄날 (Spring Day)` is one title in two scripts; what is added in the same script may be a part of it or not.
  const translation = additions.find((addition) => areInTwoScripts(addition, plain));
  if (translation === undefined) {
    const isBehind = !hasBeginning || additions.length > 1;
    return [...names, { name: plain, weight: isBehind ? WITHOUT_ADDITION : WITHOUT_BEGINNING }];
  }
  return [...names, ...[plain, translation].map((name) => ({ name, weight: IN_OTHER_SCRIPT }))];
}

function areInTwoScripts(a: string, b: string): boolean {
  const scripts = [a, b].map((name) =>
    /\p{Script=Latin}/u.test(name) ? 'latin' : /\p{L}/u.test(name) ? 'other' : null,
  );
  return scripts.includes('latin') && scripts.includes('other');
}
