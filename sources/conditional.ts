/** Conditional requests: "only if it is not the version I hold" (RFC 9110, 13). */
import type { PageRequest } from './pageFetcher.ts';

/** The headers that name the version we hold. */
export function validators(request: PageRequest): Record<string, string> {
  return {
    ...(request.etag === undefined ? {} : { 'if-none-match': request.etag }),
    ...(request.lastModified === undefined ? {} : { 'if-modified-since': request.lastModified }),
  };
}

/** True if "not modified" is an answer to the request; without validators it would be nonsense. */
export function isConditional(request: PageRequest): boolean {
  return request.etag !== undefined || request.lastModified !== undefined;
}

/** Header names are the same in either case; as keys of an object they must be one. */
export function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
