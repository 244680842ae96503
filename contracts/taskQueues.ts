/**
 * The task queues. A queue is a kind of work with its own limit; workers choose which queues they serve.
 *
 * `fetch` is the network: its rate limit, kept by the server over all workers together, is the politeness towards the
 * source. It is apart from `ingest` because a limit on a queue holds back everything on it, commits as well.
 */
export const TASK_QUEUES = {
  /** Requests to the source, one page an activity. */
  fetch: 'fetch',
  /** Workflows, and activities on the archive and the lake. */
  ingest: 'ingest',
} as const;

export type TaskQueue = (typeof TASK_QUEUES)[keyof typeof TASK_QUEUES];
