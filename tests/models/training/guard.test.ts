/** A step that is not finite is refused by name; that it changes nothing is in trainer.test.ts. */
import { expect, test } from 'vitest';
import { throwUnlessFinite } from '../../../models/training/guard.ts';

const PLACE = { step: 12, batch: () => 'a, b' };

test.each([
  ['loss NaN', Number.NaN, 1, 1],
  ['loss infinite', Number.NEGATIVE_INFINITY, 1, 1],
  ['gradient NaN', 1, Number.NaN, 1],
  ['gradient infinite', 1, Number.POSITIVE_INFINITY, 1],
  ['what it would make of the parameters NaN', 1, 1, Number.NaN],
])('%s is refused', (_, loss, gradientNorm, parameterNorm) => {
  expect(() => throwUnlessFinite({ loss, gradientNorm, parameterNorm }, PLACE)).toThrow(
    expect.objectContaining({ type: 'NonFiniteLoss', retryable: false, exitCode: 9 }),
  );
});

test('the error names step and batch, and what was not finite', () => {
  expect(() => throwUnlessFinite({ loss: Number.NaN, gradientNorm: 2, parameterNorm: 3 }, PLACE)).toThrow(
    expect.objectContaining({
      message: expect.stringContaining('loss NaN with gradient norm 2 and parameters of norm 3 at step 12, batch a, b'),
      details: { step: 12, batch: 'a, b', loss: 'NaN', gradientNorm: '2', parameterNorm: '3' },
    }),
  );
});

test('a finite one passes, and its batch is not described', () => {
  const batch = (): string => {
    throw new Error('it was described');
  };
  expect(() => throwUnlessFinite({ loss: 1, gradientNorm: 1e30, parameterNorm: 1 }, { step: 0, batch })).not.toThrow();
});
