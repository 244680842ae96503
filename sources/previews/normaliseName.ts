/** Names as they are compared: in one case, without accents and punctuation. */

/** Letters of the Latin script with a stroke or joined, which no decomposition takes apart. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};
/** Accents. Marks of other scripts (Thai vowels, the strokes of が) are parts of their letters and stay. */
const ACCENTS = /(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{M}+/gu;

/**
 * `Beyoncé & JAY‐Z!` as `beyonce and jay z`. What has neither letters nor digits, such as `÷`, stays as it is. Doing it
 * twice changes nothing.
 */
export function normaliseName(text: string): string {
  const folded = foldLetters(text);
  const words = folded
    // As in Ty Dolla $ign and P!nk.
    .replace(/\$(?=\p{L})|(?<=\p{L})\$/gu, 's')
    .replace(/(?<=\p{L})!(?=\p{L})/gu, 'i')
    .replace(/[’'‘`´ʼ.]/g, '')
    .replace(/[&＋]/g, ' and ')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
  return /[\p{L}\p{N}]/u.test(words) ? words : folded.replace(/\s+/g, '');
}

function foldLetters(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKD')
    .toLowerCase()
    .replace(ACCENTS, '')
    .replace(/[ßæœøłđðþı]/g, (letter) => PLAIN_LETTERS[letter] ?? letter)
    .normalize('NFC');
}
