/** Signals to a training run, over a client that is made up: a whole system runs in tests/integration. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { expect, test } from 'vitest';
import type { RunId } from '../../../contracts/runs.ts';
import { trainId } from '../../../contracts/workflowIds.ts';
import { signalTrain } from '../../../workers/control/train.ts';

const RUN_ID = '3f9a6c01d2e4b587' as RunId;

function clientWhere(signal: (name: string) => Promise<void>): Client {
  return { workflow: { getHandle: () => ({ signal }) } } as unknown as Client;
}

test.each(['pause', 'resume'] as const)('%s of a run that has ended says so, and what to look at', async (signal) => {
  const client = clientWhere(() =>
    Promise.reject(new WorkflowNotFoundError('workflow execution already completed', trainId(RUN_ID), undefined)),
  );
  await expect(signalTrain(client, RUN_ID, signal)).rejects.toMatchObject({
    type: 'InvalidInput',
    message: `run ${RUN_ID} is not under way`,
    next: `See what it has: chartlife runs show ${RUN_ID}`,
  });
});

test('a run that goes on is told, and another error stays what it is', async () => {
  const told: string[] = [];
  await signalTrain(
    clientWhere(async (name) => void told.push(name)),
    RUN_ID,
    'pause',
  );
  expect(told).toEqual(['pause']);
  const broken = new TypeError('broken');
  await expect(
    signalTrain(
      clientWhere(() => Promise.reject(broken)),
      RUN_ID,
      'pause',
    ),
  ).rejects.toBe(broken);
});
