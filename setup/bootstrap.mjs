/**
 * Set-up and start in one: what `npm run demo` and `npm test` call on a fresh clone. Needs Node alone; versions of Node
 * that are too old (14 and later) get as far as being told so.
 *
 *   node setup/bootstrap.mjs --setup           set up, and no more
 *   node setup/bootstrap.mjs --test [...]      set up, then the tests; arguments go to vitest
 *   node setup/bootstrap.mjs demo [...]        set up, then `chartlife demo [...]`; so for every other verb
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { explainUnfitNode, leastNodeVersion } from './nodeVersion.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const unfitBecause = explainUnfitNode(process.versions.node, leastNodeVersion(ROOT));
if (unfitBecause === '') {
  const { main } = await import('./prepare.mjs');
  await main(process.argv.slice(2));
} else {
  process.stderr.write(`${unfitBecause}\n`);
  process.exitCode = 8;
}
