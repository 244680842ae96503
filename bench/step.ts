/**
 * A training step (loss, gradients, clipping, AdamW) of each model, beside the same in PyTorch: two threads each, stepped in turn,
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
import { inTurn, medianMs, ratios } from './lib/rounds.ts';
import { answerTimes, askTimes } from './lib/served.ts';
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
  await answerTimes(createInterface({ input: process.stdin }), step);
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
    const contestants = Object.fromEntries(
      [...peers].map(([who, peer]) => [who, askTimes(peer, (peakMb) => peaks.set(who, peakMb))]),
    );
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
