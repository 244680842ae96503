/** SVG as text. Attributes and contents may hold anything: what XML can't hold as it is, is escaped or left out. */

export type Attributes = Readonly<Record<string, string | number>>;

/** Pictures are at 72 dpi: nobody can tell a hundredth of a pixel. */
const MAX_DECIMALS = 2;
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** @param children elements, or what {@link escapeText} gives */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${attributeValue(value)}"`);
  const open = `<${name}${written.join('')}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`;
}

export function textElement(content: string, attributes: Attributes): string {
  return element('text', attributes, escapeText(content));
}

/** A whole document on a white ground. */
export function svgDocument(
  size: { readonly width: number; readonly height: number },
  ...children: readonly string[]
): string {
  const { width, height } = size;
  const ground = element('rect', { width, height, fill: '#ffffff' });
  const attributes = { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}` };
  return element('svg', attributes, ground, ...children);
}

export function escapeText(text: string): string {
  // XML has no place for most control characters; a lone surrogate is no character at all.
  const writable = text.replaceAll(/[\p{Control}\p{Surrogate}\uFFFE\uFFFF]/gu, ' ');
  return writable.replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}

/** The text, cut to so many characters as readers count them; what was cut shows as `…`. */
export function shorten(text: string, maxCharacters: number): string {
  const characters = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)];
  if (characters.length <= maxCharacters) return text;
  const kept = characters.slice(0, maxCharacters - 1).map(({ segment }) => segment);
  return `${kept.join('').trimEnd()}…`;
}

function attributeValue(value: string | number): string {
  return typeof value === 'string' ? escapeText(value) : String(Number(value.toFixed(MAX_DECIMALS)));
}
