/** The verbs that run things, as real processes over one home: a demo cut short, a demo, then `up` and what talks to it. */
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Home, homeAt } from '../../runtime/home.ts';
import { isRunning } from '../../runtime/processes.ts';
import { readSystemState, type SystemState } from '../../runtime/systemFile.ts';
import { type Running, runProcess, startProcess } from './chartlifeProcess.ts';

const TIMEOUT_MS = 240_000;
const HISTORY_DATES = 1_031;

let home: Home;
const args = (...verb: string[]): string[] => [...verb, '--home', home.root];
const json = async (...verb: string[]): Promise<unknown> => {
  const { exitCode, stdout, stderr } = await runProcess([...args(...verb), '--json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as unknown;
};

beforeAll(async () => {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'chartlife-system-')));
  home = homeAt(path.join(folder, 'home'));
  // Builds dist/ if a source has changed, which a process says on stderr.
  await runProcess(['--version']);
}, TIMEOUT_MS);
afterAll(() => rm(path.dirname(home.root), { recursive: true, force: true }));

/** Waits until the process has printed the text; fails if it ends before. */
async function printed({ output, ended }: Running, text: string): Promise<void> {
  let hasEnded = false;
  void ended.finally(() => {
    hasEnded = true;
  });
  for (;;) {
    const { stdout, stderr } = output();
    if (stdout.includes(text) || stderr.includes(text)) return;
    if (hasEnded) throw new Error(`it ended without "${text}":\n${stdout}\n${stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function expectNothingRuns(state: SystemState | null): Promise<void> {
  expect(existsSync(home.systemPath)).toBe(false);
  const server = state?.temporal.process;
  for (const ref of [...(state?.workers ?? []), ...(server === null || server === undefined ? [] : [server])]) {
    expect(await isRunning(ref), `process ${ref.pid}`).toBe(false);
  }
}

describe('chartlife demo', () => {
  it(
    'stops cleanly at Ctrl-C in the middle of its nights',
    async () => {
      const demo = startProcess(args('demo', '--no-train'));
      await printed(demo, '2019-11-03  2019-11-01');
      const state = await readSystemState(home);
      expect(state?.workers).toHaveLength(3);
      demo.child.kill('SIGINT');
      const { exitCode, stdout, stderr } = await demo.ended;
      expect(exitCode).toBe(130);
      expect(stderr).toMatch(
        /\nInterrupted after [1-9] nights?; nothing is left running\.\nnext {2}npx chartlife demo --keep /,
      );
      expect(stdout).not.toContain('Done in');
      await expectNothingRuns(state);
    },
    TIMEOUT_MS,
  );

  it(
    'starts afresh afterwards, and shows nights, sound, checks and three answers',
    async () => {
      const { exitCode, stdout, stderr } = await runProcess(args('demo', '--nights', '2', '--no-train'));
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(stdout).toContain('1,031 chart dates, 206,200 rows written');
      expect(stdout).toMatch(/^2019-11-03 {2}2019-11-01 +\d+ +\d+ +\d+ .* 1 committed$/m);
      expect(stdout).toMatch(/^2019-11-04 {2}2019-11-02 +\d+ +\d+ +\d+ .* 1 committed$/m);
      expect(stdout).toMatch(/^1 night: \d+ new entr(y|ies), \d+ re-entr(y|ies), \d+ track pages, \d+ new snapshots$/m);
      expect(stdout).toMatch(/^1 night: .*, 32 spectrograms, \d+ new snapshots$/m);
      expect(stdout).toContain(`(synthetic): ${path.join(home.root, 'spectrogram.png')}`);
      expect(stdout).toMatch(/^ranks_unique +blocking +passed +0 /m);
      expect(stdout).toContain(
        `${(HISTORY_DATES + 2).toLocaleString('en-US')} of 1,033 chart dates, 2017-01-01 to 2019-11-02: whole`,
      );
      expect(stdout.match(/^ {2}order by /gm)).toHaveLength(3);
      expect(stdout).toContain('nothing is left running');
      expect(stderr).toContain(`next  npx chartlife status --home ${home.root}`);
      await expectNothingRuns(null);
    },
    TIMEOUT_MS,
  );
});

describe('chartlife up --sample', () => {
  let up: Running;
  let state: SystemState | null;
  beforeAll(async () => {
    await runProcess(args('audio', 'source', 'off'));
    up = startProcess(args('up', '--sample'));
    await printed(up, 'chartlife is up');
    state = await readSystemState(home);
  }, TIMEOUT_MS);

  it('is found by status, with its addresses and Schedules', async () => {
    expect(await json('status')).toMatchObject({
      isSample: true,
      today: '2019-12-13',
      system: { supervisor: { pid: up.child.pid }, replicaUrl: state?.replicaUrl },
      schedules: [
        // The demo had paused it.
        { cadence: 'daily', at: '03:00', timeZone: 'UTC', isPaused: false },
        { cadence: 'weekly', at: 'saturday 04:00', isPaused: false },
      ],
      runs: { refreshes: [], backfills: [] },
      lake: { numChartDates: HISTORY_DATES + 2, quarantinedPages: [], charts: [{ region: 'us', kind: 'daily' }] },
    });
  });

  it('takes its home: a second one is refused', async () => {
    const { exitCode, stderr } = await runProcess(args('up', '--sample'));
    expect(exitCode).toBe(8);
    expect(stderr).toContain('[AlreadyRunning]');
    const demo = await runProcess(args('demo', '--no-train'));
    expect(demo.exitCode).toBe(8);
    expect(demo.stderr).toContain('[AlreadyRunning]');
  });

  it(
    'refreshes on demand; the same again makes no new snapshot and says so',
    async () => {
      const first = (await json('ingest', '--kinds', 'daily')) as { numSnapshots: number }[];
      expect(first).toMatchObject([
        { cadence: 'daily', nominalDate: '2019-12-13', lastChartDate: '2019-12-11', outcomes: { committed: 1 } },
      ]);
      expect(first[0]?.numSnapshots).toBeGreaterThan(0);
      const again = await runProcess(args('ingest', '--kinds', 'daily'));
      expect(again.exitCode).toBe(0);
      expect(again.stdout).toMatch(/^daily 2019-12-13 {2}unchanged, no new snapshot\n/);
      await printed(up, 'refresh/2019-12-13/daily ended after');
      expect(await json('ingest', '--charts', 'us/weekly')).toMatchObject([{ cadence: 'weekly', numCharts: 1 }]);
      await printed(up, 'refresh/2019-12-13/weekly/us ended after');
      const unknown = await runProcess(args('ingest', '--charts', 'gb/daily'));
      expect(unknown.exitCode).toBe(2);
      expect(unknown.stderr).toContain('--charts: the settings name no chart gb/daily');
    },
    TIMEOUT_MS,
  );

  it(
    'pauses, resumes and backfills its Schedules',
    async () => {
      expect(await json('schedule', 'pause', '--reason', 'a test')).toEqual(['daily', 'weekly']);
      expect(await json('schedule', 'show')).toMatchObject([
        { cadence: 'daily', isPaused: true, note: 'a test' },
        { cadence: 'weekly', isPaused: true, note: 'a test' },
      ]);
      expect(await json('schedule', 'resume')).toEqual(['daily', 'weekly']);
      expect(await json('schedule', 'apply')).toEqual([
        { cadence: 'daily', change: 'unchanged' },
        { cadence: 'weekly', change: 'unchanged' },
      ]);
      expect(await json('schedule', 'backfill', '--from', '2019-11-05', '--to', '2019-11-05')).toMatchObject([
        { nominalDate: '2019-11-05', outcome: 'completed', result: { lastChartDate: '2019-11-03' } },
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'parses archived pages again, and refuses a chart date that was never fetched',
    async () => {
      const dates = ['--chart', 'us/daily', '--from', '2019-11-01', '--to', '2019-11-02'];
      expect(await json('backfill', ...dates)).toMatchObject([{ numPages: 2, numUnchanged: 2 }]);
      const refused = await runProcess(args('backfill', '--chart', 'us/daily', '--from', '2018-01-01'));
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain('[BackfillRefused]');
    },
    TIMEOUT_MS,
  );

  it(
    'drains at SIGTERM and leaves nothing running',
    async () => {
      up.child.kill('SIGTERM');
      const { exitCode, stdout, stderr } = await up.ended;
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
      expect(stderr).toContain('Stopped.');
      // Plain lines, no control characters: this was no terminal.
      expect(stderr).not.toContain('\x1b');
      await expectNothingRuns(state);
      expect(await json('status')).toMatchObject({
        system: null,
        schedules: null,
        lake: { numChartDates: HISTORY_DATES + 5 },
      });
    },
    TIMEOUT_MS,
  );
});
