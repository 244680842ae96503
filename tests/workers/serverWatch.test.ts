import { expect, test } from 'vitest';
import { watchServer } from '../../workers/serverWatch.ts';

const OPTIONS = { address: '127.0.0.1:7233', askEveryMs: 5, patienceMs: 40 };

test('a server that stays away is an error once the patience is over', async () => {
  const watch = watchServer({ ...OPTIONS, ask: () => Promise.reject(new Error('connection refused')) });
  await expect(watch.lost).rejects.toMatchObject({
    type: 'ServerUnavailable',
    exitCode: 8,
    message: expect.stringContaining('127.0.0.1:7233'),
  });
  watch.stop();
});

test('a server that comes back in time is no error', async () => {
  let numAsked = 0;
  const watch = watchServer({
    ...OPTIONS,
    // Away for two asks of three: never for as long as the patience.
    ask: () => (numAsked++ % 3 === 0 ? Promise.resolve() : Promise.reject(new Error('connection refused'))),
    patienceMs: 10_000,
  });
  const isLost = await Promise.race([
    watch.lost.catch(() => true),
    new Promise((resolve) => setTimeout(() => resolve(false), 200)),
  ]);
  watch.stop();
  expect(isLost).toBe(false);
  expect(numAsked).toBeGreaterThan(3);
});
