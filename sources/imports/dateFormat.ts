/** Dates of files in other forms than ISO 8601: stated by the person, never guessed. */
import { tryParseDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';

/** What strptime knows of days; times of day are no part of a chart date. */
const DIRECTIVES = /%[-]?[A-Za-z%]/g;
const YEARS = ['%Y', '%y'];
const MONTHS = ['%m', '%b', '%B'];
const LETTER_FORMS = [
  ['YYYY', '%Y'],
  ['MM', '%m'],
  ['DD', '%d'],
] as const;

/**
 * A date format as strptime writes it (`%d/%m/%Y`, `%d %B %Y`), or of the letters YYYY, MM and DD (`DD.MM.YYYY`).
 *
 * @throws ChartlifeError InvalidInput: it leaves the day, the month or the year open, or knows more than a day.
 */
export function parseDateFormat(text: string): string {
  const format = text.includes('%') ? text : LETTER_FORMS.reduce((form, [from, to]) => form.replace(from, to), text);
  const directives = (format.match(DIRECTIVES) ?? []).map((directive) => directive.replace('-', ''));
  const has = (wanted: readonly string[]): boolean => directives.some((directive) => wanted.includes(directive));
  const isDay = has(YEARS) && ((has(MONTHS) && has(['%d'])) || has(['%j']));
  const known = [...YEARS, ...MONTHS, '%d', '%j', '%a', '%A', '%%'];
  if (!isDay || directives.some((directive) => !known.includes(directive))) {
    throw new ChartlifeError('InvalidInput', `"${text}" is not the format of a day`, {
      next: 'Give year, month and day, such as %d/%m/%Y or DD/MM/YYYY; months in words are %b (Jan) and %B (January).',
      details: { dateFormat: text },
    });
  }
  return format;
}

/** True for ISO dates, also with a midnight after them, as programs write days that they hold as instants. */
export function isIsoDay(text: string): boolean {
  return tryParseDate(text.trim().replace(MIDNIGHT, '')) !== null;
}

const MIDNIGHT = /[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00(?::?00)?)?$/;
const THREE_NUMBERS = /^(\d{1,4})([./ -])(\d{1,2})\2(\d{1,4})$/;

/**
 * The formats a date that is not ISO can have, likelier ones first; empty where none is known. More than one: only the
 * person can say.
 */
export function possibleFormats(text: string): string[] {
  const trimmed = text.trim();
  if (/^\d{8}$/.test(trimmed)) return ['%Y%m%d'];
  const match = THREE_NUMBERS.exec(trimmed);
  if (match === null) return [];
  const [, first, separator, second, third] = match;
  const orders: readonly (readonly string[])[] =
    first!.length === 4
      ? [['%Y', '%m', '%d']]
      : [
          ['%d', '%m', third!.length === 4 ? '%Y' : '%y'],
          ['%m', '%d', third!.length === 4 ? '%Y' : '%y'],
        ];
  const values = [first!, second!, third!];
  const fits = (order: readonly string[]): boolean =>
    order.every((directive, index) => {
      const value = Number(values[index]);
      return directive === '%d' ? value >= 1 && value <= 31 : directive === '%m' ? value >= 1 && value <= 12 : true;
    });
  return orders.filter(fits).map((order) => order.join(separator));
}
