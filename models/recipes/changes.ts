/** Changes to a recipe from the command line: `mp2.numSteps=400`. */
import { ChartlifeError } from '../../contracts/errors.ts';
import { RECIPES } from './presets.ts';
import type { Recipe } from './recipe.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type JsonRecord = { readonly [name: string]: Json };

/** Whose names are regions: one that has no weight yet can be given one. */
const REGION_WEIGHTS = 'regions.weights';
/** null turns these off; no other number may be null. */
const NULLABLE: ReadonlySet<string> = new Set(['mp2.averageDecay', 'mp3.averageDecay']);
/** Of all changes together, in UTF-8: they travel whole in Temporal's payloads, which stay under 8 kB. */
const MAX_CHANGES_BYTES = 2_000;

/**
 * The recipe with the changes, one after the other. A value is JSON, or a text without quotes. What a recipe is called,
 * and of which kind its parts are, is chosen by its name alone.
 *
 * @throws ChartlifeError InvalidInput for a change without `=`, a path that the recipe does not have, a value of another
 * type than the one that stands there, another name or kind, or changes of more than 2,000 bytes
 */
export function withChanges(recipe: Recipe, changes: readonly string[]): Recipe {
  requireFew(changes);
  return changes.reduce<Recipe>((changed, change) => {
    const equals = change.indexOf('=');
    if (equals < 1)
      throw refused(change, `"${change}" has no value`, 'Write it as path=value, such as mp2.numSteps=400.');
    const [path, value] = [change.slice(0, equals), parsed(change.slice(equals + 1))];
    return changedAt(changed as unknown as JsonRecord, path.split('.'), value, { change, path }) as unknown as Recipe;
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

function requireFew(changes: readonly string[]): void {
  const numBytes = changes.reduce((sum, change) => sum + Buffer.byteLength(change), 0);
  if (numBytes <= MAX_CHANGES_BYTES) return;
  throw new ChartlifeError(
    'InvalidInput',
    `the changes of --set are ${numBytes} bytes long, more than ${MAX_CHANGES_BYTES} together`,
    { next: 'Leave out those that change nothing, and give numbers fewer digits.', details: { numBytes } },
  );
}

/** What a person wrote, for errors, and the path at which a value is to stand. */
interface Place {
  readonly change: string;
  readonly path: string;
}

function changedAt(record: JsonRecord, [name = '', ...rest]: readonly string[], value: Json, place: Place): JsonRecord {
  const { change, path } = place;
  const before = Object.hasOwn(record, name) ? record[name] : undefined;
  if (before === undefined) {
    // Everything but a region's weight must be there.
    if (path === `${REGION_WEIGHTS}.${name}` && typeof value === 'number') return { ...record, [name]: value };
    if (path === `${REGION_WEIGHTS}.${name}`)
      throw refused(change, `${path} is no number`, `Give the region's weight, such as ${path}=2.`);
    throw refused(
      change,
      `the recipe has no ${path}`,
      `In the place of ${name} there are ${Object.keys(record).join(', ')}.`,
    );
  }
  if (rest.length === 0) return { ...record, [name]: replaced(before, value, place) };
  if (!isRecord(before)) throw refused(change, `${name} has no parts`, 'Give its value whole.');
  return { ...record, [name]: changedAt(before, rest, value, place) };
}

/** The new value, where it may take the place of the one that is there. */
function replaced(before: Json, value: Json, { change, path }: Place): Json {
  if (path === REGION_WEIGHTS && isRecord(value)) return value;
  if (isRecord(before) && isRecord(value)) {
    requireSameNames(before, value, { change, path });
    const parts = Object.entries(before).map(([name, inner]) => {
      const part = { change, path: `${path}.${name}` };
      return [name, replaced(inner, value[name] as Json, part)] as const;
    });
    return Object.fromEntries(parts);
  }
  if (!fits(before, value, path)) {
    throw refused(
      change,
      `${path} is ${JSON.stringify(before)}; ${JSON.stringify(value)} is of another type`,
      `Give ${NULLABLE.has(path) ? 'a number or null' : kindOf(before)}.`,
    );
  }
  if ((path === 'name' || path.endsWith('.kind')) && value !== before) {
    throw refused(
      change,
      `${path} is ${JSON.stringify(before)}, and can't become ${JSON.stringify(value)}`,
      `Choose the recipe that has it, of ${Object.keys(RECIPES).join(', ')}.`,
    );
  }
  return value;
}

function requireSameNames(before: JsonRecord, value: JsonRecord, { change, path }: Place): void {
  const [wanted, given] = [Object.keys(before), Object.keys(value)];
  const missing = wanted.filter((name) => !given.includes(name));
  const unknown = given.filter((name) => !wanted.includes(name));
  if (missing.length + unknown.length === 0) return;
  const wrong = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`has ${unknown.join(', ')}, which ${path} has not`] : []),
  ];
  throw refused(
    change,
    `the value of ${path} ${wrong.join(' and ')}`,
    `Give ${path} with ${wanted.join(', ')}, or change one of them: ${path}.${wanted[0]}=…`,
  );
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function fits(before: Json, value: Json, path: string): boolean {
  if (NULLABLE.has(path)) return value === null || typeof value === 'number';
  return kindOf(before) === kindOf(value);
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'a record';
  return value === null ? 'null' : `a ${typeof value}`;
}

function isRecord(value: Json): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(change: string, message: string, next: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `--set ${change}: ${message}`, { next, details: { change } });
}
