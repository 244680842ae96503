/** Draws a run's losses into a file. */
import path from 'node:path';
import { ChartlifeError } from '../contracts/errors.ts';
import { RUN_STAGES } from '../contracts/runs.ts';
import { lossPlot } from '../plots/lossPlot.ts';
import { writeFileAtomic } from '../runtime/files.ts';
import { readMetrics } from '../workers/trainer/metricsFile.ts';
import { type RunRecord, runFolderIn } from '../workers/trainer/runFolder.ts';
import { metricsPathOf } from '../workers/trainer/runPaths.ts';
import type { CommandContext } from './context.ts';

/**
 * @param file from the working directory; what was there is replaced
 * @returns the whole path
 * @throws ChartlifeError InvalidInput, DiskFull
 */
export async function plotRun({ home, effects }: CommandContext, record: RunRecord, file: string): Promise<string> {
  requireSvgName(file);
  const { runId, recipe, dataset } = record;
  const folder = runFolderIn(home.runsDir, runId);
  const stages = await Promise.all(
    RUN_STAGES.map(async (stage) => ({
      stage,
      numSteps: recipe[stage].numSteps,
      losses: await readMetrics(metricsPathOf(folder.path, stage)),
    })),
  );
  const isSynthetic = (dataset?.numSynthetic ?? 0) > 0;
  const target = path.resolve(effects.cwd, file);
  await writeFileAtomic(target, lossPlot({ runId, recipe: recipe.name, isSynthetic, stages }));
  return target;
}

function requireSvgName(file: string): void {
  if (path.extname(file).toLowerCase() === '.svg') return;
  throw new ChartlifeError('InvalidInput', `a plot is written as SVG, and ${file} does not end in .svg`, {
    next: `Give such a name: --plot ${file.slice(0, file.length - path.extname(file).length)}.svg`,
    details: { value: file },
  });
}
