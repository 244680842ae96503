import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { toApplicationFailure } from '../../activities/failures.ts';
import { ChartlifeError, ERROR_TYPES, type ErrorType } from '../../contracts/errors.ts';

test.each(Object.keys(ERROR_TYPES) as ErrorType[])(
  '%s keeps its type, and is retried or not as the list says',
  (type) => {
    const failure = toApplicationFailure(new ChartlifeError(type, 'what and where', { next: 'What to do.' }), 1);
    expect(failure).toMatchObject({
      type,
      nonRetryable: !ERROR_TYPES[type].retryable,
      message: 'what and where. What to do.',
    });
  },
);

test('a pause that the source asks for is kept, but only where it is tried again', () => {
  const after = (type: ErrorType) =>
    toApplicationFailure(new ChartlifeError(type, 'm', { next: 'n', details: { retryAfterMs: 5_000 } }), 1)
      .nextRetryDelay;
  expect(after('RateLimited')).toBe(5_000);
  expect(after('PageNotFound')).toBeUndefined();
});

test('an error nobody foresaw is tried three times, under its own name, and is not repeated for ever', () => {
  const retried = [1, 2, 3, 4].map(
    (attempt) => !toApplicationFailure(new TypeError('x is undefined'), attempt).nonRetryable,
  );
  expect(retried).toEqual([true, true, false, false]);
  expect(toApplicationFailure(new TypeError('x is undefined'), 1)).toMatchObject({
    type: 'TypeError',
    message: 'x is undefined',
  });
  expect(toApplicationFailure('a text', 1)).toMatchObject({ type: 'Error', message: 'a text' });
});

test('a failure that is Temporal’s already is passed on; a message has an end', () => {
  const failure = ApplicationFailure.nonRetryable('m', 'T');
  expect(toApplicationFailure(failure, 1)).toBe(failure);
  const long = toApplicationFailure(new ChartlifeError('LayoutChanged', 'x'.repeat(100_000), { next: 'n' }), 1);
  expect(long.message.length).toBeLessThan(4_000);
});
