/** Ports of this machine's own address. */
import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** The preferred port if it is free, else one the system gives. Somebody else may take it before it is used. */
export async function freePort(preferred: number | null): Promise<number> {
  if (preferred !== null) {
    const port = await tryListen(preferred);
    if (port !== null) return port;
  }
  const port = await tryListen(0);
  if (port === null) throw new Error('no port is free');
  return port;
}

async function tryListen(port: number): Promise<number | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      const bound = address === null || typeof address === 'string' ? null : address.port;
      server.close(() => resolve(bound));
    });
  });
}
