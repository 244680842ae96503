/**
 * What checkpoints cost: our whole training loop with them beside the same without, stepped in turn, and the same of PyTorch's
 * loop with torch.save. They are written more often than a run writes them, which tells their cost from the machine's noise, and
 * the share is given for a run's interval. Then one checkpoint by itself, part by part. `checkpoints nano`, `checkpoints ast-tiny`; a number
 * after it says how many rounds.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { disposeTree } from '../models/compile/tree.ts';
import { mp2TaskOf } from '../models/recipes/networks.ts';
import { initialTrainingState } from '../models/training/trainer.ts';
import { initialise } from '../models/weights/initialise.ts';
import { encodeSafetensors } from '../models/weights/safetensors.ts';
import { toParameters } from '../models/weights/tensors.ts';
import { openCheckpointStore } from '../workers/trainer/checkpoints.ts';
import { CHECKPOINT_EVERY } from '../workers/trainer/runTask.ts';
import { stateOf, storedState } from '../workers/trainer/stateTensors.ts';
import { ourLoop, TORCH, torchArguments, torchLoop } from './lib/loopPeers.ts';
import { pythonWith } from './lib/python.ts';
import { inTurn, ratios, type Seconds } from './lib/rounds.ts';
import { formatSpread, median } from './lib/spread.ts';
import { type LoopSpec, NUM_THREADS, serveLoop, useTensorflow } from './lib/trainingLoop.ts';
import { endlessRecipe, type LoopRecipe, makeTrainingData, removeTrainingData } from './lib/trainingRun.ts';
import type { TurnPeer } from './lib/turnPeer.ts';

const run = promisify(execFile);
const OURS = 'chartlife';
const NUM_TIMES = 7;

interface Case {
  readonly everySteps: number;
  readonly stepsPerRound: number;
  readonly numRounds: number;
}

/** A checkpoint is over before the next is due, as it is in a run. */
const CASES: Readonly<Record<LoopRecipe, Case>> = {
  nano: { everySteps: 10, stepsPerRound: 20, numRounds: 15 },
  'ast-tiny': { everySteps: 1, stepsPerRound: 1, numRounds: 7 },
};

async function compare(recipe: LoopRecipe, numRounds: number, folder: string, python: string | null): Promise<void> {
  const { everySteps, stepsPerRound } = CASES[recipe];
  const specOf = (checkpointEverySteps: number | null): LoopSpec => ({
    ...{ folder, recipe, checkpointEverySteps },
    kind: 'loop',
  });
  const launchers: [string, (spec: LoopSpec) => TurnPeer][] = [
    [OURS, (spec) => ourLoop(fileURLToPath(import.meta.url), spec)],
  ];
  if (python !== null) launchers.push([TORCH, (spec) => torchLoop(python, spec)]);
  console.log(
    `\n${recipe}: a checkpoint every ${everySteps} step(s) beside none, ${numRounds} rounds of ${stepsPerRound}`,
  );
  for (const [who, launch] of launchers) {
    // One after the other, as two loops of each do not fit in the memory of a small machine.
    const peers = [launch(specOf(everySteps)), launch(specOf(null))] as const;
    try {
      const rounds = await inTurn(
        { on: (numTimes) => peers[0].work(numTimes), off: (numTimes) => peers[1].work(numTimes) },
        numRounds,
        stepsPerRound,
      );
      printShare(who, CASES[recipe], rounds.get('on') ?? [], rounds.get('off') ?? []);
    } finally {
      for (const peer of peers) peer.close();
    }
  }
}

/** The cost of one checkpoint, spread over the steps of a run's interval. */
function printShare(who: string, { everySteps }: Case, on: readonly Seconds[], off: readonly Seconds[]): void {
  const stepSeconds = median(off.map(({ wall }) => wall));
  const runEvery = Math.min(CHECKPOINT_EVERY.steps, Math.ceil(CHECKPOINT_EVERY.seconds / stepSeconds));
  const measured = ratios(on, off, 'wall');
  const shares = measured.map((ratio) => (100 * (ratio - 1) * everySteps) / runEvery);
  console.log(
    `  ${who.padEnd(14)} ${(1000 * stepSeconds).toFixed(0).padStart(6)} ms a step; with them / without ${formatSpread(measured, 3)}` +
      `; in a run, every ${runEvery} steps: ${formatSpread(shares, 2)} % of the time`,
  );
}

/** One checkpoint with nothing beside it: the largest part of a step's time that it can take. */
async function timeParts(recipe: LoopRecipe, folder: string, python: string | null): Promise<void> {
  const { shapes } = mp2TaskOf(endlessRecipe(recipe));
  const state = initialTrainingState(toParameters(initialise(shapes, 1)), endlessRecipe(recipe).mp2);
  const checkpointsDir = await mkdtemp(path.join(folder, 'checkpoints-'));
  const store = openCheckpointStore(checkpointsDir);
  const parts = new Map<string, number[]>();
  const timed = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const startMs = performance.now();
    const result = await work();
    parts.set(name, [...(parts.get(name) ?? []), performance.now() - startMs]);
    return result;
  };
  let numBytes = 0;
  for (let step = 0; step < NUM_TIMES; step++) {
    const tensors = await timed('copied out of TensorFlow', () => storedState(state));
    ({ length: numBytes } = await timed('laid out', () => encodeSafetensors({ tensors, metadata: {} })));
    await timed('laid out, hashed, written, synced', () => store.write({ stage: 'mp2', step, tensors, facts: {} }));
    const read = await timed('read and hashed', () => store.newest('mp2'));
    if (read === null) throw new Error('the checkpoint is not there');
    disposeTree(await timed('into TensorFlow', () => stateOf(read.tensors)));
  }
  disposeTree(state);
  await rm(checkpointsDir, { recursive: true });
  const figures = [...parts].map(([name, milliseconds]) => `${name} ${formatSpread(milliseconds, 1)}`);
  console.log(`  one checkpoint, ${(numBytes / 1e6).toFixed(1)} MB, alone, in ms: ${figures.join('; ')}`);
  if (python === null) return;
  const spec: LoopSpec = { folder, recipe, kind: 'loop', checkpointEverySteps: null };
  const { stdout } = await run(python, torchArguments(spec, 'timeOneCheckpoint', NUM_TIMES));
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  const milliseconds = (place: number): number[] => lines.map((line) => 1000 * (line[place] ?? Number.NaN));
  console.log(
    `  ${TORCH}, ${((lines[0]?.[0] ?? Number.NaN) / 1e6).toFixed(1)} MB: torch.save, neither hashed nor synced, ${formatSpread(milliseconds(1), 1)}; torch.load ${formatSpread(milliseconds(2), 1)}`,
  );
}

const [first, second] = process.argv.slice(2);
if (first === 'serve') await serveLoop(JSON.parse(second ?? ''));
else {
  const python = await pythonWith([TORCH]);
  const folder = await makeTrainingData();
  try {
    console.log(
      `medians, quartiles in brackets; ${NUM_THREADS} threads each; load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} processors`,
    );
    const recipes = (Object.keys(CASES) as LoopRecipe[]).filter((name) => first === undefined || name === first);
    for (const recipe of recipes) await compare(recipe, Number(second ?? CASES[recipe].numRounds), folder, python);
    // Last, as TensorFlow keeps its memory.
    useTensorflow();
    for (const recipe of recipes) {
      console.log(`\n${recipe}`);
      await timeParts(recipe, folder, python);
    }
    console.log(`\nload ${os.loadavg()[0]?.toFixed(1)}`);
  } finally {
    await removeTrainingData(folder);
  }
}
