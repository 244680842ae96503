/** Loads native TensorFlow into this process: the one place that chooses and registers the backend. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import util from 'node:util';
import { engine, type KernelBackend, registerBackend, setBackend } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { NativeCache, TensorflowVariant } from '../../runtime/nativeParts.ts';
import { TENSORFLOW_VERSION, tensorflowPlace } from '../../runtime/nativeParts.ts';
import { isTensorflowBackend, type TensorflowBackend, type TensorflowBinding } from './binding.ts';

export interface TensorflowOptions {
  readonly cache: NativeCache;
  /** Which library; `cuda` falls back to the CPU where there is no GPU, and the description says so. */
  readonly variant: TensorflowVariant;
  /** Threads within one op. The bits of a result depend on it. */
  readonly numThreads: number;
  /** Ops that run beside each other. Default: as `numThreads`. */
  readonly numParallelOps?: number;
  /** oneDNN's kernels; off is slower and gives other bits. Default true. */
  readonly oneDnn?: boolean;
  /** Our fused ops, where they were compiled. Default true. */
  readonly fusedOps?: boolean;
  /** TensorFlow reads its settings from the process's environment: give `process.env` itself, of the main thread. */
  readonly environment: Record<string, string | undefined>;
}

/** All that the bits and the speed of a result depend on, besides the code: what a run records. */
export interface BackendDescription {
  /** As the library states it, such as `2.18.1`. */
  readonly tensorflowVersion: string;
  readonly device: 'cpu' | 'gpu';
  /** `compiled` is our way; `vendor` the binary that tfjs-node's own installation downloads, an older library. */
  readonly binding: 'compiled' | 'vendor';
  readonly variant: TensorflowVariant;
  readonly numThreads: number;
  readonly numParallelOps: number;
  readonly oneDnn: boolean;
  /** The instruction set of our fused ops, on which their bits depend; null without them. */
  readonly fusedOps: FusedInstructionSet | null;
  /** As the system names the first processor: the library's own kernels differ with it. Empty where it has no name. */
  readonly cpuModel: string;
  /** Such as `22.11.0`: what JavaScript computes, draws and figures, is by its engine's functions. */
  readonly nodeVersion: string;
}

export type FusedInstructionSet = 'avx512' | 'avx2' | 'baseline';

const require = createRequire(import.meta.url);
const BACKEND_NAME = 'tensorflow';

let loaded: BackendDescription | null = null;
/** Beside what is loaded: fused ops can be asked for and not be there. */
let asked = { asksFusedOps: true };

/**
 * Loads the library and makes it TensorFlow.js's backend. The settings hold for the life of the process, so a second
 * call has to ask for the same.
 *
 * @throws ChartlifeError SetupMissing where there is no binding, or it can't be loaded; InvalidInput where the process
 * has loaded it with other settings.
 */
export function loadTensorflow(options: TensorflowOptions): BackendDescription {
  const { numThreads, numParallelOps = numThreads, oneDnn = true, fusedOps = true } = options;
  const place = tensorflowPlace(options.cache, options.variant);
  const vendorPath = path.join(
    path.dirname(require.resolve('@tensorflow/tfjs-node/package.json')),
    'lib/napi-v8/tfjs_binding.node',
  );
  const isCompiled = existsSync(place.bindingPath);
  const wanted = { variant: options.variant, numThreads, numParallelOps, oneDnn };
  if (loaded !== null) return sameAs({ ...loaded, ...asked }, { ...wanted, asksFusedOps: fusedOps }, loaded);
  asked = { asksFusedOps: fusedOps };
  Object.assign(options.environment, {
    TF_NUM_INTRAOP_THREADS: String(numThreads),
    TF_NUM_INTEROP_THREADS: String(numParallelOps),
    TF_ENABLE_ONEDNN_OPTS: oneDnn ? '1' : '0',
    // One region that is reused, instead of malloc's heaps, which a training step's sizes leave full of holes.
    TF_CPU_ALLOCATOR_USE_BFC: '1',
    TF_CPP_MIN_LOG_LEVEL: options.environment.TF_CPP_MIN_LOG_LEVEL ?? '2',
  });
  restoreForTfjs();
  const binding = requireBinding(isCompiled ? place.bindingPath : vendorPath);
  // Their kernels are for the CPU.
  const wantsFusedOps = isCompiled && fusedOps && !binding.isUsingGpuDevice();
  makeTensorflowBackend(binding);
  loaded = {
    tensorflowVersion: binding.TF_Version,
    device: binding.isUsingGpuDevice() ? 'gpu' : 'cpu',
    binding: isCompiled ? 'compiled' : 'vendor',
    ...wanted,
    fusedOps: wantsFusedOps ? loadFusedOps(place.fusedOpsPath) : null,
    cpuModel: os.cpus()[0]?.model.trim() ?? '',
    nodeVersion: process.versions.node,
  };
  return loaded;
}

/**
 * What is loaded in this process.
 *
 * @throws ChartlifeError SetupMissing before {@link loadTensorflow}
 */
export function describeBackend(): BackendDescription {
  if (loaded === null) throw notLoaded();
  return loaded;
}

/**
 * The registered backend, for raw ops and traces.
 *
 * @throws ChartlifeError SetupMissing before {@link loadTensorflow}
 */
export function tensorflowBackend(): TensorflowBackend {
  const backend: unknown = loaded === null ? null : engine().backend;
  if (!isTensorflowBackend(backend)) throw notLoaded();
  return backend;
}

function sameAs(
  held: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
  description: BackendDescription,
): BackendDescription {
  for (const [name, value] of Object.entries(wanted)) {
    if (held[name] === value) continue;
    throw new ChartlifeError('InvalidInput', `TensorFlow is loaded with ${name} ${held[name]}, asked for is ${value}`, {
      next: 'Use one setting for the life of a process.',
      details: { name, held: String(held[name]), asked: String(value) },
    });
  }
  return description;
}

function requireBinding(bindingPath: string): TensorflowBinding {
  try {
    return require(bindingPath);
  } catch (cause) {
    const because = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new ChartlifeError('SetupMissing', `native TensorFlow ${TENSORFLOW_VERSION} can't be loaded: ${because}`, {
      next: 'Run `npm run setup`; `npx chartlife doctor` says what is missing.',
      details: { path: bindingPath },
      cause,
    });
  }
}

function makeTensorflowBackend(binding: TensorflowBinding): void {
  require('@tensorflow/tfjs-node/dist/register_all_kernels');
  const { NodeJSKernelBackend } = require('@tensorflow/tfjs-node/dist/nodejs_kernel_backend');
  registerBackend(BACKEND_NAME, (): KernelBackend => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node'));
  // The factory is synchronous, and so then is this: the promise has nothing left to tell.
  setBackend(BACKEND_NAME).catch(() => undefined);
}

/** @returns null where they are not there: what was built of other sources, or half, is as good as nothing */
function loadFusedOps(fusedOpsPath: string): FusedInstructionSet | null {
  if (!existsSync(fusedOpsPath)) return null;
  try {
    const { instructionSet }: { readonly instructionSet: FusedInstructionSet } = require(fusedOpsPath);
    return instructionSet;
  } catch {
    return null;
  }
}

/** tfjs-node calls two functions that Node 23 took out of `util`. */
function restoreForTfjs(): void {
  const legacy = util as unknown as Record<string, unknown>;
  // Where Node has them still, they warn that they will go.
  legacy.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  legacy.isArray = Array.isArray;
}

function notLoaded(): ChartlifeError {
  return new ChartlifeError('SetupMissing', 'native TensorFlow is not loaded in this process', {
    next: 'Call loadTensorflow before any model.',
  });
}
