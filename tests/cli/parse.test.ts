import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chartlife } from './captureEffects.ts';
import { DAILY_PAGE, HEADLESS_PAGE } from './dailyPage.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(path.join(os.tmpdir(), 'chartlife-parse-'));
  await writeFile(path.join(cwd, 'page.html'), DAILY_PAGE);
  await writeFile(path.join(cwd, 'headless.html'), HEADLESS_PAGE);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('chartlife parse --json', () => {
  it('gives one object, its keys in the documented order', async () => {
    const { exitCode, stdout, stderr } = await chartlife(['parse', 'page.html', '--json'], { cwd });
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(stdout.trimEnd()).not.toContain('\n');
    expect(stdout.trimEnd()).toBe(
      JSON.stringify({
        kind: 'daily',
        region: 'us',
        chartDate: '2026-06-27',
        rows: [
          {
            rank: 1,
            movement: 0,
            trackId: '0kosUz0jePvjiz4ctmR6wL',
            title: 'Dai Dai',
            artists: [{ id: '0EmeFodog0BfCgMzAIvKQp', name: 'Shakira' }],
            featured: [{ id: '3wcj11K77LjEY1PkEazffa', name: 'Burna Boy' }],
            periodsOnChart: 57,
            peakRank: 1,
            timesAtPeak: 11,
            streams: 4326239,
            streamsChange: 3955,
            sevenDay: 30537349,
            sevenDayChange: 57317,
            total: 184799786,
          },
          {
            rank: 2,
            movement: 'new',
            trackId: '65DbTqJKhbwqYbZ1Okr0rc',
            title: 'gimme luv <3',
            artists: [{ id: '6BRxQ8cD3eqnrVj6WKDok8', name: 'Ella' }],
            featured: [],
            periodsOnChart: 1,
            peakRank: 2,
            timesAtPeak: null,
            streams: 2442,
            streamsChange: null,
            sevenDay: 2442,
            sevenDayChange: 2442,
            total: 2442,
          },
          {
            rank: 3,
            movement: 're-entry',
            trackId: '4IouQaO9GkaHC7AtMErdSa',
            title: '打上花火',
            artists: [{ id: null, name: 'Unknown Artist' }],
            featured: [],
            periodsOnChart: 354,
            peakRank: 1,
            timesAtPeak: 154,
            streams: 2432,
            streamsChange: null,
            sevenDay: 9000,
            sevenDayChange: 0,
            total: 900000,
          },
          {
            rank: 4,
            movement: -2,
            trackId: '65DbTqJKhbwqYbZ1Okr0rd',
            title: 'Him & I',
            artists: [{ id: '6BRxQ8cD3eqnrVj6WKDok8', name: 'Ella' }],
            featured: [],
            periodsOnChart: 2053,
            peakRank: 1,
            timesAtPeak: 777,
            streams: 2000,
            streamsChange: -10,
            sevenDay: 8000,
            sevenDayChange: -1,
            total: 800000,
          },
        ],
      }),
    );
  });

  it('reads stdin', async () => {
    const fromFile = await chartlife(['parse', 'page.html', '--json'], { cwd });
    const fromStdin = await chartlife(['parse', '-', '--json'], { cwd, stdin: DAILY_PAGE });
    expect(fromStdin).toEqual(fromFile);
  });

  it('takes from the options what the page has lost', async () => {
    const args = ['parse', 'headless.html', '--json', '--region', 'US', '--date', '2026-06-27'];
    const { exitCode, stdout } = await chartlife(args, { cwd });
    expect(exitCode).toBe(0);
    expect(stdout).toBe((await chartlife(['parse', 'page.html', '--json'], { cwd })).stdout);
  });

  it('indents for a person at a terminal', async () => {
    const { stdout } = await chartlife(['parse', 'page.html', '--json'], { cwd, isTerminal: true });
    expect(stdout).toMatch(/^\{\n {2}"kind": "daily",\n/);
  });
});

describe('chartlife parse, for people', () => {
  it('shows a heading and a table', async () => {
    const { stdout, stderr } = await chartlife(['parse', 'page.html'], { cwd });
    expect(stdout.split('\n')).toEqual([
      'United States, daily, 2026-06-27: 4 rows, 1 new, 1 re-entry',
      'rank  move  title         artists                  days  peak    streams  change',
      '   1     =  Dai Dai       Shakira (w/ Burna Boy)     57     1  4,326,239  +3,955',
      '   2   NEW  gimme luv <3  Ella                        1     2      2,442',
      '   3    RE  打上花火      Unknown Artist            354     1      2,432',
      '   4    -2  Him & I       Ella                    2,053     1      2,000     -10',
      '',
    ]);
    expect(stderr).toBe('next  npx chartlife parse page.html --json   # every row and column, for a program\n');
  });

  it('colours on a terminal alone, and not where NO_COLOR is set', async () => {
    const onTerminal = await chartlife(['parse', 'page.html'], { cwd, isTerminal: true });
    expect(onTerminal.stdout).toContain('\x1b[');
    const without = await chartlife(['parse', 'page.html'], { cwd, isTerminal: true, env: { NO_COLOR: '1' } });
    expect(without.stdout + without.stderr).not.toContain('\x1b[');
  });

  it('fits the terminal', async () => {
    const { stdout } = await chartlife(['parse', 'page.html'], {
      cwd,
      isTerminal: true,
      columns: 70,
      env: { NO_COLOR: '1' },
    });
    for (const line of stdout.split('\n').slice(1)) expect([...line].length).toBeLessThanOrEqual(70);
  });
});

describe('chartlife parse, of what it can not read', () => {
  it.each([
    [['parse', 'headless.html'], 2, 'InvalidInput', /--region.*--date/],
    [['parse', 'page.html', '--region', 'gb'], 3, 'WrongPage', /./],
    [['parse', 'page.html', '--date', '2026-06-28'], 3, 'WrongPage', /./],
    [['parse', 'page.html', '--kind', 'weekly'], 3, 'WrongPage', /./],
    [['parse', 'absent.html'], 2, 'InvalidInput', /spelling/],
    [['parse', '.'], 2, 'InvalidInput', /file/],
  ] as const)('%j: exit %i, %s', async (args, exitCode, type, next) => {
    const forPeople = await chartlife(args, { cwd });
    expect(forPeople.exitCode).toBe(exitCode);
    expect(forPeople.stdout).toBe('');
    expect(forPeople.stderr).toMatch(new RegExp(`^error  .*\\[${type}\\]\\nnext   .+\\n$`));
    expect(forPeople.stderr).toMatch(next);
    const forPrograms = await chartlife([...args, '--json'], { cwd });
    expect(forPrograms.exitCode).toBe(exitCode);
    expect(forPrograms.stdout).toBe('');
    expect(JSON.parse(forPrograms.stderr)).toMatchObject({
      error: { type, exitCode, next: expect.stringMatching(next) },
    });
  });

  it('refuses a damaged gzip, and reads a whole one', async () => {
    const packed = gzipSync(DAILY_PAGE);
    await writeFile(path.join(cwd, 'page.html.gz'), packed);
    await writeFile(path.join(cwd, 'cut.html.gz'), packed.subarray(0, 100));
    const whole = await chartlife(['parse', 'page.html.gz', '--json'], { cwd });
    const plain = await chartlife(['parse', 'page.html', '--json'], { cwd });
    expect(whole.stdout).toBe(plain.stdout);
    const cut = await chartlife(['parse', 'cut.html.gz', '--json'], { cwd });
    expect(JSON.parse(cut.stderr)).toMatchObject({ error: { type: 'InvalidInput', details: { path: 'cut.html.gz' } } });
  });

  it('suggests a command that works for a page without a head', async () => {
    const args = ['headless.html', '--region', 'us', '--date', '2026-06-27'];
    const { stderr } = await chartlife(['parse', ...args], { cwd });
    expect(stderr).toContain(`chartlife parse ${args.join(' ')} --json`);
  });

  it('says where a cut page ends', async () => {
    const cut = DAILY_PAGE.slice(0, DAILY_PAGE.indexOf('Him & I'));
    const { exitCode, stderr } = await chartlife(['parse', '-', '--json'], { cwd, stdin: cut });
    expect(exitCode).toBe(3);
    expect(JSON.parse(stderr)).toMatchObject({ error: { type: 'PageTruncated' } });
  });

  it('names the file in its errors', async () => {
    const { stderr } = await chartlife(['parse', 'headless.html'], { cwd });
    expect(stderr).toContain('headless.html');
  });
});
