/** The synthetic sound of the sample's tracks as spectrograms in shards, made by threads, and read back from there. */
import { Worker } from 'node:worker_threads';
import { describeFeatures, featureSettings } from '../../../audio/features.ts';
import { parseTrackId } from '../../../contracts/ids.ts';
import type { AudioDescriptors } from '../../../contracts/trackFacts.ts';
import { loadSampleTrackFacts } from '../../../data/sample/loadTrackFacts.ts';
import { openShardReader, type SpectrogramRef } from '../../../data/shards/shardReader.ts';
import { openShardStore } from '../../../data/shards/shardStore.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { buildWorker } from '../../audio/buildWorker.ts';
import type { HeardSound, SoundAnswer, SoundJob } from './soundMessages.ts';

export interface Track {
  readonly trackId: string;
  readonly descriptors: AudioDescriptors;
}

export interface Sound {
  readonly numFrames: number;
  readonly numMelBins: number;
  /** Log-mel energies as float16, frame after frame. */
  readonly halves: Uint16Array;
}

/** What was published of a track, and what its synthetic preview sounds like. */
export interface HeardTrack extends Track {
  readonly sound: Sound;
}

export type HearingSettings = Pick<SoundJob, 'numMelBins' | 'throughMp3'>;

const TRACKS_PER_SHARD = 16;

/**
 * Tracks of the sample in an order that means nothing. Of tracks with the same tempo and energy, one recording under
 * several ids, there is one: a recording is not in two parts of a split.
 */
export async function chooseTracks(numTracks: number): Promise<Track[]> {
  const seen = new Set<string>();
  const isNew = (name: string): boolean => !seen.has(name) && seen.add(name) === seen;
  return [...(await loadSampleTrackFacts())]
    .map(([trackId, { descriptors }]) => ({ trackId, descriptors, place: sha256Hex(trackId) }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .filter(({ descriptors: { tempoBpm, energy } }) => isNew(`${tempoBpm}/${energy}`))
    .slice(0, numTracks)
    .map(({ trackId, descriptors }) => ({ trackId, descriptors }));
}

/**
 * Renders them and writes their spectrograms to shards.
 *
 * @returns where each track's spectrogram is, in the order of the tracks
 * @throws Error where a track can't be rendered, or a thread dies
 */
export async function writeSounds(
  spectrogramsDir: string,
  tracks: readonly Track[],
  settings: HearingSettings,
  numThreads: number,
): Promise<SpectrogramRef[]> {
  const store = openShardStore(spectrogramsDir);
  const { version, settingsJson, numMelBins } = describeFeatures(
    featureSettings({ window: 'hanning', numMelBins: settings.numMelBins }),
  );
  const refs: SpectrogramRef[] = [];
  const { workerPath, remove } = await buildWorker('tests/models/learning/soundThread.ts');
  const workers = Array.from({ length: numThreads }, () => new Worker(workerPath, { name: 'learning-sound' }));
  try {
    for (let first = 0; first < tracks.length; first += TRACKS_PER_SHARD) {
      const own = tracks.slice(first, first + TRACKS_PER_SHARD);
      const heard = await hearAll(
        own.map((track) => ({ ...track, ...settings })),
        workers,
      );
      const rows = own.map(({ trackId }, place) => ({
        ...(heard[place] as HeardSound),
        trackId: parseTrackId(trackId),
        source: 'replica' as const,
        isSynthetic: true,
      }));
      const shard = await store.write(rows, { featureVersion: version, featureSettingsJson: settingsJson, numMelBins });
      refs.push(...shard.rows.map(({ rowInShard }) => ({ shardSha256: shard.sha256, rowInShard })));
    }
    return refs;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
    await remove();
  }
}

/** @throws ChartlifeError LakeUnusable for a shard that is missing or damaged */
export async function readSounds(
  spectrogramsDir: string,
  tracks: readonly Track[],
  refs: readonly SpectrogramRef[],
): Promise<HeardTrack[]> {
  const reader = openShardReader(openShardStore(spectrogramsDir));
  try {
    const heard: HeardTrack[] = [];
    for (const [place, track] of tracks.entries()) {
      const { numFrames, numMelBins, halves } = await reader.readOne(refs[place] as SpectrogramRef);
      heard.push({ ...track, sound: { numFrames, numMelBins, halves } });
    }
    return heard;
  } finally {
    await reader.close();
  }
}

async function hearAll(jobs: readonly SoundJob[], workers: readonly Worker[]): Promise<HeardSound[]> {
  const heard: HeardSound[] = [];
  let next = 0;
  const work = async (worker: Worker): Promise<void> => {
    while (next < jobs.length) {
      const place = next++;
      const answer = await ask(worker, jobs[place] as SoundJob);
      if ('error' in answer) throw new Error(`track ${jobs[place]?.trackId}: ${answer.error}`);
      heard[place] = answer;
    }
  };
  await Promise.all(workers.map(work));
  return heard;
}

function ask(worker: Worker, job: SoundJob): Promise<SoundAnswer> {
  return new Promise((resolve, reject) => {
    worker.once('message', (answer: SoundAnswer) => {
      worker.off('error', reject);
      resolve(answer);
    });
    worker.once('error', reject);
    worker.postMessage(job);
  });
}
