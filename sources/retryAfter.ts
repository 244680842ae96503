/** The Retry-After header: seconds, or a date (RFC 9110, 10.2.3). */

/** Headers that ask for more, such as for 1e23 seconds, mean "not soon"; no clock and no timer can hold them. */
export const MAX_RETRY_AFTER_MS: number = 7 * 86_400_000;

const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * How long a server asks us to stay away, in milliseconds; null if it does not say, or not in a known form. A date is
 * taken against the server's own `Date` header where there is one, so that a wrong clock on either side does no harm.
 * Never more than {@link MAX_RETRY_AFTER_MS}.
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | null {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined) return null;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, MAX_RETRY_AFTER_MS);
  const untilMs = parseHttpDate(value);
  if (untilMs === null) return null;
  const pauseMs = untilMs - (parseHttpDate(headers.get('date') ?? '') ?? nowMs);
  return Math.min(Math.max(0, pauseMs), MAX_RETRY_AFTER_MS);
}

function parseHttpDate(value: string): number | null {
  if (!HTTP_DATE.test(value)) return null;
  // The old asctime form has no zone; all HTTP dates are UTC.
  const ms = Date.parse(/GMT$/.test(value) ? value : `${value} GMT`);
  return Number.isNaN(ms) ? null : ms;
}
