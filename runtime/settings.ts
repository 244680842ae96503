/** Reads, checks and writes `settings.json` of a home. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Chart, parseChartKind } from '../contracts/charts.ts';
import { ChartlifeError, type ErrorDetails } from '../contracts/errors.ts';
import { CHANNEL_POLICIES, FBANK_WINDOWS } from '../contracts/features.ts';
import { PREVIEW_SOURCES, type PreviewSourceName } from '../contracts/previews.ts';
import { parseRegion } from '../contracts/regions.ts';
import {
  DEFAULT_SETTINGS,
  KWORB_BASE_URL,
  type Settings,
  SOURCE_KINDS,
  type SoundSettings,
  type SourceSettings,
} from '../contracts/settings.ts';
import { systemErrorCode, writeFileAtomic } from './files.ts';
import type { Home } from './home.ts';
import { isTimeZone, parseTimeOfDay, parseWeeklyTime } from './zonedTime.ts';

/**
 * The settings of a home; the defaults if it has none yet.
 *
 * @throws ChartlifeError InvalidInput where the file is not JSON or a value does not fit, with the key and the value.
 */
export async function readSettings(home: Home): Promise<Settings> {
  let text: string;
  try {
    text = await readFile(home.settingsPath, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return DEFAULT_SETTINGS;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ChartlifeError('InvalidInput', `${home.settingsPath} is not JSON: ${String(error)}`, {
      next: 'Mend the file, or remove it to go back to the defaults.',
      details: { path: home.settingsPath },
      cause: error,
    });
  }
  return validateSettings(value, home.settingsPath);
}

/** Writes them whole or not at all, after the same checks as a read. */
export async function writeSettings(home: Home, settings: Settings): Promise<void> {
  const checked = validateSettings(settings, 'the new settings');
  await writeFileAtomic(home.settingsPath, `${JSON.stringify(checked, null, 2)}\n`);
}

/**
 * Settings from a value of unknown form. A key that is absent takes its default; one that nobody knows is an error,
 * since it is most likely misspelt.
 *
 * @param where what the value is, for messages
 * @throws ChartlifeError InvalidInput
 */
export function validateSettings(value: unknown, where: string): Settings {
  const settings = objectAt(value, where, Object.keys(DEFAULT_SETTINGS));
  const has = (key: keyof Settings): boolean => settings[key] !== undefined;
  const at = (key: string): string => `"${key}" in ${where}`;
  const defaults = DEFAULT_SETTINGS;
  return {
    source: has('source') ? sourceOf(settings.source, at('source')) : defaults.source,
    charts: has('charts') ? chartsOf(settings.charts, at('charts')) : defaults.charts,
    enrich: has('enrich') ? booleanOf(settings.enrich, at('enrich')) : defaults.enrich,
    maxTracksPerNight: has('maxTracksPerNight')
      ? integerOf(settings.maxTracksPerNight, at('maxTracksPerNight'), 0, 100_000)
      : defaults.maxTracksPerNight,
    refreshTracksAfterDays: has('refreshTracksAfterDays')
      ? integerOf(settings.refreshTracksAfterDays, at('refreshTracksAfterDays'), 1, 3_650)
      : defaults.refreshTracksAfterDays,
    sound: has('sound') ? soundOf(settings.sound, at('sound')) : defaults.sound,
    timeZone: has('timeZone') ? timeZoneOf(settings.timeZone, at('timeZone')) : defaults.timeZone,
    dailyAt: has('dailyAt') ? checkedText(settings.dailyAt, at('dailyAt'), parseTimeOfDay) : defaults.dailyAt,
    weeklyAt: has('weeklyAt') ? checkedText(settings.weeklyAt, at('weeklyAt'), parseWeeklyTime) : defaults.weeklyAt,
    keepSnapshotDays: has('keepSnapshotDays')
      ? integerOf(settings.keepSnapshotDays, at('keepSnapshotDays'), 0, 36_500)
      : defaults.keepSnapshotDays,
  };
}

/** A contact that the owner of a site can use: an e-mail address or a web address. */
export function parseContact(value: string): string {
  const text = value.trim();
  const isMail = /^[^\s@,;()<>]+@[^\s@,;()<>]+\.[^\s@,;()<>]+$/.test(text);
  const isWeb = /^https?:\/\/[^\s/()<>]+\.[^\s()<>]+$/.test(text);
  if (!isMail && !isWeb) {
    throw invalid(`"${value}" is not a contact`, 'Give an e-mail address or a web address where you can be reached.', {
      value,
    });
  }
  return text;
}

function sourceOf(value: unknown, where: string): SourceSettings {
  const source = objectAt(value, where, Object.keys(DEFAULT_SETTINGS.source));
  const kind = SOURCE_KINDS.find((k) => k === source.kind);
  if (kind === undefined) {
    throw invalid(`"kind" of ${where} is ${JSON.stringify(source.kind)}`, `Give one of: ${SOURCE_KINDS.join(', ')}.`);
  }
  const contact = source.contact ?? null;
  if (contact !== null && typeof contact !== 'string') {
    throw invalid(
      `"contact" of ${where} is ${JSON.stringify(contact)}`,
      'Give an e-mail address, a web address, or null.',
    );
  }
  return {
    kind,
    baseUrl: baseUrlOf(source.baseUrl ?? (kind === 'kworb' ? KWORB_BASE_URL : undefined), kind, where),
    contact: contact === null ? null : parseContact(contact),
  };
}

/** An origin. The replica is on this machine; anything else is no replica, and the label would lie. */
function baseUrlOf(value: unknown, kind: SourceSettings['kind'], where: string): string {
  const url = typeof value === 'string' ? parseUrl(value) : null;
  const isOrigin = url !== null && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (url === null || !isOrigin || !['http:', 'https:'].includes(url.protocol)) {
    throw invalid(
      `"baseUrl" of ${where} is ${JSON.stringify(value)}`,
      'Give scheme, host and port alone, such as https://kworb.net.',
    );
  }
  if (kind === 'replica' && !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) {
    throw invalid(
      `the replica can't be at ${url.origin}`,
      'The replica runs on this machine: give http://127.0.0.1:PORT.',
    );
  }
  return url.origin;
}

function parseUrl(value: string): URL | null {
  try {
    return new URL(value);
  } catch {
    return null;
  }
}

function chartsOf(value: unknown, where: string): Chart[] {
  if (!Array.isArray(value)) throw invalid(`${where} is no list`, 'Give a list of {"kind", "region"}.');
  const byName = new Map<string, Chart>();
  for (const [index, item] of value.entries()) {
    const chart = objectAt(item, `item ${index} of ${where}`, ['kind', 'region']);
    const kind = parseChartKind(String(chart.kind));
    const region = parseRegion(String(chart.region));
    byName.set(`${region}/${kind}`, { kind, region });
  }
  return [...byName.values()];
}

/** A key that is absent takes its default, as in the settings themselves. */
function soundOf(value: unknown, where: string): SoundSettings {
  const defaults = DEFAULT_SETTINGS.sound;
  const sound = { ...defaults, ...objectAt(value, where, Object.keys(defaults)) };
  const at = (key: string): string => `"${key}" of ${where}`;
  const sources = previewSourcesOf(sound.sources, at('sources'));
  const folder = folderOf(sound.folder, at('folder'));
  if (sources.includes('folder') && folder === null) {
    throw invalid(`${at('sources')} names "folder", and ${at('folder')} is null`, 'Say which folder it is.');
  }
  return {
    sources,
    folder,
    keepsAudio: booleanOf(sound.keepsAudio, at('keepsAudio')),
    maxTracksPerNight: integerOf(sound.maxTracksPerNight, at('maxTracksPerNight'), 0, 100_000),
    askAgainAfterDays: integerOf(sound.askAgainAfterDays, at('askAgainAfterDays'), 1, 3_650),
    checkFoundAfterDays: integerOf(sound.checkFoundAfterDays, at('checkFoundAfterDays'), 1, 3_650),
    window: oneOf(FBANK_WINDOWS, sound.window, at('window')),
    channels: oneOf(CHANNEL_POLICIES, sound.channels, at('channels')),
  };
}

function previewSourcesOf(value: unknown, where: string): PreviewSourceName[] {
  if (!Array.isArray(value)) throw invalid(`${where} is no list`, `Give a list of: ${PREVIEW_SOURCES.join(', ')}.`);
  return [...new Set(value.map((name: unknown) => oneOf(PREVIEW_SOURCES, name, where)))];
}

/** Absolute, since a worker starts elsewhere than the user does. */
function folderOf(value: unknown, where: string): string | null {
  if (value === null || (typeof value === 'string' && path.isAbsolute(value))) return value;
  throw invalid(`${where} is ${JSON.stringify(value)}`, 'Give an absolute path, or null.');
}

function oneOf<T extends string>(choices: readonly T[], value: unknown, where: string): T {
  const choice = choices.find((known) => known === value);
  if (choice !== undefined) return choice;
  throw invalid(`${where} is ${JSON.stringify(value)}`, `Give one of: ${choices.join(', ')}.`);
}

function objectAt(value: unknown, where: string, knownKeys: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${where} is ${JSON.stringify(value)}`, 'Give an object.');
  }
  const unknownKey = Object.keys(value).find((key) => !knownKeys.includes(key));
  if (unknownKey !== undefined) {
    throw invalid(`nobody knows "${unknownKey}" in ${where}`, `The keys are: ${knownKeys.join(', ')}.`, {
      key: unknownKey,
    });
  }
  return { ...value };
}

function booleanOf(value: unknown, where: string): boolean {
  if (typeof value !== 'boolean') throw invalid(`${where} is ${JSON.stringify(value)}`, 'Give true or false.');
  return value;
}

function integerOf(value: unknown, where: string, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw invalid(`${where} is ${JSON.stringify(value)}`, `Give a whole number from ${least} to ${most}.`);
  }
  return value;
}

function timeZoneOf(value: unknown, where: string): string {
  if (typeof value !== 'string' || !isTimeZone(value)) {
    throw invalid(`${where} is ${JSON.stringify(value)}`, 'Give an IANA time zone, such as Europe/Berlin or UTC.');
  }
  return value;
}

function checkedText(value: unknown, where: string, parse: (text: string) => unknown): string {
  if (typeof value !== 'string') throw invalid(`${where} is ${JSON.stringify(value)}`, 'Give a text.');
  parse(value);
  return value;
}

function invalid(message: string, next: string, details: ErrorDetails = {}): ChartlifeError {
  return new ChartlifeError('InvalidInput', message, { next, details });
}
