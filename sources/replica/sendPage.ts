/** A page on its way out: validators, "not modified", gzip. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { sha256Hex } from '../../runtime/files.ts';

const compress = promisify(gzip);

export interface OutgoingPage {
  readonly body: Uint8Array;
  /** Of the page as it stands, in milliseconds since the epoch; whole seconds. */
  readonly lastModifiedMs: number;
  /** Break the connection in the middle of the body. */
  readonly isBroken: boolean;
}

/** kworb sends UTF-8 and does not say so in the header. */
const CONTENT_TYPE = 'text/html';

export async function sendPage(request: IncomingMessage, response: ServerResponse, page: OutgoingPage): Promise<void> {
  const useGzip = acceptsGzip(request.headers['accept-encoding']);
  const tag = sha256Hex(page.body).slice(0, 32);
  const lastModified = new Date(page.lastModifiedMs).toUTCString();
  const headers = {
    'content-type': CONTENT_TYPE,
    // A strong tag names bytes, and the compressed ones are others.
    etag: useGzip ? `"${tag}-gzip"` : `"${tag}"`,
    'last-modified': lastModified,
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
function isNotModified(request: IncomingMessage, tag: string, lastModified: string): boolean {
  const held = request.headers['if-none-match'];
  if (held === undefined) return request.headers['if-modified-since'] === lastModified;
  const tags = held.split(',').map((value) => value.trim().replace(/^W\//, ''));
  return tags.some((value) => value === '*' || value === `"${tag}"` || value === `"${tag}-gzip"`);
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .some((coding) => /^\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(coding));
}
