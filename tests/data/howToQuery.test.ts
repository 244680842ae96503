/** The commands of docs/how-to/query-from-python-and-r.md, as they stand there, on a lake that is being written to. */
import { execFile, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pythonWith } from '../../bench/lib/python.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { until } from '../integration/liveSystem.ts';
import { buildChild, startChild } from './childProcess.ts';
import { commit, EXTENSIONS_DIR, type LakeHome, makeLake, pageOf, rowOf } from './lakeFixture.ts';

const run = promisify(execFile);
const HOW_TO = path.join(PROJECT_ROOT, 'docs', 'how-to', 'query-from-python-and-r.md');

let home: LakeHome;
let python: string | null;
beforeAll(async () => {
  python = await pythonWith(['duckdb==1.5.5']);
  home = await makeLake();
  for (const day of ['14', '15', '16']) {
    const rows = Array.from({ length: 200 }, (_, index) => rowOf(index + 1, { streams: 1000 * Number(day) - index }));
    await commit(home.lake, pageOf({ date: `2026-07-${day}`, rows }));
  }
}, 300_000);
afterAll(() => home.remove());

/** The how-to's blocks of a language, with this lake's home and extensions in the place of the reader's. */
async function blocks(language: string): Promise<string[]> {
  const text = await readFile(HOW_TO, 'utf8');
  const found = [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, code]) => code ?? '',
  );
  const placed = found.map((code) =>
    code
      .replaceAll('".chartlife"', JSON.stringify(home.folder))
      .replaceAll('"/home/you/.cache/chartlife/duckdb/v1.5.5/linux_amd64"', JSON.stringify(EXTENSIONS_DIR)),
  );
  expect(placed.join('')).toContain(home.folder);
  return placed;
}

test('the Python code runs as it stands', { timeout: 120_000 }, async (context) => {
  if (python === null) return context.skip('no Python with duckdb==1.5.5 can be had here');
  const script = path.join(home.folder, 'how_to.py');
  await writeFile(script, (await blocks('python')).join('\n'));
  const { stdout } = await run(python, [script]);
  expect(stdout).toContain('daily us 2026-07-16');
  expect(stdout).toContain('rank_score');
  expect(stdout).toContain('before: [(400,)]');
  expect(stdout).toContain('now: [(600,)]');
});

test('the R code runs as it stands', { timeout: 120_000 }, async (context) => {
  const version = spawnSync('Rscript', ['-e', 'cat(as.character(packageVersion("duckdb")))'], { encoding: 'utf8' });
  if (version.status !== 0 || !version.stdout.startsWith('1.5.5')) {
    return context.skip('no R with the package duckdb 1.5.5 here');
  }
  const script = path.join(home.folder, 'how_to.R');
  await writeFile(script, (await blocks('r')).join('\n'));
  expect((await run('Rscript', [script])).stdout).toContain('2026-07-16');
});

test('Python reads whole charts while another process writes', { timeout: 240_000 }, async (context) => {
  if (python === null) return context.skip('no Python with duckdb==1.5.5 can be had here');
  const [attach = ''] = await blocks('python');
  const script = path.join(home.folder, 'read_on.py');
  await writeFile(
    script,
    `${attach}
seen = -1
while seen < 4000:
    count = connection.sql("SELECT count(*) FROM chart_entry WHERE region = 'gb'").fetchone()[0]
    if count != seen:
        print("count", count, flush=True)
    seen = count
`,
  );
  const child = await buildChild(path.join(import.meta.dirname, 'children', 'commitCharts.ts'));
  const reader = startChild(script, [], python);
  const countsOf = (): number[] =>
    reader.lines.filter((line) => line.startsWith('count ')).map((line) => Number(line.split(' ')[1]));
  const hasSeen = (count: number): Promise<void> =>
    until(() => countsOf().includes(count), `the reader has counted ${count}`, 60_000);
  await hasSeen(0);
  // In two halves, so that the reader is known to have looked in between, however slow the machine is.
  for (const firstDate of ['2026-01-01', '2026-01-11']) {
    const writer = startChild(child, [home.folder, 'gb', firstDate, '10']);
    expect(await writer.ended).toEqual({ code: 0, signal: null, stderr: '' });
    await hasSeen(firstDate === '2026-01-01' ? 2_000 : 4_000);
  }
  expect(await reader.ended).toEqual({ code: 0, signal: null, stderr: '' });
  const counts = countsOf();
  expect(counts.every((count, index) => count % 200 === 0 && count >= (counts[index - 1] ?? 0))).toBe(true);
});
