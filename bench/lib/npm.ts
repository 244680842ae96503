/** Peers from npm: a folder in the cache with pinned packages, made once. No install scripts run. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { nativeCacheRoot } from '../../runtime/nativeParts.ts';

const run = promisify(execFile);

/**
 * A file of a package as an address to import; null, with the reason on stderr, where there is no package index.
 *
 * @param requirement Pinned, such as `fft.js@4.0.4`.
 * @param entry Within the package.
 */
export async function npmPeer(requirement: string, entry: string): Promise<string | null> {
  const name = requirement.slice(0, requirement.lastIndexOf('@'));
  const folder = path.join(nativeCacheRoot(process.env), 'bench-npm', requirement.replaceAll('/', '+'));
  const marker = path.join(folder, 'complete');
  const address = new URL(`file://${path.join(folder, 'node_modules', name, entry)}`).href;
  if (existsSync(marker)) return address;
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'package.json'), '{"private": true}\n');
    await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', requirement], { cwd: folder });
    await writeFile(marker, '');
    return address;
  } catch (error) {
    console.error(`No ${requirement}: ${error instanceof Error ? error.message.trim() : String(error)}`);
    return null;
  }
}
