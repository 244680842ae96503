/** How long each class of activity may take, and how it is tried again. */
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import type { Patience } from '../contracts/payloads.ts';
import { TASK_QUEUES } from '../contracts/taskQueues.ts';

/** A worker that was killed is noticed after this; activities beat several times within it. */
const HEARTBEAT_TIMEOUT_MS = 6_000;

/**
 * One request to the source. Attempts are bounded, so that one dead page can't hold the night: it is reported as
 * failed and the night goes on. The wait in the queue is not bounded: it is the politeness.
 */
export function fetchOptions(patience: Patience): ActivityOptions {
  return {
    taskQueue: TASK_QUEUES.fetch,
    startToCloseTimeout: '90 seconds',
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: {
      initialInterval: patience.firstWaitMs,
      backoffCoefficient: 3,
      maximumInterval: patience.longestWaitMs,
      maximumAttempts: patience.maxAttempts,
    },
  };
}

/** Asking for the sound of one track: its page, then the sound itself. */
export function previewOptions(patience: Patience): ActivityOptions {
  return { ...fetchOptions(patience), taskQueue: TASK_QUEUES.previews, startToCloseTimeout: '3 minutes' };
}

/** A shard's worth of sound into spectrograms: seconds, or minutes where the sound is long. */
export const SPECTROGRAM_OPTIONS: ActivityOptions = {
  taskQueue: TASK_QUEUES.features,
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    maximumAttempts: 10,
  },
};

/** Work on the lake and the archive: about a quarter of an hour of patience, for a full disk or a busy catalog. */
export const LAKE_OPTIONS: ActivityOptions = {
  taskQueue: TASK_QUEUES.ingest,
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    maximumAttempts: 20,
  },
};

/** Work that the next night makes good if it fails in this one. */
export const UPKEEP_OPTIONS: ActivityOptions = {
  ...LAKE_OPTIONS,
  startToCloseTimeout: '30 minutes',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 seconds', maximumAttempts: 3 },
};

/** Short steps of a run beside its stages: seconds, or minutes on a large lake. */
export const TRAIN_STEP_OPTIONS: ActivityOptions = {
  ...LAKE_OPTIONS,
  taskQueue: TASK_QUEUES.trainSteps,
  startToCloseTimeout: '1 hour',
};

/** Forecasts of a night: where no worker of training takes them up within the hour, the next night makes them. */
export const FORECAST_OPTIONS: ActivityOptions = {
  ...TRAIN_STEP_OPTIONS,
  scheduleToStartTimeout: '1 hour',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 seconds', maximumAttempts: 3 },
};

/**
 * A stage of a run: hours or days, from its last checkpoint each time. A worker that is lost, a disk that is full and a
 * trainer that died are tried again without end; what can't help itself (a loss that is not finite) fails at once. The
 * pause does not grow with the attempts, or a run of days would wait minutes for its tenth worker: failures that come to
 * nothing name a longer one (activities/stagePatience.ts).
 */
export const TRAIN_STAGE_OPTIONS: ActivityOptions = {
  taskQueue: TASK_QUEUES.train,
  startToCloseTimeout: '365 days',
  // Most of the time from a worker's death to the next step; its beats go out every second and a half.
  heartbeatTimeout: '4 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '200 milliseconds', backoffCoefficient: 1 },
};

/** Temporal's lowest of five; the others have the middle one. */
export const LAST_IN_QUEUE = { priorityKey: 5 } as const;
