/**
 * The activities of sound, each by itself: what a repetition finds, in which order sources are asked, what is listed. The
 * sources here say what a test has them say; the lake, the inbox, the shards and the decoder are the real ones.
 */
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createListenActivities } from '../../activities/listen.ts';
import { createSoundActivities, soundPlanOf } from '../../activities/sound.ts';
import { createSpectrogramActivities } from '../../activities/spectrograms.ts';
import { AudioPool } from '../../audio/decode/pool.ts';
import { parseDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { TrackId } from '../../contracts/ids.ts';
import { SHARDS_PER_LISTING, TRACKS_PER_SHARD } from '../../contracts/payloads.ts';
import type { PreviewOrigin } from '../../contracts/previews.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../contracts/settings.ts';
import { openAudioArchive } from '../../data/archive/audioArchive.ts';
import { openPreviewInbox } from '../../data/inbox/previewInbox.ts';
import { openShardStore } from '../../data/shards/shardStore.ts';
import { homeAt } from '../../runtime/home.ts';
import type { AbsentPreview, FoundPreview, PreviewSource } from '../../sources/previewSource.ts';
import { type BuiltWorker, buildWorker } from '../audio/buildWorker.ts';
import { sineWave } from '../audio/waves.ts';
import { commit, type LakeHome, makeLake, pageOf, rowsOf, rowsOfTracks, trackIdOf } from '../data/lakeFixture.ts';

const NIGHT = parseDate('2026-07-16');
const A = trackIdOf('aa');
const B = trackIdOf('bb');

let worker: BuiltWorker;
beforeAll(async () => {
  worker = await buildWorker('audio/decode/worker.ts');
});
afterAll(() => worker.remove());

/** Sounds of different lengths, so that none is another's. */
const wavOf = (number: number): Uint8Array => sineWave(1_600 * number);

let lakeHome: LakeHome;
let pool: AudioPool;
let settings: Settings;
/** What each source answers, by its name and the track. */
let answers: Map<string, FoundPreview | AbsentPreview | Error>;
let asked: string[];

beforeEach(async () => {
  lakeHome = await makeLake();
  pool = new AudioPool({ numThreads: 1, workerPath: worker.workerPath });
  settings = { ...DEFAULT_SETTINGS, sound: { ...DEFAULT_SETTINGS.sound, sources: ['spotify', 'deezer'] } };
  answers = new Map();
  asked = [];
});
afterEach(async () => {
  await pool.close();
  await lakeHome.remove();
});

function sourceOf(origin: PreviewOrigin): PreviewSource {
  return {
    origin,
    async find({ trackId }) {
      asked.push(`${origin} ${trackId}`);
      const answer = answers.get(`${origin} ${trackId}`) ?? {
        outcome: 'absent',
        why: `${origin} has none`,
        details: null,
      };
      if (answer instanceof Error) throw answer;
      return answer;
    },
    close: async () => undefined,
  };
}

function found(bytes: Uint8Array): FoundPreview {
  return { outcome: 'found', bytes, urlHost: 'p.scdn.co', match: null, details: null, isSynthetic: false };
}

/** All the activities over one home, as the two worker processes have them. */
function activities() {
  const home = homeAt(lakeHome.folder);
  const ports = {
    lake: lakeHome.lake,
    inbox: openPreviewInbox(home.inboxDir),
    audioArchive: openAudioArchive(home.audioDir),
    shards: openShardStore(home.spectrogramsDir),
    pool,
    readSettings: async () => settings,
    sourcesOf: ({ sound }: Settings) => sound.sources.map(sourceOf),
  };
  const { fetchPreview } = createListenActivities(ports);
  const { computeSpectrograms } = createSpectrogramActivities(ports);
  const { planSound, listTracksToHear, commitSound } = createSoundActivities(ports);
  const run = <Input, Output>(activity: (input: Input) => Promise<Output>, input: Input): Promise<Output> =>
    new MockActivityEnvironment().run(activity, input);
  const plan = soundPlanOf(settings)!;
  return {
    ...ports,
    home,
    fetch: (trackId: TrackId, askedOn = NIGHT) => run(fetchPreview, { trackId, askedOn }),
    compute: (trackIds: readonly TrackId[], askedOn = NIGHT) => run(computeSpectrograms, { trackIds, askedOn, plan }),
    commit: (batchSha256: string) => run(commitSound, { batchSha256 }),
    plan: (maxTracks?: number) => run(planSound, maxTracks === undefined ? {} : { maxTracks }),
    list: (cursor: string | null = null, overrides: Partial<Parameters<typeof listTracksToHear>[0]> = {}) =>
      run(listTracksToHear, { nominalDate: NIGHT, enteredFrom: null, plan, cursor, numListed: 0, ...overrides }),
  };
}

describe('fetchPreview', () => {
  test('asks the sources in their order until one has the track, and keeps what each said', async () => {
    const { fetch, inbox } = activities();
    answers.set(`deezer ${A}`, found(wavOf(1)));
    expect(await fetch(A)).toEqual({ outcome: 'found' });
    expect(asked).toEqual([`spotify ${A}`, `deezer ${A}`]);
    const waiting = await inbox.get(A);
    expect(waiting?.answers).toMatchObject([
      { source: 'spotify', why: 'spotify has none' },
      { source: 'deezer', why: null, urlHost: 'p.scdn.co' },
    ]);
    expect(await inbox.audio(waiting!)).toEqual(Buffer.from(wavOf(1)));
  });

  test('run again it asks nobody; nor on another night, while what was found waits', async () => {
    const { fetch } = activities();
    answers.set(`spotify ${A}`, found(wavOf(1)));
    await fetch(A);
    await fetch(A);
    await fetch(A, parseDate('2026-07-17'));
    expect(asked).toEqual([`spotify ${A}`]);
  });

  test('that there was none is believed for one night', async () => {
    const { fetch } = activities();
    expect(await fetch(A)).toEqual({ outcome: 'absent' });
    await fetch(A);
    expect(asked).toHaveLength(2);
    await fetch(A, parseDate('2026-07-17'));
    expect(asked).toHaveLength(4);
  });

  test('audio damaged in the inbox is fetched again', async () => {
    const { fetch, home } = activities();
    answers.set(`spotify ${A}`, found(wavOf(1)));
    await fetch(A);
    await truncate(path.join(home.inboxDir, 'audio', A), 100);
    expect(await fetch(A)).toEqual({ outcome: 'found' });
    expect(asked).toHaveLength(2);
  });

  test('a source that fails leaves nothing behind', async () => {
    const { fetch, inbox } = activities();
    answers.set(`spotify ${A}`, new ChartlifeError('SourceUnavailable', 'down', { next: 'Wait.' }));
    await expect(fetch(A)).rejects.toMatchObject({ type: 'SourceUnavailable', nonRetryable: false });
    expect(await inbox.get(A)).toBeNull();
  });
});

describe('from the inbox into the lake', () => {
  test('one shard, one commit, an empty inbox; each step twice changes nothing', async () => {
    const { fetch, compute, commit: commitBatch, home, shards } = activities();
    answers.set(`spotify ${A}`, found(wavOf(1)));
    answers.set(`spotify ${B}`, found(wavOf(2)));
    await fetch(A);
    await fetch(B);
    const first = await compute([A, B]);
    expect(await compute([A, B])).toEqual(first);
    expect(first).toMatchObject({ numSpectrograms: 2, numUndecodable: 0 });
    expect(await shards.list()).toHaveLength(1);

    const { snapshotId } = await commitBatch(first.batchSha256!);
    expect(snapshotId).not.toBeNull();
    expect(await commitBatch(first.batchSha256!)).toEqual({ snapshotId: null });
    expect(await readdir(path.join(home.inboxDir, 'answers'))).toEqual([]);
    expect(await readdir(path.join(home.inboxDir, 'audio'))).toEqual([]);
    expect(await readdir(path.join(home.inboxDir, 'batches'))).toEqual([]);
    const rows = await rowsOf(lakeHome.lake, 'SELECT track_id, row_in_shard FROM spectrogram ORDER BY row_in_shard');
    expect(rows).toEqual([
      { track_id: A, row_in_shard: 0 },
      { track_id: B, row_in_shard: 1 },
    ]);
  });

  test('what can’t be decoded is told with its reason, and does not hold the others', async () => {
    const { fetch, compute, commit: commitBatch } = activities();
    answers.set(`spotify ${A}`, found(new TextEncoder().encode('not a sound at all')));
    answers.set(`spotify ${B}`, found(wavOf(1)));
    await fetch(A);
    await fetch(B);
    const computed = await compute([A, B]);
    expect(computed).toMatchObject({ numSpectrograms: 1, numUndecodable: 1 });
    await commitBatch(computed.batchSha256!);
    expect(await rowsOf(lakeHome.lake, `SELECT state, error_type FROM preview WHERE track_id = '${A}'`)).toEqual([
      { state: 'found', error_type: 'AudioUndecodable' },
    ]);
  });

  test('nothing in the inbox: no shard, no batch', async () => {
    const { compute, shards } = activities();
    expect(await compute([A])).toEqual({ batchSha256: null, numSpectrograms: 0, numUndecodable: 0 });
    expect(await shards.list()).toEqual([]);
  });

  test('a shard that vanished before its commit is not committed', async () => {
    const { fetch, compute, commit: commitBatch, home } = activities();
    answers.set(`spotify ${A}`, found(wavOf(1)));
    await fetch(A);
    const { batchSha256 } = await compute([A]);
    await rm(home.spectrogramsDir, { recursive: true });
    await expect(commitBatch(batchSha256!)).rejects.toMatchObject({ type: 'LakeUnusable' });
    expect(await rowsOf(lakeHome.lake, 'FROM spectrogram')).toEqual([]);
  });

  test('audio is kept only if the user says so, and then heard again without asking anybody', async () => {
    settings = { ...settings, sound: { ...settings.sound, keepsAudio: true } };
    const { fetch, compute, commit: commitBatch, home, audioArchive } = activities();
    answers.set(`spotify ${A}`, found(wavOf(1)));
    await fetch(A);
    const { batchSha256 } = await compute([A]);
    await commitBatch(batchSha256!);
    const [row] = await rowsOf(lakeHome.lake, 'SELECT audio_sha256, is_kept FROM preview');
    expect(row).toMatchObject({ is_kept: true });
    expect(await readFile(audioArchive.pathOf(String(row!.audio_sha256)))).toEqual(Buffer.from(wavOf(1)));

    asked = [];
    const before = await rowsOf(lakeHome.lake, 'FROM spectrogram');
    await rm(home.spectrogramsDir, { recursive: true });
    expect(await fetch(A, parseDate('2026-07-17'))).toEqual({ outcome: 'kept' });
    const again = await compute([A], parseDate('2026-07-17'));
    await commitBatch(again.batchSha256!);
    expect(asked).toEqual([]);
    expect(await rowsOf(lakeHome.lake, 'FROM spectrogram')).toEqual(before);
    expect(await rowsOf(lakeHome.lake, 'SELECT state, is_kept FROM preview')).toEqual([
      { state: 'found', is_kept: true },
    ]);
  });
});

describe('listTracksToHear', () => {
  const words = Array.from({ length: 100 }, (_, index) => `n${String(index).padStart(3, '0')}x`);
  beforeEach(async () => {
    await commit(lakeHome.lake, pageOf({ rows: rowsOfTracks(words, { movement: 'new' }) }));
  });

  test('brings each track once, shards’ worth at a time', async () => {
    const { list } = activities();
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { batches, nextCursor } = await list(cursor, { numListed: seen.length });
      expect(batches.length).toBeLessThanOrEqual(SHARDS_PER_LISTING);
      for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(TRACKS_PER_SHARD);
      seen.push(...batches.flat());
      cursor = nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(words.map(trackIdOf));
  });

  test('stops at the most that a night may ask for', async () => {
    settings = { ...settings, sound: { ...settings.sound, maxTracksPerNight: 20 } };
    const { list } = activities();
    const { batches, nextCursor } = await list();
    expect(batches.flat()).toHaveLength(20);
    expect(nextCursor).toBeNull();
    const half = await list(null, { numListed: 18 });
    expect(half.batches.flat()).toHaveLength(2);
    expect(half.nextCursor).toBeNull();
  });

  test('begins with the tracks of broken shards, together and in their order', async () => {
    const { list, fetch, compute, commit: commitBatch, home } = activities();
    const pair = [trackIdOf('n050x'), trackIdOf('n007x')];
    for (const trackId of pair) {
      answers.set(`spotify ${trackId}`, found(wavOf(1)));
      await fetch(trackId);
    }
    const { batchSha256 } = await compute(pair);
    await commitBatch(batchSha256!);
    expect((await list()).batches.flat()).not.toContain(pair[0]);
    const [file] = await readdir(home.spectrogramsDir, { recursive: true }).then((names) =>
      names.filter((name) => name.endsWith('.arrow')),
    );
    await writeFile(path.join(home.spectrogramsDir, file!), 'cut');
    const { batches } = await list();
    expect(batches[0]).toEqual(pair);
    expect(batches.flat().filter((trackId) => pair.includes(trackId))).toHaveLength(2);
  });
});

test('without a source there is nothing to plan', async () => {
  const { plan } = activities();
  expect(await plan(7)).toMatchObject({ maxTracks: 7, window: 'hanning', channels: 'mean' });
  settings = DEFAULT_SETTINGS;
  await expect(plan()).rejects.toMatchObject({ type: 'InvalidInput', message: expect.stringContaining('no source') });
  expect(soundPlanOf(DEFAULT_SETTINGS)).toBeNull();
});
