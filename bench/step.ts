/**
 * A training step (loss, gradients, AdamW) of each model, beside the same in PyTorch: two threads each, stepped in turn,
 * each in a process of its own so that their memory can be told apart. `step vit`, `step mp2`, `step siamese`, `step mp3`; `--unfused` leaves our
 * native ops out.
 */
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadTensorflow } from '../models/backend/loadTensorflow.ts';
import { nativeCacheAt, nativeCacheRoot } from '../runtime/nativeParts.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';
import { LinePeer } from './lib/linePeer.ts';
import { pythonWith } from './lib/python.ts';
import { type Contestant, inTurn, medianMs, ratios } from './lib/rounds.ts';
import { formatSpread } from './lib/spread.ts';
import { TRAINING_CASES } from './lib/trainingCases.ts';
import { makeTrainingStep, type TrainingCase } from './lib/trainingStep.ts';

const NUM_ROUNDS = 21;
const NUM_THREADS = 2;
const TORCH = 'torch==2.13.0';

type CaseName = keyof typeof TRAINING_CASES;

/** Ours, as a process that answers `step N` with wall seconds, CPU seconds and peak memory in MB. */
async function serve(name: CaseName, fusedOps: boolean): Promise<void> {
  loadTensorflow({
    cache: nativeCacheAt(nativeCacheRoot(process.env)),
    variant: 'cpu',
    numThreads: NUM_THREADS,
    fusedOps,
    environment: process.env,
  });
  const step = makeTrainingStep(TRAINING_CASES[name]() as TrainingCase<never>);
  for await (const line of createInterface({ input: process.stdin })) {
    const numTimes = Number(line.split(' ')[1]);
    const startCpu = process.cpuUsage();
    const startMs = performance.now();
    for (let time = 0; time < numTimes; time++) step();
    const wall = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(startCpu);
    console.log(wall, (user + system) / 1e6, process.resourceUsage().maxRSS / 1024);
  }
}

/** @param peaks gets the peak memory that the process tells, in MB */
function contestant(name: string, peer: LinePeer, peaks: Map<string, number>): Contestant {
  return async (numTimes) => {
    const [wall, cpu, peakMb] = (await peer.ask(`step ${numTimes}`)).split(' ').map(Number);
    peaks.set(name, peakMb ?? Number.NaN);
    return { wall: wall ?? Number.NaN, cpu: cpu ?? Number.NaN };
  };
}

async function compare(name: CaseName, python: string | null, fusedOps: boolean): Promise<void> {
  const peaks = new Map<string, number>();
  const ours = `chartlife, ${fusedOps ? 'fused ops' : 'TypeScript alone'}`;
  const peers = new Map<string, LinePeer>([
    [
      ours,
      new LinePeer(process.execPath, [fileURLToPath(import.meta.url), 'serve', name, fusedOps ? '' : '--unfused']),
    ],
  ]);
  if (python !== null)
    peers.set(TORCH, new LinePeer(python, [path.join(PROJECT_ROOT, 'bench', 'step_torch.py'), name]));
  try {
    const contestants = Object.fromEntries([...peers].map(([who, peer]) => [who, contestant(who, peer, peaks)]));
    for (const contest of Object.values(contestants)) await contest(2);
    const rounds = await inTurn(contestants, NUM_ROUNDS, 1);
    for (const [who, seconds] of rounds) {
      const ratio = formatSpread(ratios(rounds.get(ours) ?? [], seconds, 'wall'), 3);
      const memory = (peaks.get(ours) ?? Number.NaN) / (peaks.get(who) ?? Number.NaN);
      console.log(
        `${name.padEnd(8)} ${who.padEnd(28)} ${medianMs(seconds, 'wall').padStart(9)} ms  ${peaks.get(who)?.toFixed(0).padStart(5)} MB` +
          `   ours / this: time ${ratio}, peak memory ${memory.toFixed(2)}`,
      );
    }
  } finally {
    for (const peer of peers.values()) peer.close();
  }
}

const [first, ...rest] = process.argv.slice(2);
const fusedOps = ![first, ...rest].includes('--unfused');
if (first === 'serve') {
  await serve(rest[0] as CaseName, fusedOps);
} else {
  const python = await pythonWith([TORCH]);
  const names = Object.keys(TRAINING_CASES) as CaseName[];
  const load = (): string => `load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} processors`;
  console.log(
    `medians of ${NUM_ROUNDS} rounds of one step in turn, ${NUM_THREADS} threads each, quartiles in brackets; ${load()}`,
  );
  for (const name of names.filter((one) => first === undefined || first.startsWith('--') || one === first)) {
    await compare(name, python, fusedOps);
  }
  console.log(load());
}
