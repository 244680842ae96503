import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isChartlifeError } from '../../contracts/errors.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { DEFAULT_SETTINGS, type Settings, whyNotFetching } from '../../contracts/settings.ts';
import { type Home, homeAt } from '../../runtime/home.ts';
import { parseContact, readSettings, validateSettings, writeSettings } from '../../runtime/settings.ts';

let folder: string;
let home: Home;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-settings-'));
  home = homeAt(folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const US_DAILY = { kind: 'daily', region: parseRegion('us') } as const;

test('a home without settings has the defaults, and fetches nothing', async () => {
  expect(await readSettings(homeAt(path.join(folder, 'new')))).toEqual(DEFAULT_SETTINGS);
  expect(whyNotFetching(DEFAULT_SETTINGS)).toContain('No regions');
});

test('live kworb is off until regions and a contact are named', () => {
  const withRegions: Settings = { ...DEFAULT_SETTINGS, charts: [US_DAILY] };
  expect(whyNotFetching(withRegions)).toContain('No contact');
  const source = { ...DEFAULT_SETTINGS.source, contact: 'me@example.org' };
  expect(whyNotFetching({ ...withRegions, source })).toBeNull();
  expect(
    whyNotFetching({ ...withRegions, source: { kind: 'replica', baseUrl: 'http://127.0.0.1:1234', contact: null } }),
  ).toBeNull();
});

test('what is written is read again', async () => {
  const settings: Settings = {
    source: { kind: 'kworb', baseUrl: 'https://kworb.net', contact: 'https://example.org/me' },
    charts: [US_DAILY, { kind: 'weekly', region: parseRegion('global') }],
    enrich: false,
    maxTracksPerNight: 10,
    refreshTracksAfterDays: 7,
    sound: {
      sources: ['spotify', 'folder'],
      folder: '/music',
      keepsAudio: true,
      maxTracksPerNight: 20,
      askAgainAfterDays: 90,
      checkFoundAfterDays: 365,
      window: 'povey',
      channels: 'left',
    },
    timeZone: 'Europe/Berlin',
    dailyAt: '05:30',
    weeklyAt: 'friday 06:00',
    keepSnapshotDays: 30,
  };
  await writeSettings(home, settings);
  expect(await readSettings(home)).toEqual(settings);
});

test('what is absent takes its default; a chart named twice is one', () => {
  expect(validateSettings({ charts: [US_DAILY, US_DAILY] }, 'a test')).toEqual({
    ...DEFAULT_SETTINGS,
    charts: [US_DAILY],
  });
});

describe('what does not fit is refused, with the key, the value and what to do', () => {
  test.each<[string, unknown, string]>([
    ['an unknown key', { chart: [] }, '"chart"'],
    ['no object', 'us', '"us"'],
    ['a source of another kind', { source: { kind: 'spotify' } }, '"spotify"'],
    [
      'a base URL with a path',
      { source: { kind: 'kworb', baseUrl: 'https://kworb.net/spotify/' } },
      'https://kworb.net/spotify/',
    ],
    ['a base URL that is none', { source: { kind: 'kworb', baseUrl: 'kworb.net' } }, 'kworb.net'],
    ['a replica elsewhere', { source: { kind: 'replica', baseUrl: 'http://example.org' } }, 'http://example.org'],
    ['a contact that reaches nobody', { source: { kind: 'kworb', contact: 'me' } }, '"me"'],
    ['a region that is none', { charts: [{ kind: 'daily', region: 'Atlantis' }] }, 'Atlantis'],
    ['a chart kind that is none', { charts: [{ kind: 'hourly', region: 'us' }] }, 'hourly'],
    ['a time zone that is none', { timeZone: 'Mars/Olympus' }, 'Mars/Olympus'],
    ['a time that is none', { dailyAt: '25:00' }, '25:00'],
    ['a weekly time without a day', { weeklyAt: '04:00' }, '04:00'],
    ['a negative number of days', { keepSnapshotDays: -1 }, '-1'],
    ['half a track', { maxTracksPerNight: 0.5 }, '0.5'],
    ['a yes', { enrich: 'yes' }, '"yes"'],
  ])('%s', (_what, value, quoted) => {
    let thrown: unknown;
    try {
      validateSettings(value, 'settings.json');
    } catch (error) {
      thrown = error;
    }
    if (!isChartlifeError(thrown, 'InvalidInput')) throw new Error(`not refused as it should be: ${String(thrown)}`);
    expect(thrown.message).toContain(quoted);
    expect(thrown.next).not.toBe('');
  });

  test('a file that is not JSON is named', async () => {
    await writeFile(home.settingsPath, '{ charts: ');
    await expect(readSettings(home)).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining(home.settingsPath),
    });
  });

  test('settings that do not fit are never written', async () => {
    await writeSettings(home, DEFAULT_SETTINGS);
    await expect(writeSettings(home, { ...DEFAULT_SETTINGS, dailyAt: 'noon' })).rejects.toMatchObject({
      type: 'InvalidInput',
    });
    expect(JSON.parse(await readFile(home.settingsPath, 'utf8'))).toEqual(DEFAULT_SETTINGS);
  });
});

test('contacts', () => {
  expect(parseContact(' me@example.org ')).toBe('me@example.org');
  expect(parseContact('https://example.org/~me')).toBe('https://example.org/~me');
  for (const value of [
    '',
    'me',
    'me@',
    'me@example',
    'ftp://example.org',
    'me@example.org (evil)',
    'a b@example.org',
  ]) {
    expect(() => parseContact(value), value).toThrow('is not a contact');
  }
});
