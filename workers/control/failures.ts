/** Why a run did not complete, in the words of the error that began it. */
import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
  type WorkflowFailedError,
} from '@temporalio/client';
import { DefaultFailureConverter, defaultPayloadConverter, type ProtoFailure } from '@temporalio/common';
import { ChartlifeError, ERROR_TYPES, type ErrorType } from '../../contracts/errors.ts';

export interface WorkflowFailureSummary {
  /** A type of `contracts/errors.ts`, else `Cancelled`, `Terminated`, `Timeout` or an unforeseen error's name. */
  readonly errorType: string;
  /** Without what to do next. */
  readonly message: string;
  /** What the error says to do; null if it says nothing. */
  readonly next: string | null;
}

export function failureOf(error: WorkflowFailedError): WorkflowFailureSummary {
  return summaryOf(error);
}

/** The same of a failure that has not ended its run. */
export function failureOfAttempt(failure: ProtoFailure): WorkflowFailureSummary {
  return summaryOf(new DefaultFailureConverter().failureToError(failure, defaultPayloadConverter));
}

function summaryOf(error: Error): WorkflowFailureSummary {
  let cause: Error = error;
  while (!(cause instanceof ApplicationFailure) && cause.cause instanceof Error) cause = cause.cause;
  const next = nextOf(cause);
  // Our failures end with what to do next, for whoever reads them on Temporal's own pages.
  const isSaid = next !== null && cause.message.endsWith(`. ${next}`);
  const message = isSaid ? cause.message.slice(0, -`. ${next}`.length) : cause.message;
  return { errorType: typeOf(cause), message, next };
}

function nextOf(cause: Error): string | null {
  if (!(cause instanceof ApplicationFailure)) return null;
  const [details] = cause.details ?? [];
  if (typeof details !== 'object' || details === null || !('next' in details)) return null;
  return typeof details.next === 'string' ? details.next : null;
}

/**
 * The same as it is thrown: of our own list where it is there; RunStopped where it was ended from outside; else as what it
 * is, a defect, under its own name.
 */
export function asError({ errorType, message, next }: WorkflowFailureSummary): Error {
  if (isErrorType(errorType)) {
    return new ChartlifeError(errorType, message, { next: next ?? '`chartlife status` shows the run.' });
  }
  if (ENDS_FROM_OUTSIDE.has(errorType)) {
    return new ChartlifeError('RunStopped', `the run ended: ${errorType}: ${message}`, {
      next: 'Temporal’s web pages show its history; `chartlife status` has their address. Started again, it goes on.',
    });
  }
  const unforeseen = new Error(`the run failed: ${errorType}: ${message} (the workers’ logs have more)`);
  return Object.assign(unforeseen, { name: errorType });
}

/** As typeOf() names them. */
const ENDS_FROM_OUTSIDE: ReadonlySet<string> = new Set(['Cancelled', 'Terminated', 'Timeout']);

function isErrorType(value: string): value is ErrorType {
  return Object.hasOwn(ERROR_TYPES, value);
}

function typeOf(cause: Error): string {
  if (cause instanceof ApplicationFailure) return cause.type ?? cause.name;
  if (cause instanceof CancelledFailure) return 'Cancelled';
  if (cause instanceof TerminatedFailure) return 'Terminated';
  if (cause instanceof TimeoutFailure) return 'Timeout';
  return cause.name;
}
