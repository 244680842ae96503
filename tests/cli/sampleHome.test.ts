/** Which homes may hold the sample, and which a demo may delete. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  clearDemoHome,
  readSampleMark,
  requireDemoHome,
  requireLiveHome,
  requireSampleHome,
  SAMPLE_TODAY,
  sampleSettings,
  writeSampleMark,
} from '../../cli/sampleHome.ts';
import { DEFAULT_SETTINGS } from '../../contracts/settings.ts';
import { type Home, homeAt } from '../../runtime/home.ts';
import { findProcess } from '../../runtime/processes.ts';
import { writeSystemState } from '../../runtime/systemFile.ts';
import { chartlife } from './captureEffects.ts';

let folder: string;
let home: Home;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-sample-'));
  home = homeAt(path.join(folder, 'home'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function makeLake(): Promise<void> {
  await mkdir(path.dirname(home.catalogPath), { recursive: true });
  await writeFile(home.catalogPath, 'a lake');
}

describe('a demo', () => {
  it('takes an absent or an empty home', async () => {
    await clearDemoHome(home);
    await mkdir(home.root);
    await clearDemoHome(home);
    expect(existsSync(home.root)).toBe(true);
  });

  it('deletes what a demo made', async () => {
    await writeSampleMark(home, { madeBy: 'demo', today: SAMPLE_TODAY });
    await makeLake();
    await clearDemoHome(home);
    expect(existsSync(home.root)).toBe(false);
  });

  it.each([
    ['a home with anything else', async () => makeLake()],
    [
      'a home that `up --sample` made',
      async () => {
        await makeLake();
        await writeSampleMark(home, { madeBy: 'up --sample', today: SAMPLE_TODAY });
      },
    ],
    [
      'a home whose mark is broken',
      async () => {
        await makeLake();
        await writeFile(path.join(home.root, 'sample.json'), '{"madeBy": "demo"}');
      },
    ],
  ])('leaves %s as it is', async (_what, make) => {
    await make();
    await expect(clearDemoHome(home)).rejects.toMatchObject({ type: 'InvalidInput' });
    await expect(requireDemoHome(home)).rejects.toMatchObject({ type: 'InvalidInput' });
    expect(await readFile(home.catalogPath, 'utf8')).toBe('a lake');
  });

  it('does not delete a home at work', async () => {
    await writeSampleMark(home, { madeBy: 'demo', today: SAMPLE_TODAY });
    const supervisor = await findProcess(process.pid);
    if (supervisor === null) throw new Error('this process does not find itself');
    await writeSystemState(home, {
      supervisor,
      startedAt: new Date().toISOString(),
      temporal: { address: '127.0.0.1:1', namespace: 'default', uiUrl: null, process: null },
      replicaUrl: null,
      workers: [],
    });
    await expect(clearDemoHome(home)).rejects.toMatchObject({ type: 'AlreadyRunning' });
    expect(existsSync(home.systemPath)).toBe(true);
  });

  it('says so on the command line', async () => {
    await makeLake();
    const { exitCode, stderr } = await chartlife(['demo', '--home', home.root]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("is not empty and not a demo's");
    expect(await readFile(home.catalogPath, 'utf8')).toBe('a lake');
  });
});

describe('the sample and live charts', () => {
  it('never share a home', async () => {
    await expect(requireSampleHome(home, 'x')).resolves.toBeNull();
    await expect(requireLiveHome(home)).resolves.toBeUndefined();
    await makeLake();
    await expect(requireSampleHome(home, 'x')).rejects.toMatchObject({ type: 'InvalidInput' });
    await writeSampleMark(home, { madeBy: 'up --sample', today: SAMPLE_TODAY });
    await expect(requireSampleHome(home, 'x')).resolves.toEqual({ madeBy: 'up --sample', today: SAMPLE_TODAY });
    await expect(requireLiveHome(home)).rejects.toMatchObject({ type: 'InvalidInput' });
  });

  it('have settings of their own', () => {
    const settings = sampleSettings(DEFAULT_SETTINGS);
    expect(settings.source).toMatchObject({ kind: 'replica', contact: null });
    expect(settings.charts).toHaveLength(2);
    const changed = { ...settings, charts: [] };
    expect(sampleSettings(changed)).toBe(changed);
  });

  it.each([
    [['up'], 'No regions are named'],
    [['up', '--regions', 'us,gb'], 'No contact is named'],
    [['up', '--regions', 'us', '--contact', 'me'], '--contact: "me" is not a contact'],
    [['up', '--regions', 'u'], '--regions: "u" is not a region'],
    [['up', '--kinds', 'daily,monthly'], '--kinds: "monthly" is not a chart kind'],
    [['up', '--today', '2019-12-01'], 'is for --sample'],
    [['up', '--sample', '--today', '2025-01-01'], 'whose days go from 2017-01-03 to 2019-12-13'],
    [['up', '--sample', '--contact', 'a@example.org'], '--contact is for live charts'],
    [['ingest'], 'No regions are named'],
    [['schedule', 'apply'], 'No regions are named'],
    [['schedule', 'backfill', '--from', '2026-01-01', '--to', '2026-01-02'], 'shows the present alone'],
    [['backfill', '--chart', 'us/daily'], '--chart and --from go together'],
    [['backfill', '--chart', 'us', '--from', '2020-01-01'], '--chart: "us" is not a chart'],
    [['backfill', '--quarantined', '--chart', 'us/daily', '--from', '2020-01-01'], 'stands alone'],
    [['demo', '--nights', '0'], '--nights: "0" is not a whole number of at least 1'],
  ])('%j is refused before anything is made', async (args, message) => {
    const { exitCode, stdout, stderr } = await chartlife([...args, '--home', home.root]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(existsSync(home.root)).toBe(false);
  });

  it.each([
    ['schedule', 'pause'],
    ['schedule', 'resume'],
  ])('%s %s needs a running system', async (...args) => {
    const { exitCode, stderr } = await chartlife([...args, '--home', home.root]);
    expect(exitCode).toBe(8);
    expect(stderr).toContain('[ServerUnavailable]');
  });

  it('status of a home that is not there says what to try', async () => {
    const { exitCode, stdout, stderr } = await chartlife(['status', '--home', home.root]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('does not run');
    expect(stderr).toContain(`next  npx chartlife demo --home ${home.root}   # `);
    expect(existsSync(home.root)).toBe(false);
    const json = await chartlife(['status', '--home', home.root, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ system: null, lake: null, schedules: null, isSample: false });
  });

  it('a mark says the day of the sample', async () => {
    expect(await readSampleMark(home)).toBeNull();
    await writeSampleMark(home, { madeBy: 'demo', today: SAMPLE_TODAY });
    expect(await readSampleMark(home)).toEqual({ madeBy: 'demo', today: '2019-12-13' });
  });
});
