/** What each HTML tag means to the reader of pages. */

export type TagRole =
  | 'table'
  | 'head'
  | 'body-part'
  | 'row'
  | 'cell'
  | 'header-cell'
  | 'link'
  | 'span'
  | 'block'
  | 'break'
  | 'formatting'
  | 'raw'
  | 'title'
  | 'document'
  | 'source'
  | 'other';

const TAG_ROLES: ReadonlyMap<string, TagRole> = new Map<string, TagRole>([
  ['table', 'table'],
  ['thead', 'head'],
  ['tbody', 'body-part'],
  ['tfoot', 'body-part'],
  ['tr', 'row'],
  ['td', 'cell'],
  ['th', 'header-cell'],
  ['a', 'link'],
  ['span', 'span'],
  ['br', 'break'],
  ['script', 'raw'],
  ['style', 'raw'],
  ['title', 'title'],
  ['html', 'document'],
  ['body', 'document'],
  ['iframe', 'source'],
  ...['div', 'p', 'ul', 'ol', 'li', 'h1', 'h2', 'h3', 'h4', 'hr'].map((name) => [name, 'block'] as const),
  ...['b', 'i', 'u', 'em', 'strong', 'small', 'font', 'sub', 'sup', 'bdi', 'bdo', 'wbr', 'img'].map(
    (name) => [name, 'formatting'] as const,
  ),
]);

const LOWER_A = 97;
const LOWER_D = 100;
const LOWER_R = 114;
const LOWER_T = 116;

/** The role of the tag whose name stands between two places of the source. */
export function tagRoleAt(html: string, start: number, end: number): TagRole {
  // Nine tags of ten, without making a string of each.
  const first = html.charCodeAt(start);
  if (end - start === 2 && first === LOWER_T) {
    const second = html.charCodeAt(start + 1);
    if (second === LOWER_D) return 'cell';
    if (second === LOWER_R) return 'row';
  } else if (end - start === 1 && first === LOWER_A) {
    return 'link';
  }
  const name = html.slice(start, end);
  return TAG_ROLES.get(name) ?? TAG_ROLES.get(name.toLowerCase()) ?? 'other';
}

/** Whether the reader needs an attribute of such a tag. */
export function isAttributeWanted(tag: TagRole, attribute: string): boolean {
  switch (tag) {
    case 'table':
      return attribute === 'id';
    case 'span':
      return attribute === 'class';
    case 'link':
    case 'other':
      return attribute === 'href';
    case 'source':
      return attribute === 'src';
    default:
      return false;
  }
}
