/**
 * The task queues. A queue is a kind of work with its own limit; workers choose which queues they serve.
 *
 * `fetch` is the network: its rate limit, kept by the server over all workers together, is the politeness towards the
 * source. It is apart from `ingest` because a limit on a queue holds back everything on it, commits as well. For the same
 * reason `previews` is apart from `features`.
 */
export const TASK_QUEUES = {
  /** Requests to the source, one page an activity. */
  fetch: 'fetch',
  /** Workflows, and activities on the archive and the lake. */
  ingest: 'ingest',
  /** Requests to the sources of sound, one track an activity: their own pace, apart from the charts'. */
  previews: 'previews',
  /** Sound into spectrograms: work for the processor. */
  features: 'features',
  /** Training: one run's stage at a time for each worker, as it takes the whole device. */
  train: 'train',
  /** Short steps of runs, and forecasts: they never wait for a stage of another run. */
  trainSteps: 'train-steps',
} as const;
