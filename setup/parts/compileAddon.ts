/** Compiles a Node addon with one call of a C++ compiler, and again only when what it is made of has changed. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Environment, findOnPath, isExecutable, isReadableFile } from '../../runtime/executables.ts';
import { writeFileAtomic } from '../../runtime/files.ts';
import type { Installing } from './part.ts';
import { type RunOptions, run } from './run.ts';

export interface Addon {
  readonly sources: readonly string[];
  /** Where headers are looked for, beside the sources' own folders. */
  readonly includeDirs: readonly string[];
  /** Shared libraries to link with, by their paths. */
  readonly libraries: readonly string[];
  /** Where the addon looks for the libraries when it is loaded, below its own folder. */
  readonly libraryFolder: string;
  /** The addon itself, a `.node` file. */
  readonly outputPath: string;
}

export interface Compiler {
  readonly program: string;
  /** Before all others. */
  readonly args: readonly string[];
}

export interface CompileOptions {
  readonly compiler: Compiler;
  readonly env: Environment;
  readonly installing: Installing;
}

/** What is noted beside an addon about its last compilation. */
interface CompileRecord {
  /** Hash of everything that it was made of. */
  readonly inputs: string;
  /** Null if it went well. */
  readonly failedBecause: string | null;
}

/** How an addon stands to its sources as they are now. */
export type AddonState =
  | { readonly is: 'current' }
  | { readonly is: 'stale' }
  /** It could not be compiled from these very sources. */
  | { readonly is: 'failed'; readonly because: string };

const LOAD_TIMEOUT_MS = 60_000;
/** Node would print the whole program before the reason. */
const LOAD = `
try {
  process.dlopen({ exports: {} }, process.argv[1]);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}`;
const COMPILER_NAMES = ['g++', 'clang++', 'c++'] as const;
/** For every processor of the platform: no -march=native, and no -ffast-math where NaN must be seen. */
const FLAGS = ['-std=c++17', '-O2', '-shared', '-fPIC', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'];
const PLATFORM_FLAGS: Readonly<Record<string, readonly string[]>> = {
  // A function that nobody has is to fail when the addon is loaded, not later and with the whole process.
  linux: ['-Wl,-z,now'],
  // Node's own functions are found when the addon is loaded.
  darwin: ['-undefined', 'dynamic_lookup'],
};

/** The C++ compiler: CXX (with arguments, if it has some) where that can be run, else the first on PATH; null if none. */
export async function findCompiler(env: Environment): Promise<Compiler | null> {
  const [named, ...args] = (env.CXX ?? '').split(' ').filter((word) => word !== '');
  if (named !== undefined) {
    const program = named.includes('/') ? path.resolve(named) : await findOnPath(named, env);
    if (program !== null && (await isExecutable(program))) return { program, args };
  }
  for (const name of COMPILER_NAMES) {
    const program = await findOnPath(name, env);
    if (program !== null) return { program, args: [] };
  }
  return null;
}

/** Whether there is something to compile. Quick: it hashes the sources and headers. */
export async function addonState(addon: Addon): Promise<AddonState> {
  const record = await readRecord(recordPath(addon));
  if (record === null || record.inputs !== (await hashInputs(addon))) return { is: 'stale' };
  if (record.failedBecause !== null) return { is: 'failed', because: record.failedBecause };
  return (await isReadableFile(addon.outputPath)) ? { is: 'current' } : { is: 'stale' };
}

/**
 * Compiles it, and loads it in a process of its own: one that can't be loaded may take its process with it. If that
 * fails, no addon is left at its place, as one of other sources would not be what the checkout expects; why is noted.
 *
 * @throws Error with the last words of the compiler, or of the process that loaded it.
 */
export async function compileAddon(addon: Addon, { compiler, env, installing }: CompileOptions): Promise<void> {
  const inputs = await hashInputs(addon);
  const note = (failedBecause: string | null): Promise<void> =>
    writeFileAtomic(recordPath(addon), `${JSON.stringify({ inputs, failedBecause } satisfies CompileRecord)}\n`);
  const name = path.basename(addon.outputPath);
  // In the same folder, as from there it finds its libraries.
  const newPath = `${addon.outputPath}.new`;
  installing.doing(`compiling ${name} with ${path.basename(compiler.program)}`);
  try {
    await compile(compiler, [...compilerArguments(addon), '-o', newPath], { env, holds: installing });
    installing.doing(`loading ${name}`);
    await run(process.execPath, ['-e', LOAD, newPath], { env, timeoutMs: LOAD_TIMEOUT_MS });
    await rename(newPath, addon.outputPath);
    await note(null);
  } catch (error) {
    await rm(addon.outputPath, { force: true });
    await note(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    await rm(newPath, { force: true });
  }
}

/** @throws Error with the first thing that the compiler doesn't like; it goes on for long after that. */
async function compile(compiler: Compiler, args: readonly string[], options: RunOptions): Promise<void> {
  let firstError: string | undefined;
  const onLine = (line: string): void => {
    firstError ??= /^\S+:\d+:\d+: (?:fatal )?error: .*/.exec(line)?.[0];
  };
  try {
    await run(compiler.program, [...compiler.args, ...args], { ...options, onLine });
  } catch (cause) {
    throw firstError === undefined ? cause : new Error(firstError, { cause });
  }
}

function compilerArguments(addon: Addon): string[] {
  const origin = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  return [
    ...ownFlags(addon),
    ...addon.includeDirs.map((folder) => `-I${folder}`),
    ...addon.sources,
    ...addon.libraries,
    `-Wl,-rpath,${origin}/${addon.libraryFolder}`,
  ];
}

function ownFlags(addon: Addon): string[] {
  const moduleName = path.basename(addon.outputPath, '.node');
  return [...FLAGS, `-DNODE_GYP_MODULE_NAME=${moduleName}`, ...(PLATFORM_FLAGS[process.platform] ?? [])];
}

/** Over flags, sources, headers and the libraries' names; not over places, which say nothing of the result. */
async function hashInputs(addon: Addon): Promise<string> {
  const hash = createHash('sha256').update([...ownFlags(addon), addon.libraryFolder].join(' '));
  for (const library of addon.libraries) hash.update(`\0${path.basename(library)}`);
  const folders = [...new Set([...addon.sources.map((source) => path.dirname(source)), ...addon.includeDirs])];
  const files = [...addon.sources, ...(await Promise.all(folders.map(listHeaders))).flat()];
  for (const file of files) hash.update(`\0${path.basename(file)}\0`).update(await readFile(file));
  return hash.digest('hex');
}

async function listHeaders(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  return names
    .filter((name) => name.endsWith('.h'))
    .sort()
    .map((name) => path.join(folder, name));
}

function recordPath(addon: Addon): string {
  return `${addon.outputPath}.json`;
}

async function readRecord(filePath: string): Promise<CompileRecord | null> {
  try {
    const record: unknown = JSON.parse(await readFile(filePath, 'utf8'));
    if (typeof record !== 'object' || record === null) return null;
    if (!('inputs' in record) || typeof record.inputs !== 'string' || !('failedBecause' in record)) return null;
    const { inputs, failedBecause } = record;
    return { inputs, failedBecause: failedBecause === null ? null : String(failedBecause) };
  } catch {
    return null;
  }
}
