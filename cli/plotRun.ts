/** Draws a run's losses into a file. */
import { RUN_STAGES } from '../contracts/runs.ts';
import { lossPlot } from '../plots/lossPlot.ts';
import { writeFileAtomic } from '../runtime/files.ts';
import { readMetrics } from '../workers/trainer/metricsFile.ts';
import { type RunRecord, runFolderIn } from '../workers/trainer/runFolder.ts';
import { metricsPathOf } from '../workers/trainer/runPaths.ts';
import type { CommandContext } from './context.ts';
import { svgPathOf } from './svgPath.ts';

/**
 * @param file from the working directory; what was there is replaced
 * @returns the whole path
 * @throws ChartlifeError InvalidInput, DiskFull
 */
export async function plotRun({ home, effects }: CommandContext, record: RunRecord, file: string): Promise<string> {
  const target = svgPathOf(effects.cwd, file);
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
  await writeFileAtomic(target, lossPlot({ runId, recipe: recipe.name, isSynthetic, stages }));
  return target;
}
