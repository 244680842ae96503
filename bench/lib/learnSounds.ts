/** The rendered sounds of a bench, kept in the cache folder: rendering takes longer than training. */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SpectrogramRef } from '../../data/shards/shardReader.ts';
import { sha256Hex, writeFileAtomic } from '../../runtime/files.ts';
import { nativeCacheRoot } from '../../runtime/nativeParts.ts';
import { buildWorker } from '../../tests/audio/buildWorker.ts';
import {
  chooseTracks,
  type HeardTrack,
  type HearingSettings,
  readSounds,
  writeSounds,
} from '../../tests/models/learning/hearTracks.ts';

/** The same tracks and settings, rendered and heard by the same code, are rendered once. */
export async function keptSounds(
  numTracks: number,
  settings: HearingSettings,
  numThreads: number,
): Promise<HeardTrack[]> {
  const tracks = await chooseTracks(numTracks);
  const name = sha256Hex(JSON.stringify([tracks, settings, await codeOfSound()]));
  const folder = path.join(nativeCacheRoot(process.env), 'bench-learn', name);
  const index = path.join(folder, 'index.json');
  if (!existsSync(index)) {
    await rm(folder, { recursive: true, force: true });
    const startMs = performance.now();
    const refs = await writeSounds(folder, tracks, settings, numThreads);
    await writeFileAtomic(index, JSON.stringify(refs));
    const seconds = (performance.now() - startMs) / 1000;
    console.log(`${numTracks} tracks rendered and heard by ${numThreads} threads in ${seconds.toFixed(0)} s`);
  }
  const refs: SpectrogramRef[] = JSON.parse(await readFile(index, 'utf8'));
  return readSounds(folder, tracks, refs);
}

async function codeOfSound(): Promise<string> {
  const { workerPath, remove } = await buildWorker('tests/models/learning/soundThread.ts');
  try {
    return sha256Hex(await readFile(workerPath));
  } finally {
    await remove();
  }
}
