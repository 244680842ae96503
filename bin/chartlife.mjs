#!/usr/bin/env node
/**
 * The `chartlife` command in a checkout: builds dist/ again if sources have changed, then runs it.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isBuilt } from '../setup/freshness.mjs';
import { explainUnfitNode, leastNodeVersion } from '../setup/nodeVersion.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** As contracts/errors.ts has it for SetupMissing. */
const EXIT_CODE = 8;

const unfitBecause = explainUnfitNode(process.versions.node, leastNodeVersion(ROOT));
if (unfitBecause !== '') {
  refuse(unfitBecause);
} else if (!existsSync(path.join(ROOT, 'node_modules'))) {
  refuse(
    `chartlife is not set up in ${ROOT}.\nnext  npm run setup   # or npm run demo, which sets up and shows the whole`,
  );
} else {
  if (isBuilt(ROOT) || (await rebuild())) {
    // Stack traces name the sources, not dist/.
    process.setSourceMapsEnabled(true);
    await import(pathToFileURL(path.join(ROOT, 'dist', 'cli', 'main.js')).href);
  }
}

/** @returns {Promise<boolean>} false if the sources can't be built; it has been said why */
async function rebuild() {
  const { ensureBuilt } = await import('../setup/build.mjs');
  const { Report } = await import('../setup/report.mjs');
  try {
    await ensureBuilt(ROOT, new Report(process.stderr, 'The sources have changed: building dist/'));
    return true;
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
    return false;
  }
}

/** @param {string} why */
function refuse(why) {
  process.stderr.write(`${why}\n`);
  process.exitCode = EXIT_CODE;
}
