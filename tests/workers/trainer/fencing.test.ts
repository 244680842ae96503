/** What a run's files withstand: an attempt that wakes too late, a damaged or unreadable checkpoint, a disk without room. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openCheckpointStore } from '../../../workers/trainer/checkpoints.ts';
import { requireLease, takeLease } from '../../../workers/trainer/lease.ts';
import { numStepsFrom0, openMetricsFile, readMetrics } from '../../../workers/trainer/metricsFile.ts';
import { mountSmallDisk, unmountSmallDisk } from '../../data/smallDisk.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-fencing-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const metricsAt = (step: number) => ({ step, loss: step, gradientNorm: 1, learningRate: 1 });
const stepsIn = async (file: string): Promise<number[]> => (await readMetrics(file)).map(({ step }) => step);

describe('losses', () => {
  test('whoever writes to a file that another has begun anew is told, and ends', async () => {
    const file = path.join(folder, 'mp2.losses.jsonl');
    const rightful = await openMetricsFile(file, 0);
    for (let step = 0; step < 10; step++) rightful.add(metricsAt(step));
    await rightful.flush();
    const sleeper = await openMetricsFile(file, 4);
    rightful.add(metricsAt(10));
    await expect(rightful.flush()).rejects.toMatchObject({ type: 'LeaseLost', details: { path: file } });
    await expect(rightful.close()).rejects.toMatchObject({ type: 'LeaseLost' });
    await sleeper.close();
    expect(await stepsIn(file)).toEqual([0, 1, 2, 3]);
  });

  test('of a file that is gone too', async () => {
    const file = path.join(folder, 'mp2.losses.jsonl');
    const losses = await openMetricsFile(file, 0);
    await rm(file);
    await expect(losses.close()).rejects.toMatchObject({ type: 'LeaseLost' });
  });

  test('are counted up to the first gap', async () => {
    const file = path.join(folder, 'mp2.losses.jsonl');
    expect(await numStepsFrom0(file)).toBe(0);
    await writeFile(file, [0, 1, 2, 4].map((step) => `${JSON.stringify(metricsAt(step))}\n`).join(''));
    expect(await numStepsFrom0(file)).toBe(3);
    await writeFile(file, [0, 1].map((step) => `${JSON.stringify(metricsAt(step))}\n`).join(''));
    expect(await numStepsFrom0(file)).toBe(2);
  });
});

describe('checkpoints', () => {
  const tensors = (value: number) => new Map([['a', { shape: [1], values: Float32Array.of(value) }]]);
  const write = async (...steps: number[]) => {
    const store = openCheckpointStore(folder);
    for (const step of steps) await store.write({ stage: 'mp2', step, tensors: tensors(step), facts: {} });
  };
  const damageAll = async (): Promise<void> => {
    for (const name of await readdir(folder)) {
      const bytes = await readFile(path.join(folder, name));
      bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
      await writeFile(path.join(folder, name), bytes);
    }
  };

  test('one of more steps than there are losses is passed over', async () => {
    await write(100, 200);
    const skipped: string[] = [];
    const found = await openCheckpointStore(folder).newest('mp2', {
      onSkipped: (_, why) => skipped.push(why),
      mostSteps: 150,
    });
    expect(found?.step).toBe(100);
    expect(skipped).toEqual(['of its 200 steps the losses of 150 alone are kept']);
  });

  test('one that cannot be read is passed over, and said', async () => {
    await write(100);
    await mkdir(path.join(folder, `mp2-00000200-${'0'.repeat(64)}.safetensors`));
    const skipped: string[] = [];
    const found = await openCheckpointStore(folder).newest('mp2', { onSkipped: (_, why) => skipped.push(why) });
    expect(found?.step).toBe(100);
    expect(skipped).toEqual([expect.stringMatching(/^it can't be read .*EISDIR/)]);
  });

  test('a sound one is kept, however many damaged ones have more steps', async () => {
    await write(100, 200, 300);
    await damageAll();
    const store = openCheckpointStore(folder);
    expect(await store.newest('mp2')).toBeNull();
    await store.write({ stage: 'mp2', step: 60, tensors: tensors(60), facts: {} });
    expect((await store.newest('mp2'))?.step).toBe(60);
  });
});

describe('leases', () => {
  test('are not told from what else lies in their folder', async () => {
    await mkdir(path.join(folder, 'leases'));
    await writeFile(path.join(folder, 'leases', '.nfs0001'), '');
    const lease = await takeLease(folder);
    expect(lease).toBe(1);
    await expect(requireLease(folder, lease)).resolves.toBeUndefined();
  });
});

test('a disk that has room for no folder is full, for a lease and for the first checkpoint', async (context) => {
  const disk = path.join(folder, 'disk');
  const why = mountSmallDisk(disk, 1, 1);
  if (why !== null) return context.skip(`no disk of its own can be mounted: ${why}`);
  try {
    await chmod(disk, 0o755);
    const run = path.join(disk, 'runs', 'one');
    await expect(takeLease(run)).rejects.toMatchObject({ type: 'DiskFull' });
    const store = openCheckpointStore(path.join(run, 'checkpoints'));
    await expect(store.write({ stage: 'mp2', step: 1, tensors: new Map(), facts: {} })).rejects.toMatchObject({
      type: 'DiskFull',
    });
  } finally {
    unmountSmallDisk(disk);
  }
});
