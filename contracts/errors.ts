/**
 * The closed list of what can go wrong, and whether trying again can help.
 *
 * Every error that crosses a folder's border is a `ChartlifeError` with a type from this list, a message that quotes
 * the offending value and its place, and the next action for the person who reads it. Activities turn it into a
 * Temporal `ApplicationFailure` with the same type; the command line turns it into an exit code.
 */
export const ERROR_TYPES = {
  /** A value given by a person or a file does not have the form it must have. */
  InvalidInput: { retryable: false, exitCode: 2 },
  /** The page is not one of kworb's Spotify pages, or not the one that was asked for. */
  WrongPage: { retryable: false, exitCode: 3 },
  /** The page's tables, headers or cells are not as the parser knows them. */
  LayoutChanged: { retryable: false, exitCode: 3 },
  /** The page ends before its table does. */
  PageTruncated: { retryable: false, exitCode: 3 },
  /** HTTP 404 or 410: there is no such page. For a track page: it never charted. */
  PageNotFound: { retryable: false, exitCode: 4 },
  /** HTTP 4xx other than 404, 410 and 429: the server will not answer this request as it stands. */
  RequestRefused: { retryable: false, exitCode: 4 },
  /** HTTP 429. `details.retryAfterMs` says when to come back, if the server did. */
  RateLimited: { retryable: true, exitCode: 4 },
  /** HTTP 5xx, a broken connection, a timeout. */
  SourceUnavailable: { retryable: true, exitCode: 4 },
  /** robots.txt refuses the address. */
  RobotsDisallowed: { retryable: false, exitCode: 4 },
  /** The address, or a redirect, leaves the allowed hosts. */
  HostNotAllowed: { retryable: false, exitCode: 4 },
  /** The answer is larger than the limit for its kind. */
  ResponseTooLarge: { retryable: false, exitCode: 4 },
  /** A file to import can't be read as a chart: no such column, no date, no row fits. */
  ImportRejected: { retryable: false, exitCode: 3 },
  /** The bytes are no sound in a known format, or so damaged that none of it can be decoded. */
  AudioUndecodable: { retryable: false, exitCode: 3 },
  /** The sound, as declared or as decoded, passes a limit on bytes, seconds, channels or rate. */
  AudioTooLarge: { retryable: false, exitCode: 3 },
  /** Less than one frame of sound. */
  AudioTooShort: { retryable: false, exitCode: 3 },
  /** A blocking data check failed, and nothing was committed; or a run that was trained again came to other bits. */
  CheckFailed: { retryable: false, exitCode: 5 },
  /** Another writer was faster; the transaction was rolled back. */
  LakeConflict: { retryable: true, exitCode: 6 },
  /** The lake can't be opened: absent, of a newer schema, or damaged. */
  LakeUnusable: { retryable: false, exitCode: 6 },
  /** No such snapshot, or it has expired. */
  SnapshotNotFound: { retryable: false, exitCode: 6 },
  /** SQL given by a person failed or tried to write. */
  QueryFailed: { retryable: false, exitCode: 2 },
  /** No room left; what was under way was rolled back and can go on when there is room. */
  DiskFull: { retryable: true, exitCode: 7 },
  /** A past chart that was never fetched can't be invented. */
  BackfillRefused: { retryable: false, exitCode: 2 },
  /** A native part (Temporal server, DuckLake, Chromium) is missing or of the wrong version. */
  SetupMissing: { retryable: false, exitCode: 8 },
  /** A system runs for this home already: two would write beside each other. */
  AlreadyRunning: { retryable: false, exitCode: 8 },
  /** The Temporal server can't be reached. */
  ServerUnavailable: { retryable: true, exitCode: 8 },
  /** A run was cancelled, terminated or timed out before its end; what it had done is kept. */
  RunStopped: { retryable: false, exitCode: 8 },
  /** A step can't be compiled: it reads a value, uses a tensor from outside, or draws from a hidden state. */
  TraceFailed: { retryable: false, exitCode: 9 },
  /** A training step's loss or gradient is not finite; nothing was updated. `details` has the step and the batch. */
  NonFiniteLoss: { retryable: false, exitCode: 9 },
  /** The trainer's process ended without an answer, or made no step for long; what it had saved is there. */
  TrainerLost: { retryable: true, exitCode: 9 },
  /**
   * Another attempt at the same stage of a run has begun since: this one publishes nothing. Where that other one is the
   * sleeper, woken late, this one is tried again, and takes the lease back.
   */
  LeaseLost: { retryable: true, exitCode: 9 },
  /** No run of that id in this home. */
  RunNotFound: { retryable: false, exitCode: 2 },
} as const;

export type ErrorType = keyof typeof ERROR_TYPES;

/** What a machine needs to know of an error: plain values only, so that it survives JSON. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface ChartlifeErrorOptions {
  /** What the reader should do next, as a sentence. */
  readonly next: string;
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/** An error of a known type. `message` says what and where; `next` says what to do. */
export class ChartlifeError extends Error {
  readonly type: ErrorType;
  readonly next: string;
  readonly details: ErrorDetails;

  constructor(type: ErrorType, message: string, options: ChartlifeErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ChartlifeError';
    this.type = type;
    this.next = options.next;
    this.details = options.details ?? {};
  }

  get retryable(): boolean {
    return ERROR_TYPES[this.type].retryable;
  }

  get exitCode(): number {
    return ERROR_TYPES[this.type].exitCode;
  }
}

/** True for a `ChartlifeError`, of one type if one is given. */
export function isChartlifeError(error: unknown, type?: ErrorType): error is ChartlifeError {
  return error instanceof ChartlifeError && (type === undefined || error.type === type);
}
