/**
 * The tokens of the session that a page was made for: found by what the page calls them, to be cut out of what is read of
 * it. The largest page costs one pass over it.
 */

export interface SessionTokens {
  /** The text without any part of it that is a token. */
  cutFrom(text: string): string;
}

/** A shorter text is no token; to cut it out everywhere would harm what is read. */
const MIN_TOKEN_LENGTH = 16;
/** Pages have one or two. */
const MAX_TOKENS = 100;
const TOKEN_NAME = /token/i;
/**
 * A token as a text has it, whether that is a program or JSON within JSON: `accessToken: "…"`, `\"token\":\"…\"`. Each
 * part has an end, so that no place of a text costs more than another.
 */
const WRITTEN = /token[\w$]{0,64}(?:\\{0,4}["'])?\s{0,8}[:=]\s{0,8}\\{0,4}["'`]([^"'`\s<>]{16,4096})/gi;

/**
 * @param page the page's data: every string is a token that stands under such a name, however deep below it.
 * @param scripts the texts of all scripts, that of the data as well
 * @returns null where there are so many that it is no page of a track
 */
export function tokensIn(page: unknown, scripts: readonly string[]): SessionTokens | null {
  const tokens = new Set<string>();
  for (const token of namedIn(page)) {
    tokens.add(token);
    if (tokens.size > MAX_TOKENS) return null;
  }
  for (const script of scripts) {
    for (const [, written = ''] of script.matchAll(WRITTEN)) {
      tokens.add(written.replace(/\\+$/, ''));
      tokens.add(unescaped(written));
      if (tokens.size > MAX_TOKENS) return null;
    }
  }
  // The longest first: one may be the beginning of another.
  const inOrder = [...tokens].filter(isLong).sort((a, b) => b.length - a.length);
  return { cutFrom: (text) => inOrder.reduce((rest, token) => rest.replaceAll(token, ''), text) };
}

/** Without recursion: a page may be nested deeper than a stack is. */
function* namedIn(page: unknown): Generator<string> {
  const left: { readonly value: unknown; readonly isNamed: boolean }[] = [{ value: page, isNamed: false }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, isNamed } = next;
    if (typeof value === 'string') {
      if (isNamed && isLong(value)) yield value;
    } else if (Array.isArray(value)) {
      for (const item of value) left.push({ value: item, isNamed });
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) {
        left.push({ value: item, isNamed: isNamed || TOKEN_NAME.test(name) });
      }
    }
  }
}

function isLong(text: string): boolean {
  return text.length >= MIN_TOKEN_LENGTH;
}

/** `\/` and `\u002f`, as JSON and programs may write what they need not. */
function unescaped(text: string): string {
  return text
    .replace(/\\+u([0-9a-f]{4})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    .replaceAll('\\', '');
}
