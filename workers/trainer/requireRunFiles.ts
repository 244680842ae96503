/** What a task of a run reads must be what `run.json` says was written: a file that is another makes another run of it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { ChartlifeError } from '../../contracts/errors.ts';
import { systemErrorCode } from '../../runtime/files.ts';
import type { RunFolder, RunRecord } from './runFolder.ts';
import { type StageName, weightsPathOf } from './runPaths.ts';

/** `fit` is of no stage; the others are the trainer's tasks. */
export type ReadingTask =
  | { readonly task: 'fit' }
  | { readonly task: 'train' | 'evaluate' | 'forecast'; readonly stage: StageName };

type Written = Pick<RunRecord, 'runId' | 'dataset' | 'weightsSha256'>;

/**
 * The data set, for each; MP2's weights before MP3 begins with them; a stage's own before they are evaluated or forecast with.
 *
 * @throws ChartlifeError LakeUnusable for a file that is not there or whose SHA-256 is another
 */
export async function requireRunFiles(folder: RunFolder, record: Written, task: ReadingTask): Promise<void> {
  await requireFile(folder, record, folder.datasetPath, record.dataset?.sha256);
  const stage = weightsReadBy(task);
  if (stage !== null)
    await requireFile(folder, record, weightsPathOf(folder.path, stage), record.weightsSha256?.[stage]);
}

function weightsReadBy(task: ReadingTask): StageName | null {
  if (task.task === 'evaluate' || task.task === 'forecast') return task.stage;
  return task.task === 'train' && task.stage === 'mp3' ? 'mp2' : null;
}

async function requireFile(
  { path: folder }: RunFolder,
  { runId }: Written,
  file: string,
  expected: string | undefined,
): Promise<void> {
  if (expected === undefined) throw new TypeError(`run ${runId} does not say yet what ${file} is`);
  const found = await sha256Of(file);
  if (found === expected) return;
  const what = found === null ? 'is not there' : `has SHA-256 ${found}`;
  throw new ChartlifeError('LakeUnusable', `${file} of run ${runId} ${what}; it was written with ${expected}`, {
    next: `Put it back from a copy; without one, remove the folder ${folder} and train the run again.`,
    details: { runId, path: file, expected, found },
  });
}

/** Lower-case hexadecimal; null where there is no such file. */
async function sha256Of(file: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const bytes of createReadStream(file)) hash.update(bytes as Uint8Array);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
  return hash.digest('hex');
}
