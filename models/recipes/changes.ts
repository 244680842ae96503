/** Changes to a recipe from the command line: `mp2.numSteps=400`. */
import { ChartlifeError } from '../../contracts/errors.ts';
import type { Recipe } from './recipe.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
/** Whose names are regions. */
const NEW_NAMES_IN = 'regions.weights.';

type JsonRecord = { readonly [name: string]: Json };

/**
 * The recipe with the changes, one after the other. A value is JSON, or a text without quotes.
 *
 * @throws ChartlifeError InvalidInput for a change without `=`, a path that the recipe does not have, or a value of
 * another type than the one that stands there
 */
export function withChanges(recipe: Recipe, changes: readonly string[]): Recipe {
  return changes.reduce<Recipe>((changed, change) => {
    const equals = change.indexOf('=');
    if (equals < 1)
      throw refused(change, `"${change}" has no value`, 'Write it as path=value, such as mp2.numSteps=400.');
    const path = change.slice(0, equals).split('.');
    const value = parsed(change.slice(equals + 1));
    return changedAt(changed as unknown as JsonRecord, path, value, change) as unknown as Recipe;
  }, recipe);
}

/** Every path that can be changed, such as `mp2.numSteps`. */
export function recipePaths(recipe: Recipe): string[] {
  const pathsOf = (value: Json, path: string): string[] =>
    isRecord(value) && Object.keys(value).length > 0
      ? Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, path === '' ? name : `${path}.${name}`))
      : [path];
  return pathsOf(recipe as unknown as Json, '');
}

function changedAt(
  record: JsonRecord,
  [name = '', ...rest]: readonly string[],
  value: Json,
  change: string,
): JsonRecord {
  const before = Object.hasOwn(record, name) ? record[name] : undefined;
  // A region that has no weight yet can be given one; everything else must be there.
  if (before === undefined && !(change.startsWith(NEW_NAMES_IN) && typeof value === 'number')) {
    const place = change.slice(0, change.indexOf('='));
    throw refused(
      change,
      `the recipe has no ${place}`,
      `In the place of ${name} there are ${Object.keys(record).join(', ')}.`,
    );
  }
  if (rest.length > 0) {
    if (!isRecord(before as Json)) throw refused(change, `${name} has no parts`, 'Give its value whole.');
    return { ...record, [name]: changedAt(before as JsonRecord, rest, value, change) };
  }
  if (before !== undefined && !fits(before, value)) {
    throw refused(
      change,
      `${name} is ${JSON.stringify(before)}; ${JSON.stringify(value)} is of another type`,
      `Give ${kindOf(before)}.`,
    );
  }
  return { ...record, [name]: value };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** A number can take the place of null, which turns something off, and the other way round. */
function fits(before: Json, value: Json): boolean {
  if (before === null || value === null) return typeof (before ?? value) === 'number' || before === value;
  return kindOf(before) === kindOf(value);
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'a record';
  return value === null ? 'null or a number' : `a ${typeof value}`;
}

function isRecord(value: Json): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(change: string, message: string, next: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `--set ${change}: ${message}`, { next, details: { change } });
}
