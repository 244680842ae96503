/** What lies where in a run's folder, for those who know nothing of tensors. */
import path from 'node:path';

export type StageName = 'mp2' | 'mp3';

/** The file of a stage's final weights. */
export function weightsPathOf(runDir: string, stage: StageName): string {
  return path.join(runDir, `${stage}.safetensors`);
}

export function checkpointsDirOf(runDir: string): string {
  return path.join(runDir, 'checkpoints');
}

/** A line of JSON for each step: see metricsFile.ts. */
export function metricsPathOf(runDir: string, stage: StageName): string {
  return path.join(runDir, `${stage}.losses.jsonl`);
}
