/** How alike two normalised names are. */

const NUMERAL = /^(?:\d+|i{2,3}|iv|vi{0,3}|ix)$/;
const OTHER_NUMERALS = 0.5;

/**
 * 1 for the same names, 0 for names without two letters in a row in common; the same in either order. Names that differ
 * in a number (`Part 1`, `Part 2`) are other names, however alike the rest is.
 */
export function similarity(a: string, b: string): number {
  if (a === b) return 1;
  const dice = pairDice(a, b);
  return numeralsOf(a) === numeralsOf(b) ? dice : dice * OTHER_NUMERALS;
}

/** Twice the pairs of neighbouring letters in common, by all there are. Spaces count for nothing, name ends do. */
function pairDice(a: string, b: string): number {
  const pairsOfA = pairsOf(a);
  const pairsOfB = pairsOf(b);
  const numLeft = new Map<string, number>();
  for (const pair of pairsOfA) numLeft.set(pair, (numLeft.get(pair) ?? 0) + 1);
  let numCommon = 0;
  for (const pair of pairsOfB) {
    const left = numLeft.get(pair) ?? 0;
    if (left === 0) continue;
    numLeft.set(pair, left - 1);
    numCommon += 1;
  }
  return (2 * numCommon) / (pairsOfA.length + pairsOfB.length);
}

function pairsOf(name: string): string[] {
  const letters = [' ', ...name.replaceAll(' ', ''), ' '];
  return letters.slice(1).map((letter, index) => `${letters[index]}${letter}`);
}

function numeralsOf(name: string): string {
  return name
    .split(' ')
    .filter((word) => NUMERAL.test(word))
    .sort()
    .join(' ');
}
