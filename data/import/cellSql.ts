/**
 * Cells of text as values, in SQL. Ids and dates follow contracts/ids.ts and contracts/dates.ts to the letter; a
 * property test holds both sides together.
 */

/** What String.prototype.trim takes away. */
const WHITE_SPACE =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';
/** How programs write that there is nothing. Not for titles and names: there is a song called "None". */
const NOTHING = 'NA|N/A|#N/A|NULL|null|None|none|NaN|nan|-|--';

/** A `.` of JavaScript, as RE2 has it. */
const ANY_BUT_LINE_ENDS = '[^\\n\\r\\x{2028}\\x{2029}]';
const REFERENCE = '(?:spotify:|(?:https?://)?open\\.spotify\\.com/(?:intl-[a-z-]+/)?(?:embed/)?)KIND[:/]';
const MIDNIGHT = '[T ]00:00(?::00(?:\\.0+)?)?(?:Z|[+-]00(?::?00)?)?$';

/** Text without the white space around it; null where nothing is left. Slow: about a microsecond. */
function sqlTrimmed(text: string): string {
  return `nullif(trim(${text}, '${WHITE_SPACE}'), '')`;
}

/** The value of a cell as it stands or, where that is none, without the white space around it. */
function sqlWithoutSpace(text: string, read: (text: string) => string): string {
  return `coalesce(${read(text)}, ${read(sqlTrimmed(text))})`;
}

/** True where a cell holds nothing, or `NA`, `null` and the like. */
export function sqlIsMissing(text: string): string {
  // Not IN with a list: DuckDB would make it a join, and look at every row.
  return `coalesce(regexp_full_match(${sqlTrimmed(text)}, '${NOTHING}'), true)`;
}

/** A title or name without the spaces around it; null where nothing is left. */
export function sqlName(text: string): string {
  return `nullif(trim(${text}), '')`;
}

/** A Spotify id as tryParseTrackId and tryParseArtistId read it; null if it is none. */
export function sqlSpotifyId(text: string, kind: 'track' | 'artist'): string {
  const address = `https://open.spotify.com/${kind}/`;
  const uri = `spotify:${kind}:`;
  // The three usual forms are told by their length, so that the costly pattern with its group runs on odd ones alone.
  const usual = `CASE
    WHEN length(${text}) = 22 THEN ${text}
    WHEN length(${text}) = ${address.length + 22} AND starts_with(${text}, '${address}') THEN right(${text}, 22)
    WHEN length(${text}) = ${uri.length + 22} AND starts_with(${text}, '${uri}') THEN right(${text}, 22)
  END`;
  return `CASE WHEN regexp_full_match(${usual}, '[A-Za-z0-9]{22}') THEN ${usual}
    ELSE ${sqlWithoutSpace(text, (cell) => sqlIdByPattern(cell, kind))} END`;
}

function sqlIdByPattern(text: string, kind: 'track' | 'artist'): string {
  const reference = `^${REFERENCE.replace('KIND', kind)}([A-Za-z0-9]{22})(?:[?#/]${ANY_BUT_LINE_ENDS}*)?$`;
  return `CASE WHEN regexp_full_match(${text}, '[A-Za-z0-9]{22}') THEN ${text}
    ELSE nullif(regexp_extract(${text}, '${reference}', 1), '') END`;
}

/** A day written as YYYY-MM-DD or YYYY/MM/DD and nothing else; null if it is none. */
export function sqlPlainDate(text: string): string {
  return `CASE WHEN length(${text}) = 10 AND regexp_full_match(${text}, '[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}')
    THEN TRY_CAST(replace(${text}, '/', '-') AS DATE) END`;
}

/** A day as tryParseDate reads it, also with a midnight after it; or one in the stated strptime format. */
export function sqlDay(text: string, dateFormat: string | null): string {
  if (dateFormat !== null) {
    const format = dateFormat.replaceAll("'", "''");
    return sqlWithoutSpace(text, (cell) => `TRY_CAST(try_strptime(${cell}, '${format}') AS DATE)`);
  }
  const withoutMidnight = (cell: string): string => `regexp_replace(${cell}, '${MIDNIGHT}', '')`;
  // DuckDB and pandas write midnight as in the second line: told without a pattern, since a whole file has it.
  return `coalesce(
    ${sqlPlainDate(text)},
    CASE WHEN length(${text}) = 19 AND ends_with(${text}, ' 00:00:00') THEN ${sqlPlainDate(`left(${text}, 10)`)} END,
    ${sqlPlainDate(withoutMidnight(text))},
    ${sqlPlainDate(sqlTrimmed(withoutMidnight(sqlTrimmed(text))))})`;
}

/**
 * A whole number: digits, with commas by thousands, with `.0` as programs that hold everything as floats write it, or
 * as R writes round ones (`1e+05`). null if it is none or has more than 15 digits. `1.000` is none: in half of Europe it
 * is a thousand, elsewhere it is one.
 */
export function sqlWholeNumber(text: string): string {
  return sqlWithoutSpace(
    text,
    (cell) => `CASE
      WHEN regexp_full_match(${cell}, '[0-9]{1,15}') THEN CAST(${cell} AS BIGINT)
      WHEN regexp_full_match(${cell}, '[0-9]{1,3}\\.(0{1,2}|0{4,})|[0-9]{4,15}\\.0+') THEN CAST(split_part(${cell}, '.', 1) AS BIGINT)
      WHEN regexp_full_match(${cell}, '[0-9]{1,3}(,[0-9]{3}){1,4}') THEN CAST(replace(${cell}, ',', '') AS BIGINT)
      WHEN regexp_full_match(${cell}, '[0-9](\\.[0-9]{1,14})?[eE][+]?[0-9]{1,2}')
        AND CAST(${cell} AS DOUBLE) < 1e15 AND CAST(${cell} AS DOUBLE) = floor(CAST(${cell} AS DOUBLE))
        THEN CAST(CAST(${cell} AS DOUBLE) AS BIGINT)
    END`,
  );
}
