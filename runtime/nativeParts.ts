/**
 * Where the native parts lie once `setup/` has brought them: one cache folder for all homes and checkouts.
 * Versions are pinned here and nowhere else; an extension fits exactly one engine version. Paths name the platform, as
 * a cache may be shared: by a container and its host, or by Node for Arm and for Intel on one Mac.
 */
import os from 'node:os';
import path from 'node:path';
import type { Environment } from './executables.ts';

export const TEMPORAL_CLI_VERSION = '1.9.1';
/** The engine of the pinned @duckdb/node-api. */
export const DUCKDB_VERSION = '1.5.5';
/** The pinned playwright; each version drives one build of Chromium. */
export const PLAYWRIGHT_VERSION = '1.65.1';
/** What the addon of the pinned @tensorflow/tfjs-node is compiled against. */
export const TENSORFLOW_VERSION = '2.18.1';
export const TENSORFLOW_VARIANTS = ['cpu', 'cuda'] as const;
export type TensorflowVariant = (typeof TENSORFLOW_VARIANTS)[number];
export const DUCKDB_EXTENSIONS = ['sqlite_scanner', 'ducklake', 'postgres_scanner', 'httpfs'] as const;
export type DuckDbExtension = (typeof DUCKDB_EXTENSIONS)[number];

/** DuckDB's own names for the platforms that the native parts exist for; the keys are Node's platform and arch. */
const DUCKDB_PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'linux_amd64',
  'linux-arm64': 'linux_arm64',
  'darwin-x64': 'osx_amd64',
  'darwin-arm64': 'osx_arm64',
};

/** This machine as Node names it, such as `linux-x64`. */
export function platformName(): string {
  return `${process.platform}-${process.arch}`;
}

/** This machine as DuckDB names it, such as `linux_amd64`; Node's name where DuckDB's is not known. */
export function duckdbPlatform(platform: string = platformName()): string {
  return DUCKDB_PLATFORMS[platform] ?? platform;
}

export interface NativeCache {
  readonly root: string;
  readonly temporalPath: string;
  readonly duckdbExtensionsDir: string;
}

/** The cache below `root`, or below the default place (`$XDG_CACHE_HOME/chartlife`, `~/.cache/chartlife`). */
export function nativeCacheAt(root: string): NativeCache {
  const absolute = path.resolve(root);
  return {
    root: absolute,
    temporalPath: path.join(absolute, 'temporal', TEMPORAL_CLI_VERSION, platformName(), 'temporal'),
    duckdbExtensionsDir: path.join(absolute, 'duckdb', `v${DUCKDB_VERSION}`, duckdbPlatform()),
  };
}

/** The cache's place as the environment gives it; `CHARTLIFE_CACHE` wins. An empty variable counts as unset. */
export function nativeCacheRoot(env: Environment): string {
  return env.CHARTLIFE_CACHE || path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'chartlife');
}

export function extensionPath(cache: NativeCache, extension: DuckDbExtension): string {
  return path.join(cache.duckdbExtensionsDir, `${extension}.duckdb_extension`);
}

/** Native TensorFlow in the cache: its libraries, the headers to compile against, and what was compiled. */
export interface TensorflowPlace {
  readonly root: string;
  /** Holds `libtensorflow_cc` and `libtensorflow_framework`; named as in the wheel, whose run paths lead from here. */
  readonly libraryDir: string;
  readonly includeDir: string;
  /** The addon of @tensorflow/tfjs-node. */
  readonly bindingPath: string;
  /** Our fused ops: an addon that registers them with the library when it is loaded. Optional. */
  readonly fusedOpsPath: string;
}

export function tensorflowPlace(cache: NativeCache, variant: TensorflowVariant): TensorflowPlace {
  const root = path.join(cache.root, 'tensorflow', `${TENSORFLOW_VERSION}-${variant}`, platformName());
  return {
    root,
    libraryDir: path.join(root, 'tensorflow'),
    includeDir: path.join(root, 'include'),
    bindingPath: path.join(root, 'tfjs_binding.node'),
    fusedOpsPath: path.join(root, 'fused_ops.node'),
  };
}
