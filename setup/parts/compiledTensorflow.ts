/** The tested way to TensorFlow: the library out of the pinned wheel, and addons compiled against it, in one place of the cache. */
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { type Environment, isReadableFile } from '../../runtime/executables.ts';
import {
  nativeCacheAt,
  nativeCacheRoot,
  platformName,
  TENSORFLOW_VERSION,
  type TensorflowPlace,
  type TensorflowVariant,
  tensorflowPlace,
} from '../../runtime/nativeParts.ts';
import { type AddonState, addonState, type CompileOptions, compileAddon, findCompiler } from './compileAddon.ts';
import { fileSha256, obtainFolder, type Way } from './obtain.ts';
import type { FoundPart, Installing } from './part.ts';
import { folderFromPyPi } from './pipWheel.ts';
import { bindingAddon, fusedOpsAddon, LOST_WITHOUT_FUSED_OPS } from './tensorflowAddons.ts';
import { TENSORFLOW_PINS, type TensorflowPin } from './tensorflowPins.ts';

/** What addons are compiled against and need when they run; for CUDA NVIDIA's libraries, and what compiles its kernels. */
const MEMBERS = [
  'tensorflow/libtensorflow_*',
  // OpenMP, which the library for Arm needs.
  'tensorflow.libs/*',
  ...['c_api', 'c_api_macros', 'tf_*', 'kernels', 'ops', 'tensor_interface', 'eager/c_api'].map(
    (header) => `tensorflow/include/tensorflow/c/${header}.h`,
  ),
  'tensorflow/include/tensorflow/core/platform/ctstring*.h',
  'tensorflow/include/tsl/platform/ctstring*.h',
  'tensorflow/include/xla/tsl/c/tsl_status.h',
  'nvidia/*/lib/*.so*',
  'nvidia/cuda_nvcc/bin/*',
  'nvidia/cuda_nvcc/nvvm/libdevice/*',
];
const HEADERS_IN_WHEEL = path.join('tensorflow', 'include');

/** One variant on this machine. */
interface Compiled {
  readonly variant: TensorflowVariant;
  readonly place: TensorflowPlace;
  /** Undefined where TensorFlow's makers have no wheel. */
  readonly pin: TensorflowPin | undefined;
  /** Paths below the place. */
  readonly libraries: readonly string[];
}

function compiledOf(env: Environment, variant: TensorflowVariant): Compiled {
  const pin = TENSORFLOW_PINS[variant][platformName()];
  const place = tensorflowPlace(nativeCacheAt(nativeCacheRoot(env)), variant);
  return { variant, place, pin, libraries: Object.keys(pin?.libraries ?? {}) };
}

/** Null unless library and addon are there; quick. */
export async function findCompiled(env: Environment, variant: TensorflowVariant): Promise<FoundPart | null> {
  const compiled = compiledOf(env, variant);
  const isThere = (await hasLibraries(compiled)) && (await isReadableFile(compiled.place.bindingPath));
  return isThere ? { where: compiled.place.root, version: TENSORFLOW_VERSION, how: 'cache' } : null;
}

async function hasLibraries({ pin, place, libraries }: Compiled): Promise<boolean> {
  if (pin === undefined) return false;
  const are = await Promise.all(libraries.map((library) => isReadableFile(path.join(place.root, library))));
  return are.every((isThere) => isThere);
}

/** Whether all that was compiled fits its sources; fused ops that can't be compiled are not tried again. Quick. */
export async function isUpToDate(env: Environment, variant: TensorflowVariant): Promise<boolean> {
  const { place, libraries } = compiledOf(env, variant);
  const binding = await addonState(bindingAddon(place, libraries));
  const fusedOps = await fusedOpsAddon(place, libraries);
  return binding.is === 'current' && (fusedOps === null || (await addonState(fusedOps)).is !== 'stale');
}

/**
 * Fetches the library if it is not there, and compiles what is not compiled from the sources as they are.
 *
 * @throws Error that says what is lacking or what failed; ChartlifeError SetupMissing, DiskFull from the download.
 */
export async function installCompiled(
  env: Environment,
  variant: TensorflowVariant,
  installing: Installing,
): Promise<FoundPart> {
  const compiled = compiledOf(env, variant);
  const { pin, place, libraries } = compiled;
  if (pin === undefined) {
    throw new Error(`there is no wheel of TensorFlow ${TENSORFLOW_VERSION} (${variant}) for ${platformName()}`);
  }
  const compiler = await findCompiler(env);
  if (compiler === null) {
    const found = await findCompiled(env, variant);
    if (found !== null)
      return { ...found, how: 'as it was, though its sources have changed: there is no C++ compiler' };
    throw new Error('there is no C++ compiler: CXX is not set to one, and PATH has no g++, clang++ or c++');
  }
  const libraryFrom = (await hasLibraries(compiled))
    ? 'library as it was'
    : await fetchLibrary(pin, place, env, installing);
  const options: CompileOptions = { compiler, env, installing };
  const binding = bindingAddon(place, libraries);
  if ((await addonState(binding)).is !== 'current') await compileAddon(binding, options);
  const fusedOps = await installFusedOps(compiled, options);
  const how = [libraryFrom, `compiled with ${path.basename(compiler.program)}`, fusedOps];
  return { where: place.root, version: TENSORFLOW_VERSION, how: how.filter((text) => text !== '').join(', ') };
}

async function fetchLibrary(
  pin: TensorflowPin,
  place: TensorflowPlace,
  env: Environment,
  installing: Installing,
): Promise<string> {
  const wayName = await obtainFolder(
    {
      name: `libtensorflow ${TENSORFLOW_VERSION}`,
      targetPath: place.root,
      sha256Of: pin.libraries,
      temporaryRoot: path.join(nativeCacheAt(nativeCacheRoot(env)).root, 'tmp'),
      ways: [fromWheels(pin, place, env)],
      next: 'Install Python 3 with pip, and let it reach PyPI; then run the same command again.',
    },
    installing,
  );
  return `from ${wayName}`;
}

/** The wheels as a way to come by the whole place, but for what is compiled. */
function fromWheels(pin: TensorflowPin, place: TensorflowPlace, env: Environment): Way {
  const way = folderFromPyPi({ ...pin, members: MEMBERS }, env);
  return {
    ...way,
    async bring(folder, installing) {
      const unpacked = await way.bring(folder, installing);
      const includeDir = path.join(unpacked, path.relative(place.root, place.includeDir));
      await rename(path.join(unpacked, HEADERS_IN_WHEEL), includeDir);
      return unpacked;
    },
  };
}

/** Goes on without them where they can't be compiled. Says in a few words how it went; nothing where there are none. */
async function installFusedOps({ place, libraries }: Compiled, options: CompileOptions): Promise<string> {
  const addon = await fusedOpsAddon(place, libraries);
  if (addon === null) return '';
  try {
    if ((await addonState(addon)).is !== 'current') await compileAddon(addon, options);
    return 'with fused ops';
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    options.installing.say(`without the fused ops, so ${LOST_WITHOUT_FUSED_OPS}: ${because}`);
    return 'without fused ops';
  }
}

/**
 * Reads the libraries through, and looks how the addons stand to their sources.
 *
 * @throws Error where a library is not what is pinned.
 */
export async function checkCompiled(env: Environment, variant: TensorflowVariant): Promise<string> {
  const { place, pin, libraries } = compiledOf(env, variant);
  for (const [library, pinned] of Object.entries(pin?.libraries ?? {})) {
    const sha256 = await fileSha256(path.join(place.root, library));
    if (sha256 !== pinned) throw new Error(`the SHA-256 of ${library} is ${sha256}, pinned is ${pinned}`);
  }
  const binding = await addonState(bindingAddon(place, libraries));
  const fusedOps = await fusedOpsAddon(place, libraries);
  return [
    `${variant}, whole`,
    ...(binding.is === 'current' ? [] : ['the addon is older than its sources: the next set-up compiles it']),
    ...(fusedOps === null ? [] : [describeFusedOps(await addonState(fusedOps))]),
  ].join('; ');
}

function describeFusedOps(state: AddonState): string {
  if (state.is === 'current') return 'with fused ops';
  if (state.is === 'failed') return `without the fused ops, so ${LOST_WITHOUT_FUSED_OPS}: ${state.because}`;
  return 'the fused ops are older than their sources: the next set-up compiles them';
}
