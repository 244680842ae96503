/** How long a stage waits for its next attempt: by what the attempts came to, not by how many there were. */
import type { ApplicationFailure } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { StagePatience } from '../../activities/stagePatience.ts';
import type { StageHooks } from '../../activities/train.ts';
import { ChartlifeError, type ErrorType } from '../../contracts/errors.ts';

const HOOKS: StageHooks = { onBeat: () => undefined, signal: new AbortController().signal };
const errorOf = (type: ErrorType): ChartlifeError =>
  new ChartlifeError(type, 'it ended', { next: 'Wait.', details: { end: 'signal SIGKILL' } });

/** An attempt that ends with an error, after a step or before. */
async function failed(patience: StagePatience, type: ErrorType, hasStepped: boolean, stage = 'a'): Promise<unknown> {
  return patience
    .attempt(stage, HOOKS, async ({ onBeat }) => {
      onBeat({ step: 3, numSteps: 9, loss: null });
      if (hasStepped) onBeat({ step: 4, numSteps: 9, loss: 0.5 });
      throw errorOf(type);
    })
    .catch((error: unknown) => error);
}

describe('a stage that failed waits', () => {
  test('longer each time it came to nothing, at most five minutes', async () => {
    const patience = new StagePatience();
    const waits: unknown[] = [];
    for (let attempt = 0; attempt < 10; attempt++) {
      const error = await failed(patience, 'DiskFull', false);
      waits.push((error as ChartlifeError).details.retryAfterMs);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => 1_000 * seconds));
  });

  test('a second after steps, however often it was killed before', async () => {
    const patience = new StagePatience();
    await failed(patience, 'TrainerLost', false);
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await failed(patience, 'TrainerLost', true)).toMatchObject({
        type: 'TrainerLost',
        message: 'it ended',
        next: 'Wait.',
        details: { end: 'signal SIGKILL', retryAfterMs: 1_000 },
      });
    }
    expect(await failed(patience, 'TrainerLost', false)).toMatchObject({ details: { retryAfterMs: 2_000 } });
  });

  test('for itself alone', async () => {
    const patience = new StagePatience();
    await failed(patience, 'TrainerLost', false);
    expect(await failed(patience, 'TrainerLost', false, 'b')).toMatchObject({ details: { retryAfterMs: 2_000 } });
  });
});

test('an error that no attempt can help stays as it is', async () => {
  const error = await failed(new StagePatience(), 'NonFiniteLoss', true);
  expect(error).toEqual(errorOf('NonFiniteLoss'));
});

describe('an error that nobody foresaw', () => {
  /** @param step up to which it came first; null where it made none */
  const stumble = (patience: StagePatience, step: number | null): Promise<unknown> =>
    patience
      .attempt('a', HOOKS, async ({ onBeat }) => {
        if (step !== null) onBeat({ step, numSteps: 9, loss: 0.5 });
        throw new Error('EIO: i/o error');
      })
      .catch((error: unknown) => error);

  test('is final at the third time in a row', async () => {
    const patience = new StagePatience();
    const isFinal: unknown[] = [];
    for (let time = 0; time < 3; time++)
      isFinal.push(((await stumble(patience, null)) as ApplicationFailure).nonRetryable);
    expect(isFinal).toEqual([false, false, true]);
  });

  test('is final at the third time at the same step, whatever steps lead to it from the last checkpoint', async () => {
    const patience = new StagePatience();
    const isFinal: unknown[] = [];
    for (const step of [7, 7, 6]) isFinal.push(((await stumble(patience, step)) as ApplicationFailure).nonRetryable);
    expect(isFinal).toEqual([false, false, true]);
  });

  test('counts anew after steps that nobody had come to and after another error, however often the stage was killed', async () => {
    const patience = new StagePatience();
    for (let time = 0; time < 10; time++) await failed(patience, 'TrainerLost', true);
    for (const step of [null, null, 5, 6, 7]) {
      expect(await stumble(patience, step)).toMatchObject({ message: 'EIO: i/o error', nonRetryable: false });
    }
    await failed(patience, 'TrainerLost', false);
    expect(await stumble(patience, null)).toMatchObject({ nonRetryable: false });
  });
});

test('an attempt gives its result and passes its beats on', async () => {
  const beats: unknown[] = [];
  const hooks: StageHooks = { ...HOOKS, onBeat: (beat) => beats.push(beat) };
  const beat = { step: 1, numSteps: 2, loss: 0.25 };
  const result = await new StagePatience().attempt('a', hooks, async ({ onBeat, signal }) => {
    onBeat(beat);
    return signal;
  });
  expect(result).toBe(HOOKS.signal);
  expect(beats).toEqual([beat]);
});
