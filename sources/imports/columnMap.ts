/** `--map track_id=spotify_uri,rank=position`: which column of a file is what. */
import { ChartlifeError } from '../../contracts/errors.ts';
import { COLUMN_ROLES, type ColumnRole } from '../../contracts/imports.ts';

export type ColumnMap = Readonly<Partial<Record<ColumnRole, string>>>;

const EXAMPLE = 'track_id=spotify_uri,rank=position,streams=plays,date=day';

/**
 * Pairs of role and column with commas between; a pair whose column's name holds a comma stands in double quotes.
 *
 * @throws ChartlifeError InvalidInput: no pair, an unknown role, or a role twice.
 */
export function parseColumnMap(text: string): ColumnMap {
  const map: Partial<Record<ColumnRole, string>> = {};
  for (const pair of splitPairs(text)) {
    const equals = pair.indexOf('=');
    const column = pair.slice(equals + 1).trim();
    if (equals < 0 || column === '') {
      throw invalidMap(`"${pair}" is not ROLE=COLUMN`, text);
    }
    const name = pair.slice(0, equals).trim().toLowerCase();
    const role = COLUMN_ROLES.find((known) => known === name);
    if (role === undefined) throw invalidMap(`"${name}" is no role of a column`, text);
    if (map[role] !== undefined) throw invalidMap(`${role} stands twice, for "${map[role]}" and for "${column}"`, text);
    map[role] = column;
  }
  return map;
}

function splitPairs(text: string): string[] {
  const pairs = [...text.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,"]+))\s*(?:,|$)/g)];
  const numCharacters = pairs.reduce((sum, [whole]) => sum + whole.length, 0);
  if (pairs.length === 0 || numCharacters !== text.length) throw invalidMap(`"${text}" is not a list of pairs`, text);
  return pairs.map(([, quoted, plain]) => (quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"')).trim());
}

function invalidMap(what: string, text: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `${what} (in --map ${text})`, {
    next: `Write for example --map ${EXAMPLE}. Roles: ${COLUMN_ROLES.join(', ')}.`,
    details: { map: text, roles: COLUMN_ROLES },
  });
}
