/** What is compiled against libtensorflow: tfjs-node's addon, which training needs, and our fused ops, which it likes. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { TensorflowPlace } from '../../runtime/nativeParts.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import type { Addon } from './compileAddon.ts';
import { TFJS_NODE_FOLDER } from './vendorTensorflow.ts';

/** Training goes on without the fused ops; this is what it loses. */
export const LOST_WITHOUT_FUSED_OPS = 'training steps are slower';

const TFJS_NODE_SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];
const NODE_HEADERS = path.join(PROJECT_ROOT, 'node_modules', 'node-api-headers', 'include');
const FUSED_OPS_FOLDER = path.join(PROJECT_ROOT, 'models', 'ops', 'fused');

/** tfjs-node's addon. `libraries` are paths below the place. */
export function bindingAddon(place: TensorflowPlace, libraries: readonly string[]): Addon {
  const sources = TFJS_NODE_SOURCES.map((source) => path.join(TFJS_NODE_FOLDER, 'binding', source));
  return addonOf(place, libraries, sources, place.bindingPath);
}

/** The fused ops; null where the checkout has no sources of them. */
export async function fusedOpsAddon(
  place: TensorflowPlace,
  libraries: readonly string[],
  sourceFolder: string = FUSED_OPS_FOLDER,
): Promise<Addon | null> {
  const names = await readdir(sourceFolder).catch((): string[] => []);
  const sources = names.filter((name) => name.endsWith('.cc')).sort();
  if (sources.length === 0) return null;
  return addonOf(
    place,
    libraries,
    sources.map((name) => path.join(sourceFolder, name)),
    place.fusedOpsPath,
  );
}

function addonOf(
  place: TensorflowPlace,
  libraries: readonly string[],
  sources: readonly string[],
  outputPath: string,
): Addon {
  return {
    sources,
    includeDirs: [place.includeDir, NODE_HEADERS],
    libraries: libraries.map((library) => path.join(place.root, library)),
    libraryFolder: path.relative(place.root, place.libraryDir),
    outputPath,
  };
}
