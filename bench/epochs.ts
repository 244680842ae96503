/**
 * Epochs an hour of `ast-tiny`: our whole training loop (batches from shards, augmentation, draws, loss, clipping, AdamW, average,
 * losses on the disk, checkpoints) beside a plain one in PyTorch on the same data, and beside each its bare step on one batch of it,
 * all stepped in turn. What a loop adds to its step must not be more than PyTorch's. `epochs nano` takes the small recipe; a number
 * after it says how many rounds.
 */
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { ourLoop, TORCH, torchLoop } from './lib/loopPeers.ts';
import { pythonWith } from './lib/python.ts';
import { type Contestant, inTurn, ratios, type Seconds } from './lib/rounds.ts';
import { formatSpread, median } from './lib/spread.ts';
import { type LoopSpec, NUM_THREADS, serveLoop } from './lib/trainingLoop.ts';
import { endlessRecipe, type LoopRecipe, makeTrainingData, removeTrainingData } from './lib/trainingRun.ts';
import type { TurnPeer } from './lib/turnPeer.ts';

const EPOCH_TRACKS = 1_000;
interface Case {
  readonly stepsPerRound: number;
  readonly numRounds: number;
  /** About as often as a run has one: every 60 seconds, or every 100 steps. */
  readonly roundsPerCheckpoint: number;
}

const CASES: Readonly<Record<LoopRecipe, Case>> = {
  'ast-tiny': { stepsPerRound: 2, numRounds: 9, roundsPerCheckpoint: 3 },
  nano: { stepsPerRound: 20, numRounds: 20, roundsPerCheckpoint: 5 },
};

/** Means of so many rounds after each other: into each falls one checkpoint. */
function grouped(rounds: readonly Seconds[], size: number): Seconds[] {
  return Array.from({ length: Math.floor(rounds.length / size) }, (_, group) => {
    const own = rounds.slice(group * size, (group + 1) * size);
    const mean = (of: keyof Seconds): number => own.reduce((sum, seconds) => sum + seconds[of], 0) / size;
    return { wall: mean('wall'), cpu: mean('cpu') };
  });
}

async function compare(recipe: LoopRecipe, numRounds: number, folder: string, python: string | null): Promise<void> {
  const { stepsPerRound, roundsPerCheckpoint } = CASES[recipe];
  const specOf = (kind: LoopSpec['kind']): LoopSpec => ({
    ...{ folder, recipe, kind },
    checkpointEverySteps: stepsPerRound * roundsPerCheckpoint,
  });
  const benchPath = fileURLToPath(import.meta.url);
  const peers = new Map<string, TurnPeer>([
    ['our loop', ourLoop(benchPath, specOf('loop'))],
    ['our step', ourLoop(benchPath, specOf('bare'))],
  ]);
  if (python !== null) {
    peers.set("PyTorch's loop", torchLoop(python, specOf('loop')));
    peers.set("PyTorch's step", torchLoop(python, specOf('bare')));
  }
  try {
    const contestants = Object.fromEntries(
      [...peers].map(([who, peer]): [string, Contestant] => [who, (numTimes) => peer.work(numTimes)]),
    );
    const rounds = new Map(
      [...(await inTurn(contestants, numRounds, stepsPerRound))].map(([who, seconds]): [string, Seconds[]] => [
        who,
        grouped(seconds, roundsPerCheckpoint),
      ]),
    );
    const { batchSize } = endlessRecipe(recipe).mp2;
    for (const [who, seconds] of rounds) {
      const stepSeconds = median(seconds.map(({ wall }) => wall));
      const epochs = (3600 * batchSize) / (EPOCH_TRACKS * stepSeconds);
      console.log(
        `${who.padEnd(15)} ${(1000 * stepSeconds).toFixed(0).padStart(6)} ms for ${batchSize} tracks: ${epochs.toFixed(2)} epochs of ${EPOCH_TRACKS} tracks an hour`,
      );
    }
    const ratiosOf = (who: string, other: string): number[] =>
      ratios(rounds.get(who) ?? [], rounds.get(other) ?? [], 'wall');
    const print = (what: string, values: readonly number[]): void =>
      console.log(`${what.padEnd(38)} ${formatSpread(values, 3)}`);
    print('our loop / our step', ratiosOf('our loop', 'our step'));
    if (python === null) return;
    const ofLoops = ratiosOf('our loop', "PyTorch's loop");
    const ofSteps = ratiosOf('our step', "PyTorch's step");
    print("PyTorch's loop / PyTorch's step", ratiosOf("PyTorch's loop", "PyTorch's step"));
    print("our loop / PyTorch's loop", ofLoops);
    print("our step / PyTorch's step", ofSteps);
    print(
      "the loops' ratio / the steps' ratio",
      ofLoops.map((ratio, round) => ratio / (ofSteps[round] ?? Number.NaN)),
    );
  } finally {
    for (const peer of peers.values()) peer.close();
  }
}

const [first, second] = process.argv.slice(2);
if (first === 'serve') await serveLoop(JSON.parse(second ?? ''));
else {
  const python = await pythonWith([TORCH]);
  const folder = await makeTrainingData();
  try {
    const recipe: LoopRecipe = first === 'nano' ? 'nano' : 'ast-tiny';
    const numRounds = Number(second ?? CASES[recipe].numRounds);
    console.log(
      `${recipe}: ${numRounds} rounds of ${CASES[recipe].stepsPerRound} steps in turn, a checkpoint every ${CASES[recipe].roundsPerCheckpoint}, ${NUM_THREADS} threads each, quartiles in brackets; load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} processors`,
    );
    await compare(recipe, numRounds, folder, python);
    console.log(`load ${os.loadavg()[0]?.toFixed(1)}`);
  } finally {
    await removeTrainingData(folder);
  }
}
