/**
 * How well a track that a search found fits the one that was searched for. Searches answer with remixes, live takes,
 * karaoke and covers of the same title: each is another recording, and no match.
 */
import { normaliseName } from './normaliseName.ts';
import { isImitation, type ReadTitle, readTitle, VERSION_KINDS, type VersionKind } from './readTitle.ts';
import { similarity } from './similarity.ts';

/** A track by its names. */
export interface NamedTrack {
  readonly title: string;
  readonly artistNames: readonly string[];
}

/** What fits less is no match: room for a slip of the pen or for one thing that a source leaves out. */
export const MATCH_THRESHOLD = 0.8;

/** What is left of the score where one title says it is such a version and the other does not. */
const OTHER_RECORDING: Readonly<Record<VersionKind, number>> = {
  edit: 0.95,
  remix: 0.3,
  live: 0.4,
  acoustic: 0.4,
  imitation: 0.1,
  altered: 0.3,
  other: 0.5,
};
/** Where a name fits one of several in a credit such as `A & B`, which can be a name too. */
const ONE_OF_CREDIT = 0.97;
/** No credit is longer; what is, is cut. */
const MAX_CHARACTERS = 400;
const CREDIT_SEPARATORS = /\s*(?:[,;/&+×、，]|\s(?:and|x|vs\.?|feat\.?|ft\.?|featuring|with|y|et|und)\s)\s*/giu;

/** From 0 to 1, and the same in either order; 1 for the same names. */
export function matchScore(a: NamedTrack, b: NamedTrack): number {
  const titles = [readTitle(a.title), readTitle(b.title)] as const;
  const isOneAnImitation = saysImitation(a) !== saysImitation(b);
  const recording = recordingScore(...titles) * (isOneAnImitation ? OTHER_RECORDING.imitation : 1);
  return titleScore(...titles) * artistScore(a.artistNames, b.artistNames) * recording;
}

function titleScore(a: ReadTitle, b: ReadTitle): number {
  const scores = a.names.flatMap((one) =>
    b.names.map((other) => similarity(one.name, other.name) * one.weight * other.weight),
  );
  return Math.max(0, ...scores);
}

function recordingScore(a: ReadTitle, b: ReadTitle): number {
  return VERSION_KINDS.reduce((score, kind) => {
    const one = a.versions.get(kind);
    const other = b.versions.get(kind);
    if (one === other) return score;
    if (one === undefined || other === undefined) return score * OTHER_RECORDING[kind];
    // Two remixes of a title are the same one only by their remixer.
    return score * Math.max(OTHER_RECORDING[kind], similarity(one, other));
  }, 1);
}

function saysImitation({ title, artistNames }: NamedTrack): boolean {
  return [title, ...artistNames].some(isImitation);
}

/** The lead artist of either side among all of the other: sources differ in how many guests they name. */
function artistScore(a: readonly string[], b: readonly string[]): number {
  return Math.max(leadScore(a, b), leadScore(b, a));
}

function leadScore([lead, ...guests]: readonly string[], others: readonly string[]): number {
  if (lead === undefined) return 0;
  const leads = namesIn(lead);
  const names = others.flatMap(namesIn);
  const scores = leads.flatMap((one) =>
    names.map((other) => similarity(one.name, other.name) * one.weight * other.weight),
  );
  const whole = similarity(normaliseName([lead, ...guests].join(' ')), normaliseName(others.join(' ')));
  return Math.max(0, whole, ...scores);
}

/** The name as it stands, and the names that it may join. */
function namesIn(credit: string): { readonly name: string; readonly weight: number }[] {
  const text = credit.slice(0, MAX_CHARACTERS);
  const parts = text.split(CREDIT_SEPARATORS).filter((part) => part.trim() !== '');
  const joined = parts.length < 2 ? [] : parts.map((part) => ({ name: artistName(part), weight: ONE_OF_CREDIT }));
  return [{ name: artistName(text), weight: 1 }, ...joined];
}

function artistName(text: string): string {
  return normaliseName(text).replace(/^the (?=.)/, '');
}
