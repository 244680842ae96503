/**
 * Chart pages parsed per second, beside Python's lxml: the same pages, bytes to typed rows, single thread each, rounds
 * in turn within one run. The pages are whole kworb pages beside the checkout; without them there is nothing to do.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDate } from '../contracts/dates.ts';
import { parseRegion } from '../contracts/regions.ts';
import { sha256Hex } from '../runtime/files.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';
import { parsePageBytes } from '../sources/kworb/parsePage.ts';
import { PythonPeer, pythonWith } from './lib/python.ts';
import { formatSpread, median } from './lib/spread.ts';

const PAGES_DIR = path.join(PROJECT_ROOT, '..', 'shared', 'data', 'kworb', 'geo');
const LXML = 'lxml==6.1.3';
const NUM_ROUNDS = 21;
const PASSES_PER_ROUND = 4;
const WARM_UP_PASSES = 10;

interface Seconds {
  readonly wall: number;
  readonly cpu: number;
}

interface Page {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const HINTS = { kind: 'daily', region: parseRegion('us'), chartDate: parseDate('2026-07-16') } as const;

function parseAll(pages: readonly Page[]): unknown[] {
  return pages.map(({ bytes }) => {
    const page = parsePageBytes(bytes, HINTS);
    return page.kind === 'daily' ? page.rows : [];
  });
}

function timeOurs(pages: readonly Page[], numPasses: number): Seconds {
  const startCpu = process.cpuUsage();
  const startMs = performance.now();
  for (let pass = 0; pass < numPasses; pass += 1) parseAll(pages);
  const wall = (performance.now() - startMs) / 1000;
  // Node's helper threads for compiling and collecting garbage are in the CPU time.
  const { user, system } = process.cpuUsage(startCpu);
  return { wall, cpu: (user + system) / 1e6 };
}

async function timeLxml(peer: PythonPeer, numPasses: number): Promise<Seconds> {
  const [wall, cpu] = (await peer.ask(`run ${numPasses}`)).split(' ').map(Number);
  return { wall: wall ?? Number.NaN, cpu: cpu ?? Number.NaN };
}

function describe(name: string, rounds: readonly Seconds[], numPages: number): string {
  const perPage = (seconds: number): number => (seconds * 1000) / PASSES_PER_ROUND / numPages;
  const pagesPerSecond = (PASSES_PER_ROUND * numPages) / median(rounds.map(({ wall }) => wall));
  const wall = formatSpread(
    rounds.map((round) => perPage(round.wall)),
    3,
  );
  const cpu = formatSpread(
    rounds.map((round) => perPage(round.cpu)),
    3,
  );
  return `${name.padEnd(10)} ${pagesPerSecond.toFixed(0).padStart(6)} pages/s   wall ${wall} ms/page   CPU ${cpu} ms/page`;
}

async function main(): Promise<void> {
  if (!existsSync(PAGES_DIR)) {
    console.log('parse: nothing to measure: the pages of ../shared/data/kworb/geo are absent.');
    return;
  }
  const paths = readdirSync(PAGES_DIR)
    .filter((file) => file.endsWith('.html'))
    .sort()
    .map((file) => path.join(PAGES_DIR, file));
  const pages = paths.map((file): Page => ({ path: file, bytes: new Uint8Array(readFileSync(file)) }));
  const numBytes = pages.reduce((sum, { bytes }) => sum + bytes.length, 0);
  console.log(
    `${pages.length} daily chart pages, ${(numBytes / 1e6).toFixed(2)} MB; Node ${process.version}; medians (quartiles)`,
  );

  timeOurs(pages, WARM_UP_PASSES);
  const python = await pythonWith([LXML]);
  if (python === null) {
    const rounds = Array.from({ length: NUM_ROUNDS }, () => timeOurs(pages, PASSES_PER_ROUND));
    console.log(`${describe('chartlife', rounds, pages.length)}\nThere is no lxml to compare with.`);
    return;
  }
  const peer = new PythonPeer(python, path.join(PROJECT_ROOT, 'bench', 'parse_lxml.py'));
  await peer.ask(JSON.stringify({ pages: paths }));
  if ((await peer.ask('digest')) !== sha256Hex(JSON.stringify(parseAll(pages))))
    throw new Error('the two parsers do not give the same rows');
  await timeLxml(peer, WARM_UP_PASSES);
  const ours: Seconds[] = [];
  const lxml: Seconds[] = [];
  for (let round = 0; round < NUM_ROUNDS; round += 1) {
    // Who goes first changes, so that neither always follows the other.
    if (round % 2 === 0) ours.push(timeOurs(pages, PASSES_PER_ROUND));
    lxml.push(await timeLxml(peer, PASSES_PER_ROUND));
    if (round % 2 === 1) ours.push(timeOurs(pages, PASSES_PER_ROUND));
  }
  peer.close();
  const ratios = (of: (seconds: Seconds) => number): number[] => lxml.map((seconds, i) => of(seconds) / of(ours[i]!));
  console.log(describe('chartlife', ours, pages.length));
  console.log(describe(LXML.replace('==', ' '), lxml, pages.length));
  console.log(
    `lxml's time over ours, by round: wall ${formatSpread(
      ratios(({ wall }) => wall),
      2,
    )}, CPU ${formatSpread(
      ratios(({ cpu }) => cpu),
      2,
    )}`,
  );
  console.log('Both gave the same rows, field by field.');
}

await main();
