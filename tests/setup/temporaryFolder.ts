/** A folder for one test, gone after it. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'chartlife-setup-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
