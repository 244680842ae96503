/** A stand-in for a vendor's server on this machine: serves what it is given, and counts who asks. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Answer = Uint8Array | ((response: http.ServerResponse) => void);

export interface Vendor {
  readonly baseUrl: string;
  /** The paths asked for, with their queries, in order. */
  readonly asked: string[];
}

/** Serves the answers by path (with query); everything else is 404. Closed when the test ends. */
export async function startVendor(answers: Readonly<Record<string, Answer>>): Promise<Vendor> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    const { url = '' } = request;
    asked.push(url);
    const answer = answers[url];
    if (answer === undefined) response.writeHead(404).end('no such thing');
    else if (typeof answer === 'function') answer(response);
    else response.writeHead(200, { 'content-length': answer.byteLength }).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}`, asked };
}

/** An address at which nothing listens. */
export async function closedAddress(): Promise<string> {
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
