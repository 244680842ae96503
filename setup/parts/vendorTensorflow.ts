/**
 * tfjs-node's own installation: a prebuilt addon and the older library that it fits, downloaded into node_modules. For
 * machines where the tested way is closed.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../../runtime/executables.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { canReach } from './download.ts';
import { showingGrowth } from './folderGrowth.ts';
import type { Installing } from './part.ts';
import { run } from './run.ts';

/** What the pinned tfjs-node downloads on most platforms. */
export const VENDOR_TENSORFLOW_VERSION = '2.9.1';
/** tfjs-node's own variable for a mirror. */
const VENDOR_MIRROR_VARIABLE = 'TFJS_NODE_CDN_STORAGE';
const VENDOR_DOWNLOADS = 'https://storage.googleapis.com';

/** The folder of tfjs-node that the checkout uses. */
export const TFJS_NODE_FOLDER = path.join(PROJECT_ROOT, 'node_modules', '@tensorflow', 'tfjs-node');

/** Where tfjs-node's installation leaves its addon. */
export function vendorBindingPath(packageFolder: string = TFJS_NODE_FOLDER): string {
  return path.join(packageFolder, 'lib', 'napi-v8', 'tfjs_binding.node');
}

/**
 * Runs tfjs-node's own installation, as `npm rebuild` would.
 *
 * @throws Error that says why it failed, in a few words.
 */
export async function installVendorBinding(
  env: Environment,
  installing: Installing,
  packageFolder: string = TFJS_NODE_FOLDER,
): Promise<void> {
  // Behind a proxy only the installation itself can tell.
  if (!env.HTTPS_PROXY && !env.https_proxy) await canReach(env[VENDOR_MIRROR_VARIABLE] || VENDOR_DOWNLOADS);
  // As npm does for install scripts: they call each other by name.
  const programs = [path.join(packageFolder, '..', '..', '.bin'), path.dirname(process.execPath)];
  await showingGrowth(path.join(packageFolder, 'deps'), null, installing, () =>
    run(process.execPath, [path.join('scripts', 'install.js')], {
      cwd: packageFolder,
      env: { ...env, PATH: [...programs, env.PATH].join(path.delimiter) },
      holds: installing,
    }),
  );
  if (!existsSync(vendorBindingPath(packageFolder))) throw new Error('it ended well and left no addon');
}
