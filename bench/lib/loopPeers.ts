/** The processes of a training loop or a bare step: ours, which a bench serves itself, and PyTorch's. */
import path from 'node:path';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import type { LoopSpec } from './trainingLoop.ts';
import { endlessRecipe } from './trainingRun.ts';
import { TurnPeer } from './turnPeer.ts';

export const TORCH = 'torch==2.13.0';
const SCRIPT = path.join(PROJECT_ROOT, 'bench', 'loop_torch.py');

/** @param benchPath the bench, which calls serveLoop() with what comes after `serve` */
export function ourLoop(benchPath: string, spec: LoopSpec): TurnPeer {
  return new TurnPeer(process.execPath, ['--enable-source-maps', benchPath, 'serve', JSON.stringify(spec)]);
}

export function torchLoop(python: string, spec: LoopSpec): TurnPeer {
  return new TurnPeer(python, torchArguments(spec, spec.kind));
}

/** Of bench/loop_torch.py, with the recipe's sizes. */
export function torchArguments(
  { folder, recipe, checkpointEverySteps }: LoopSpec,
  kind: LoopSpec['kind'] | 'timeOneCheckpoint',
  numTimes = 0,
): string[] {
  const { encoder, augment, mp2 } = endlessRecipe(recipe);
  return [SCRIPT, JSON.stringify({ folder, kind, checkpointEverySteps, encoder, augment, stage: mp2, numTimes })];
}
