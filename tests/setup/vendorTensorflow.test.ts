/** tfjs-node's own installation, really run, with a server of ours in place of the vendor's. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { platformName } from '../../runtime/nativeParts.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { installVendorBinding, TFJS_NODE_FOLDER, vendorBindingPath } from '../../setup/parts/vendorTensorflow.ts';
import { notingInstalling } from './silentInstalling.ts';
import { temporaryFolder } from './temporaryFolder.ts';
import { closedAddress, startVendor } from './vendor.ts';

// Real processes: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000 });

const LIBRARY_URL = '/tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz';
const ADDON_URL = '/napi-v8/4.22.0/CPU-linux-4.22.0.tar.gz';

/** A copy of tfjs-node among links to all other packages: its installation writes into its own folder. */
function copyOfPackage(): string {
  const modules = path.join(temporaryFolder(), 'node_modules');
  const real = path.join(PROJECT_ROOT, 'node_modules');
  mkdirSync(path.join(modules, '@tensorflow'), { recursive: true });
  for (const name of readdirSync(real)) {
    if (name !== '@tensorflow') symlinkSync(path.join(real, name), path.join(modules, name));
  }
  const copy = path.join(modules, '@tensorflow', 'tfjs-node');
  for (const name of ['package.json', 'scripts', 'binding.gyp']) {
    cpSync(path.join(TFJS_NODE_FOLDER, name), path.join(copy, name), { recursive: true });
  }
  return copy;
}

function packed(files: Readonly<Record<string, string>>): Uint8Array {
  const folder = temporaryFolder();
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return execFileSync('tar', ['-czf', '-', ...Object.keys(files)], { cwd: folder });
}

// Elsewhere it asks for other files.
describe.skipIf(platformName() !== 'linux-x64')("the vendor's addon", () => {
  test('is left in node_modules, with its library', async () => {
    const vendor = await startVendor({
      [LIBRARY_URL]: packed({ 'lib/libtensorflow.so.2.9.1': 'library', 'include/c_api.h': '' }),
      [ADDON_URL]: packed({ 'napi-v8/tfjs_binding.node': 'addon' }),
    });
    const folder = copyOfPackage();
    const env = {
      PATH: process.env.PATH,
      HOME: temporaryFolder(),
      TFJS_NODE_CDN_STORAGE: `${vendor.baseUrl}/`,
      npm_config_tfjs_binding_binary_host_mirror: vendor.baseUrl,
    };
    await installVendorBinding(env, notingInstalling(), folder);
    expect(readFileSync(vendorBindingPath(folder), 'utf8')).toBe('addon');
    expect(readFileSync(path.join(folder, 'deps', 'lib', 'libtensorflow.so.2.9.1'), 'utf8')).toBe('library');
    expect(vendor.asked).toContain(LIBRARY_URL);
    expect(vendor.asked).toContain(ADDON_URL);
  });

  test('that nobody answers for is not waited for', async () => {
    const folder = copyOfPackage();
    const env = { PATH: process.env.PATH, TFJS_NODE_CDN_STORAGE: await closedAddress() };
    await expect(installVendorBinding(env, notingInstalling(), folder)).rejects.toThrow(
      /^127\.0\.0\.1:\d+: the connection was refused$/,
    );
    expect(readdirSync(folder)).not.toContain('deps');
  });

  test('whose library is not there fails', async () => {
    const vendor = await startVendor({});
    const env = { PATH: process.env.PATH, TFJS_NODE_CDN_STORAGE: `${vendor.baseUrl}/` };
    await expect(installVendorBinding(env, notingInstalling(), copyOfPackage())).rejects.toThrow(
      /ended with exit code/,
    );
  });
});
