/** What an HTTP status means to us: one error type each, the same for both drivers. */
import { STATUS_CODES } from 'node:http';
import type { ErrorType } from '../contracts/errors.ts';
import { ChartlifeError } from '../contracts/errors.ts';
import { retryAfterMs } from './retryAfter.ts';

/** The statuses whose body is a whole page. */
export function isWholePage(status: number): boolean {
  return status === 200 || status === 203;
}

/** The error for an answer that brings no page (anything but 200, 203, 304 and a redirect that can be followed). */
export function errorForStatus(url: URL, status: number, headers: Headers): ChartlifeError {
  const type = errorTypeForStatus(status);
  const pauseMs = retryAfterMs(headers, Date.now());
  return new ChartlifeError(type, `${url.href} answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd(), {
    next: nextStep(type, pauseMs),
    details: { url: url.href, httpStatus: status, ...(pauseMs === null ? {} : { retryAfterMs: pauseMs }) },
  });
}

/** The error for a connection that failed, broke or took too long. */
export function unavailable(url: URL, what: string, cause?: unknown): ChartlifeError {
  return new ChartlifeError('SourceUnavailable', `${url.href}: ${what}`, {
    next: 'It is tried again later by itself; if it goes on, see whether the site is up.',
    details: { url: url.href },
    cause,
  });
}

/** The error for an answer over the size limit. */
export function tooLarge(url: URL, numBytes: number, maxBytes: number): ChartlifeError {
  return new ChartlifeError(
    'ResponseTooLarge',
    `${url.href} sends ${numBytes.toLocaleString('en')} bytes or more; the limit is ${maxBytes.toLocaleString('en')}`,
    {
      next: 'See in a browser whether the address still is the page you want; raise the limit only if it is.',
      details: { url: url.href, numBytes, maxBytes },
    },
  );
}

function errorTypeForStatus(status: number): ErrorType {
  if (status === 404 || status === 410) return 'PageNotFound';
  if (status === 429) return 'RateLimited';
  // 408 and 425 say "not now", like 5xx; so does an answer that makes no sense, such as 206 to a request for all.
  if (status === 408 || status === 425 || status < 400 || status >= 500) return 'SourceUnavailable';
  return 'RequestRefused';
}

function nextStep(type: ErrorType, pauseMs: number | null): string {
  if (type === 'PageNotFound') return 'Check the address; a track page that is absent means the track never charted.';
  if (type === 'RequestRefused')
    return 'Open the address in a browser; the site may refuse this network or this client.';
  const pause = pauseMs === null ? 'later' : `after the ${Math.ceil(pauseMs / 1000)} s the server asks for`;
  return `It is tried again ${pause} by itself.`;
}
