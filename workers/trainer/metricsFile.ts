/**
 * A stage's losses as lines of JSON, one per step, for whoever watches and for the lake. Whatever happens to the process,
 * a step stands there once: a resumed training first cuts the file to the steps that its checkpoint has taken.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { ChartlifeError } from '../../contracts/errors.ts';
import { asDiskFull, systemErrorCode, writeFileAtomic } from '../../runtime/files.ts';

export interface StepMetrics {
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
}

const WRITE_EVERY_MS = 500;

export interface MetricsFile {
  add(metrics: StepMetrics): void;
  /**
   * What was added is on the disk.
   *
   * @throws ChartlifeError DiskFull; LeaseLost where another attempt has put a file of its own in its place; any other error of the
   * system's
   */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** @param numSteps that are kept of what is there */
export async function openMetricsFile(file: string, numSteps: number): Promise<MetricsFile> {
  const kept = (await readMetrics(file)).filter(({ step }) => step < numSteps);
  await writeFileAtomic(file, kept.map(lineOf).join(''));
  const handle: FileHandle = await open(file, 'a');
  let waiting = '';
  let writing: Promise<void> = Promise.resolve();
  let lastWriteMs = performance.now();
  const write = (): Promise<void> => {
    lastWriteMs = performance.now();
    const text = waiting;
    waiting = '';
    writing = writing.then(async () => {
      if (text !== '') await handle.appendFile(text);
    });
    return writing;
  };
  const flush = async (): Promise<void> => {
    try {
      await write();
      await handle.datasync();
    } catch (error) {
      throw asDiskFull(error, file);
    }
    await requireSameFile(handle, file);
  };
  return {
    add(metrics) {
      waiting += lineOf(metrics);
      // For whoever watches. Should it fail, the next flush says so.
      if (performance.now() - lastWriteMs > WRITE_EVERY_MS) write().catch(() => undefined);
    },
    flush,
    async close() {
      try {
        await flush();
      } finally {
        await handle.close();
      }
    },
  };
}

/** What is written into a file that has lost its name is lost. */
async function requireSameFile(handle: FileHandle, file: string): Promise<void> {
  const [own, there] = [await handle.stat(), await stat(file).catch(() => null)];
  if (there !== null && own.ino === there.ino && own.dev === there.dev) return;
  throw new ChartlifeError('LeaseLost', `${file} is another file now: another attempt has begun it anew`, {
    next: 'Nothing: the stage goes on from its last checkpoint whose losses are there.',
    details: { path: file },
  });
}

/** In the order of the steps; a line that a dying process left unfinished is passed over. None where there is no file. */
export async function readMetrics(file: string): Promise<StepMetrics[]> {
  const found: StepMetrics[] = [];
  try {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      const metrics = parsedLine(line);
      if (metrics !== null) found.push(metrics);
    }
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
  return found;
}

/** Steps 0, 1, 2, … up to the first that is not there. */
export async function numStepsFrom0(file: string): Promise<number> {
  const steps = (await readMetrics(file)).map(({ step }) => step);
  const gap = steps.findIndex((step, place) => step !== place);
  return gap === -1 ? steps.length : gap;
}

function lineOf({ step, loss, gradientNorm, learningRate }: StepMetrics): string {
  return `${JSON.stringify({ step, loss, gradientNorm, learningRate })}\n`;
}

function parsedLine(line: string): StepMetrics | null {
  try {
    return JSON.parse(line) as StepMetrics;
  } catch {
    return null;
  }
}
