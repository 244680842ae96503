/** The commands that work on a lake, over one small lake that a test makes with `chartlife import`. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CaptureOptions, chartlife } from './captureEffects.ts';

const CHARTS = `uri,position,day,plays,song,who
spotify:track:0kosUz0jePvjiz4ctmR6wL,1,2020-01-02,4326239,Dai Dai,Shakira
spotify:track:65DbTqJKhbwqYbZ1Okr0rc,2,2020-01-02,100,打上花火,DAOKO
spotify:track:65DbTqJKhbwqYbZ1Okr0rc,1,2020-01-03,300,打上花火,DAOKO
spotify:track:0kosUz0jePvjiz4ctmR6wL,2,2020-01-03,200,"Dai, ""Dai""",Shakira
not an id,3,2020-01-03,100,Nobody,Nowhere
`;
const MAP = 'track_id=uri,rank=position,date=day,streams=plays,title=song,artists=who';
const IMPORT = ['import', 'charts.csv', '--map', MAP, '--kind', 'daily', '--region', 'us'];

let cwd: string;
const run = (args: readonly string[], options: CaptureOptions = {}) =>
  chartlife(args, { cwd, env: { CHARTLIFE_HOME: path.join(cwd, 'home'), NO_COLOR: '1' }, ...options });
const json = async (args: readonly string[]): Promise<unknown> => {
  const { exitCode, stdout, stderr } = await run([...args, '--json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as unknown;
};

beforeAll(async () => {
  cwd = await mkdtemp(path.join(os.tmpdir(), 'chartlife-cli-'));
  await writeFile(path.join(cwd, 'charts.csv'), CHARTS);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('before there is a lake', () => {
  it.each([
    ['sql', 'select 1'],
    ['snapshot', 'list'],
    ['snapshot', 'pin', 'first'],
    ['snapshot', 'unpin', 'first'],
  ])('%s %s says so and makes none', async (...args) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
    expect(stderr).toMatch(/^error {2}there is no lake at .+ \[LakeUnusable\]\nnext {3}.+\n$/);
    expect(await readdir(cwd)).not.toContain('home');
  });

  it('import --dry-run reads everything and writes nothing', async () => {
    const { exitCode, stdout, stderr } = await run([...IMPORT, '--dry-run']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Nothing written \(--dry-run\): 5 rows read /);
    expect(stdout).toContain('1  bad-track-id');
    expect(stderr).toContain(
      `next  npx chartlife import charts.csv --map ${MAP} --kind daily --region us   # write them`,
    );
    expect(await readdir(cwd)).not.toContain('home');
  });
});

describe('with a lake', () => {
  let firstImport: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    firstImport = await run(IMPORT);
  });

  it('import says what it read, wrote and put aside, and what to do next', () => {
    const { exitCode, stdout, stderr } = firstImport;
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').map((line) => line.replace(/in \d.*/, 'in …'))).toEqual([
      '4 rows written: 5 rows read in …',
      '',
      'Files',
      '  file        format  rows  good  put aside  left out',
      '  charts.csv  mapped     5     4          1         0',
      '',
      'Charts',
      '  chart     from        to          chart dates',
      '  us/daily  2020-01-02  2020-01-03            2',
      '  Chart dates: 2 new.',
      '',
      'Rows put aside, kept in the table import_reject',
      '  1  bad-track-id',
      '',
    ]);
    expect(stderr).toContain('next  npx chartlife sql "select reason,');
  });

  it('the same import again is nothing new', async () => {
    const { exitCode, stdout } = await run(IMPORT);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Nothing new: 5 rows read, no new snapshot /);
  });

  it('an import that does not fit says which option is missing', async () => {
    const { exitCode, stderr } = await run(['import', 'charts.csv', '--json']);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { type: 'ImportRejected', next: expect.stringContaining('--map') },
    });
    const misspelt = await run(['import', 'charts.csv', '--map', 'track=uri', '--json']);
    expect(misspelt.exitCode).toBe(2);
    expect(JSON.parse(misspelt.stderr)).toMatchObject({ error: { message: expect.stringContaining('"track"') } });
  });

  const QUERY = 'select rank, chart_date, streams, title from chart_entry order by chart_date, rank';

  it('sql gives an aligned table, numbers at the right', async () => {
    const { exitCode, stdout } = await run(['sql', QUERY]);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'rank  chart_date  streams  title',
      '   1  2020-01-02  4326239  Dai Dai',
      '   2  2020-01-02      100  打上花火',
      '   1  2020-01-03      300  打上花火',
      '   2  2020-01-03      200  Dai, "Dai"',
      '',
    ]);
  });

  it('sql says that there are no rows, and which columns a terminal has no room for', async () => {
    expect((await run(['sql', 'select 1 as n where false'])).stderr).toMatch(/^0 rows\nnext /);
    const wide = `select ${Array.from({ length: 20 }, (_, n) => `${n} as column_${n}`).join(', ')}`;
    const { stdout, stderr } = await run(['sql', wide], { isTerminal: true, columns: 80 });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/^column_0 {2}column_1 {2}.*column_7\n/);
    expect(stderr).toContain('12 columns not shown: --format csv, or name the columns');
    expect((await run(['sql', wide])).stdout).toContain('column_19');
  });

  it('sql goes by the day of a home with the sample', async () => {
    const home = path.join(cwd, 'sample-home');
    await run(IMPORT, { env: { CHARTLIFE_HOME: home } });
    await writeFile(path.join(home, 'sample.json'), '{"madeBy":"up --sample","today":"2020-01-05"}');
    const { stdout } = await run(['sql', 'select lag_days, state from freshness', '--json'], {
      env: { CHARTLIFE_HOME: home },
    });
    expect(JSON.parse(stdout)).toEqual([{ lag_days: 2, state: 'fresh' }]);
  });

  it('sql gives CSV with dates and big integers right', async () => {
    const { stdout } = await run(['sql', QUERY, '--format', 'csv']);
    expect(stdout).toBe(
      [
        'rank,chart_date,streams,title',
        '1,2020-01-02,4326239,Dai Dai',
        '2,2020-01-02,100,打上花火',
        '1,2020-01-03,300,打上花火',
        '2,2020-01-03,200,"Dai, ""Dai"""',
        '',
      ].join('\n'),
    );
  });

  it('sql gives JSON, a number beyond 2^53 as text', async () => {
    expect(await json(['sql', 'select 9007199254740992 + max(rank) - 1 as big from chart_entry'])).toEqual([
      { big: '9007199254740993' },
    ]);
    expect(await json(['sql', QUERY])).toEqual([
      { rank: 1, chart_date: '2020-01-02', streams: 4326239, title: 'Dai Dai' },
      { rank: 2, chart_date: '2020-01-02', streams: 100, title: '打上花火' },
      { rank: 1, chart_date: '2020-01-03', streams: 300, title: '打上花火' },
      { rank: 2, chart_date: '2020-01-03', streams: 200, title: 'Dai, "Dai"' },
    ]);
  });

  it('sql writes files in the format of their ending', async () => {
    for (const [name, magic] of [
      ['answer.parquet', 'PAR1'],
      ['answer.arrow', 'ARROW1'],
      ['answer.csv', 'rank,'],
      ['answer.json', '['],
    ] as const) {
      const { exitCode, stdout, stderr } = await run(['sql', QUERY, '--out', name]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
      expect(stderr).toBe(`4 rows written to ${name}\n`);
      expect((await readFile(path.join(cwd, name), 'latin1')).slice(0, magic.length)).toBe(magic);
    }
    const files = await readdir(cwd);
    expect(files.filter((file) => file.includes('tmp'))).toEqual([]);
  });

  it('sql sends binary formats into a pipe, never to a terminal', async () => {
    const { stdoutBytes } = await run(['sql', QUERY, '--format', 'parquet']);
    expect(new TextDecoder().decode(stdoutBytes.slice(0, 4))).toBe('PAR1');
    const refused = await run(['sql', QUERY, '--format', 'arrow'], { isTerminal: true });
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain('--out');
  });

  it('sql reads the query from a file or stdin', async () => {
    await writeFile(path.join(cwd, 'q.sql'), 'select 1 as one;\n');
    expect((await run(['sql', '--file', 'q.sql'])).stdout).toBe('one\n  1\n');
    expect((await run(['sql', '-'], { stdin: 'select 2 as two' })).stdout).toBe('two\n  2\n');
  });

  it.each([
    [['sql'], 2, 'InvalidInput', 'there is no query'],
    [['sql', 'select 1', '--file', 'q.sql'], 2, 'InvalidInput', 'which one'],
    [['sql', '-'], 2, 'InvalidInput', 'no query in stdin'],
    [['sql', 'select 1', '--out', 'answer'], 2, 'InvalidInput', 'ending of answer'],
    [['sql', 'select 1', '--out', 'none/answer.csv'], 2, 'InvalidInput', 'none'],
    [['sql', 'select 1', '--format', 'table', '--out', 'x.txt'], 2, 'InvalidInput', 'for the screen'],
    [['sql', 'delete from chart_entry'], 2, 'QueryFailed', 'read-only'],
    [['sql', 'select nothing from chart_entry'], 2, 'QueryFailed', 'nothing'],
    [['sql', 'select 1', '--at', '999'], 6, 'SnapshotNotFound', '999'],
    [['sql', 'select 1', '--at', 'unpinned'], 6, 'SnapshotNotFound', 'unpinned'],
    [['snapshot', 'unpin', 'unpinned'], 2, 'InvalidInput', 'unpinned'],
    [['snapshot', 'list', '--limit', '0'], 2, 'InvalidInput', '--limit'],
  ] as const)('%j: exit %i, %s', async (args, exitCode, type, text) => {
    const ended = await run(args);
    expect({ exitCode: ended.exitCode, stdout: ended.stdout }).toEqual({ exitCode, stdout: '' });
    expect(ended.stderr).toContain(`[${type}]`);
    expect(ended.stderr).toContain(text);
  });

  it('a pinned snapshot shows in the list and can be queried by its name', async () => {
    const before = (await json(['snapshot', 'list'])) as { snapshotId: number }[];
    const pinned = (await json(['snapshot', 'pin', 'two-days', '--reason', 'a test'])) as { snapshotId: number };
    expect(pinned).toEqual({ snapshotId: before[0]?.snapshotId, name: 'two-days', reason: 'a test' });
    await writeFile(path.join(cwd, 'more.csv'), CHARTS.replaceAll('2020-01-0', '2020-02-0'));
    await run(['import', 'more.csv', ...IMPORT.slice(2)]);
    const count = 'select count(*) as n from chart_entry';
    expect(await json(['sql', count])).toEqual([{ n: 8 }]);
    expect(await json(['sql', count, '--at', 'two-days'])).toEqual([{ n: 4 }]);
    expect(await json(['sql', count, '--at', String(pinned.snapshotId)])).toEqual([{ n: 4 }]);
    expect(await json(['snapshot', 'list', '--pinned'])).toMatchObject([
      { pin: { name: 'two-days', reason: 'a test' } },
    ]);
    expect((await run(['snapshot', 'list', '--limit', '1'])).stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(await json(['snapshot', 'unpin', 'two-days'])).toEqual({ name: 'two-days' });
    expect(await json(['snapshot', 'list', '--pinned'])).toEqual([]);
  });

  it('ends quietly when nobody reads on', async () => {
    const { exitCode, stderr } = await run(['sql', QUERY, '--format', 'csv'], { closeStdoutAfter: 1 });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});
