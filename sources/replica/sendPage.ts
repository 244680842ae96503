/** A page or a file on its way out: validators, "not modified", gzip. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { sha256Hex } from '../../runtime/files.ts';

const compress = promisify(gzip);

export interface OutgoingPage {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Of the page as it stands, in milliseconds since the epoch; whole seconds. null where nobody knows. */
  readonly lastModifiedMs: number | null;
  /** Break the connection in the middle of the body. */
  readonly isBroken: boolean;
}

export async function sendPage(request: IncomingMessage, response: ServerResponse, page: OutgoingPage): Promise<void> {
  const useGzip = page.contentType.startsWith('text/') && acceptsGzip(request.headers['accept-encoding']);
  const tag = sha256Hex(page.body).slice(0, 32);
  const lastModified = page.lastModifiedMs === null ? null : new Date(page.lastModifiedMs).toUTCString();
  const headers = {
    'content-type': page.contentType,
    // A strong tag names bytes, and the compressed ones are others.
    etag: useGzip ? `"${tag}-gzip"` : `"${tag}"`,
    ...(lastModified === null ? {} : { 'last-modified': lastModified }),
    vary: 'accept-encoding, chartlife-replica-today',
  };
  if (isNotModified(request, tag, lastModified)) {
    response.writeHead(304, headers).end();
    return;
  }
  const body = useGzip ? await compress(page.body) : page.body;
  response.writeHead(200, {
    ...headers,
    ...(useGzip ? { 'content-encoding': 'gzip' } : {}),
    'content-length': body.byteLength,
  });
  if (request.method === 'HEAD') response.end();
  else if (page.isBroken) response.write(body.subarray(0, body.byteLength / 2), () => response.destroy());
  else response.end(body);
}

/** If-None-Match decides where it is given; a date must be the very one we sent, as nginx has it by default. */
function isNotModified(request: IncomingMessage, tag: string, lastModified: string | null): boolean {
  const held = request.headers['if-none-match'];
  if (held === undefined) return lastModified !== null && request.headers['if-modified-since'] === lastModified;
  const tags = held.split(',').map((value) => value.trim().replace(/^W\//, ''));
  return tags.some((value) => value === '*' || value === `"${tag}"` || value === `"${tag}-gzip"`);
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .some((coding) => /^\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(coding));
}
