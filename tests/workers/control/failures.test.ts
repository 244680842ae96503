/** The way of an error from the trainer's process, or any activity, through Temporal to the command line. */

import { WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure, CancelledFailure, RetryState, TimeoutFailure, TimeoutType } from '@temporalio/common';
import { expect, test } from 'vitest';
import { toApplicationFailure } from '../../../activities/failures.ts';
import { describeFailure } from '../../../cli/output/reportError.ts';
import { ChartlifeError } from '../../../contracts/errors.ts';
import { fromSentError, toSentError } from '../../../contracts/sentError.ts';
import { asError, failureOf } from '../../../workers/control/failures.ts';

function reported(cause: Error): ReturnType<typeof describeFailure> {
  const activity = new ActivityFailure(
    'activity failed',
    'trainRunStage',
    '1',
    RetryState.MAXIMUM_ATTEMPTS_REACHED,
    'w',
    cause,
  );
  return describeFailure(
    asError(failureOf(new WorkflowFailedError('workflow failed', activity, RetryState.NON_RETRYABLE_FAILURE))),
  );
}

/** As it comes out of another process, and of the activity that listened to it. */
function sent(error: unknown): Error {
  return toApplicationFailure(fromSentError(JSON.parse(JSON.stringify(toSentError(error)))), 3);
}

test('an error of the list keeps type, message, next and exit code', () => {
  const error = new ChartlifeError('NonFiniteLoss', 'the loss is NaN at step 7', { next: 'Lower the learning rate.' });
  expect(reported(sent(error))).toMatchObject({
    ...{ type: 'NonFiniteLoss', message: 'the loss is NaN at step 7', next: 'Lower the learning rate.', exitCode: 9 },
  });
});

test('an unforeseen one comes out as a defect under its own name, and never as a server that can’t be reached', () => {
  const report = reported(sent(new TypeError('x is undefined')));
  expect(report).toMatchObject({ type: 'Unexpected', exitCode: 1 });
  expect(report.message).toBe('the run failed: TypeError: x is undefined (the workers’ logs have more)');
  expect(reported(sent('a text')).message).toContain('the run failed: Error: a text');
  // A name that every object has is no type of ours.
  expect(reported(Object.assign(sent(new Error('odd')), { type: 'toString' }))).toMatchObject({ type: 'Unexpected' });
});

test.each([
  ['Cancelled', new CancelledFailure('by hand')],
  ['Timeout', new TimeoutFailure('too long', undefined, TimeoutType.START_TO_CLOSE)],
])('%s is a run that was stopped', (name, cause) => {
  const report = reported(cause);
  expect(report).toMatchObject({ type: 'RunStopped', exitCode: 8 });
  expect(report.message).toContain(`the run ended: ${name}: `);
});
