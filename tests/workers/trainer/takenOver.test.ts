/** An attempt that another takes over from while it reads its checkpoints: what takes seconds of a large model. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpointsDirOf, metricsPathOf } from '../../../workers/trainer/runPaths.ts';
import { regionsOf, trainingTable } from '../../../workers/trainer/trainingTable.ts';
import { trainStage } from '../../../workers/trainer/trainStage.ts';
import { useTensorflow } from '../../models/tensorflow.ts';
import { makeRunFixture, type RunFixture } from './runFixture.ts';

useTensorflow();

let fixture: RunFixture;
beforeAll(async () => {
  // It ends before a batch is asked for.
  fixture = await makeRunFixture('no thread');
});
afterAll(() => fixture.remove());

test('it leaves the losses of the other as they are', async () => {
  const { job } = await fixture.job('taken-over');
  const { recipe, normalisers, runDir, lease } = job;
  const lossesPath = metricsPathOf(runDir, 'mp2');
  const losses = Array.from({ length: 9 }, (_, step) => `{"step":${step},"loss":1}\n`).join('');
  await writeFile(lossesPath, losses);
  mkdirSync(checkpointsDirOf(runDir));
  await writeFile(path.join(checkpointsDirOf(runDir), `mp2-00000007-${'0'.repeat(64)}.safetensors`), 'damaged');
  const regions = regionsOf(fixture.dataset);
  const table = trainingTable(fixture.dataset, 'training', normalisers, {
    regions,
    sumWeeks: recipe.sumWeeks,
    isPointHead: false,
  });
  const warnings: string[] = [];
  const stage = trainStage(
    {
      ...job,
      ...{ lease: lease as number, table, numRegions: regions.length, numBatchThreads: 1, nameOfRow: String },
    },
    {
      onWarning(message) {
        warnings.push(message);
        // As takeLease does, in one go.
        writeFileSync(path.join(runDir, 'leases', '2'), '');
        rmSync(path.join(runDir, 'leases', '1'));
      },
    },
  );
  await expect(stage).rejects.toMatchObject({ type: 'LeaseLost', details: { number: 1, newest: 2 } });
  expect(warnings).toEqual([expect.stringContaining('its bytes are not those of its name')]);
  expect(await readFile(lossesPath, 'utf8')).toBe(losses);
});
