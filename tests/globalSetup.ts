/** Before the tests: says which native parts are missing, and holds the ports that a system would try first. */
import { createServer, type Server } from 'node:net';
import { REPLICA_BASE_URL } from '../contracts/settings.ts';
import { nativeParts } from '../setup/parts/parts.ts';
import { LOOPBACK } from '../workers/system/ports.ts';
import { DEFAULT_PORT, DEFAULT_UI_PORT } from '../workers/system/startSystem.ts';

export default async function beforeAllTests(): Promise<() => void> {
  await sayWhatIsMissing();
  const held = await holdFirstChoices();
  return () => {
    for (const server of held) server.close();
  };
}

/** Tests that need a missing part fail, or are skipped where they may be. */
async function sayWhatIsMissing(): Promise<void> {
  for (const part of nativeParts(process.env)) {
    if (!part.uses.includes('test') || (await part.locate()) !== null) continue;
    const effect = part.optionalBecause ?? 'tests that need it will fail';
    console.warn(`${part.name} is missing: ${effect}. \`npm run setup\` or \`npx chartlife doctor --fix\` fetches it.`);
  }
}

/**
 * Test files run side by side, and every system tries the same ports first: one that is down for a moment would find its
 * own taken by another. With those held, each gets a port of its own.
 */
async function holdFirstChoices(): Promise<Server[]> {
  const ports = [DEFAULT_PORT, DEFAULT_UI_PORT, Number(new URL(REPLICA_BASE_URL).port)];
  const servers = await Promise.all(
    ports.map(async (port) => {
      const server = createServer((socket) => socket.destroy());
      const isHeld = await new Promise<boolean>((resolve) => {
        // Held by somebody else already: just as well.
        server.once('error', () => resolve(false));
        server.listen({ port, host: LOOPBACK, exclusive: true }, () => resolve(true));
      });
      return isHeld ? [server] : [];
    }),
  );
  return servers.flat();
}
