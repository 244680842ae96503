/** A strict reader of the XML that we write: it forgives nothing, as browsers do in SVG. */

const TOKEN = /<(\/?)([a-zA-Z][\w-]*)((?: [a-zA-Z][\w:-]*="[^"<]*")*)(\/?)>|([^<]+)/gy;
const BARE_AMPERSAND = /&(?!(?:amp|lt|gt|quot);)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML has no place for
const NO_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}]/u;

export interface XmlText {
  /** The texts between tags. */
  readonly texts: readonly string[];
  /** The values of all attributes. */
  readonly values: readonly string[];
}

/** @throws Error at the first character that does not fit */
export function readStrictXml(xml: string): XmlText {
  const open: string[] = [];
  const texts: string[] = [];
  const values: string[] = [];
  let at = 0;
  let numRoots = 0;
  for (const match of xml.matchAll(TOKEN)) {
    if (match.index !== at) break;
    at += match[0].length;
    const [whole, isEnd, name = '', attributes = '', isEmpty, text] = match;
    if (BARE_AMPERSAND.test(whole) || NO_CHARACTER.test(whole)) throw unfit(xml, match.index);
    if (text !== undefined) {
      if (open.length === 0 && text.trim() !== '') throw unfit(xml, match.index);
      texts.push(text);
      continue;
    }
    const names = [...attributes.matchAll(/ ([\w:-]+)="([^"]*)"/g)];
    if (new Set(names.map(([, key]) => key)).size < names.length) throw unfit(xml, match.index);
    values.push(...names.map(([, , value]) => value ?? ''));
    if (isEnd !== '') {
      if (open.pop() !== name || attributes !== '') throw unfit(xml, match.index);
      continue;
    }
    if (open.length === 0) numRoots++;
    if (isEmpty === '') open.push(name);
  }
  if (at !== xml.length || open.length > 0 || numRoots !== 1) throw unfit(xml, at);
  return { texts, values };
}

function unfit(xml: string, at: number): Error {
  return new Error(`not XML at character ${at}: ${xml.slice(at, at + 80)}`);
}
