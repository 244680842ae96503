/**
 * The activities of sound, each by itself: what a repetition finds, in which order sources are asked, what is listed. The
 * sources here say what a test has them say; the lake, the inbox, the shards and the decoder are the real ones.
 */
import { readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createListenActivities } from '../../activities/listen.ts';
import { createSoundActivities, soundPlanOf } from '../../activities/sound.ts';
import { commitBatch } from '../../activities/soundCommit.ts';
import { createSpectrogramActivities } from '../../activities/spectrograms.ts';
import { AudioPool } from '../../audio/decode/pool.ts';
import { parseDate } from '../../contracts/dates.ts';
import { ChartlifeError, type ErrorDetails, type ErrorType } from '../../contracts/errors.ts';
import type { TrackId } from '../../contracts/ids.ts';
import { SHARDS_PER_LISTING, TRACKS_PER_SHARD } from '../../contracts/payloads.ts';
import type { PreviewOrigin, TrackDetails } from '../../contracts/previews.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../contracts/settings.ts';
import type { SoundBatch } from '../../contracts/sound.ts';
import { openAudioArchive } from '../../data/archive/audioArchive.ts';
import { openPreviewInbox } from '../../data/inbox/previewInbox.ts';
import { openShardStore } from '../../data/shards/shardStore.ts';
import { verifyShard } from '../../data/shards/verifyShard.ts';
import { sha256Hex } from '../../runtime/files.ts';
import { homeAt } from '../../runtime/home.ts';
import type { FoundPreview, KnownPreview, PreviewAnswer, PreviewSource } from '../../sources/previewSource.ts';
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
let answers: Map<string, PreviewAnswer | Error>;
let asked: string[];
/** What a source was told that it had before. */
let told: (KnownPreview | undefined)[];

beforeEach(async () => {
  lakeHome = await makeLake();
  pool = new AudioPool({ numThreads: 1, workerPath: worker.workerPath });
  settings = { ...DEFAULT_SETTINGS, sound: { ...DEFAULT_SETTINGS.sound, sources: ['spotify', 'deezer'] } };
  answers = new Map();
  asked = [];
  told = [];
});
afterEach(async () => {
  await pool.close();
  await lakeHome.remove();
});

function sourceOf(origin: PreviewOrigin): PreviewSource {
  return {
    origin,
    async find({ trackId }, _signal, known) {
      asked.push(`${origin} ${trackId}`);
      told.push(known);
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

function found(bytes: Uint8Array, details: TrackDetails | null = null): FoundPreview {
  const of = { urlHost: 'p.scdn.co', addressSha256: sha256Hex(bytes), match: null, details, isSynthetic: false };
  return { outcome: 'found', bytes, ...of };
}

const failing = (type: ErrorType, details: ErrorDetails = {}): ChartlifeError =>
  new ChartlifeError(type, `says ${type}`, { next: 'Wait.', details });

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
    check: (trackId: TrackId, askedOn = NIGHT) => run(fetchPreview, { trackId, askedOn, isCheck: true }),
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

  test('sources that all fail leave nothing behind', async () => {
    const { fetch, inbox } = activities();
    answers.set(`spotify ${A}`, failing('SourceUnavailable'));
    answers.set(`deezer ${A}`, failing('RateLimited', { retryAfterMs: 86_400_000 }));
    // The one that another attempt may mend is told: so there is another attempt.
    await expect(fetch(A)).rejects.toMatchObject({ type: 'SourceUnavailable', nonRetryable: false });
    expect(await inbox.get(A)).toBeNull();
  });

  test.each<[ErrorType, ErrorDetails]>([
    ['RequestRefused', {}],
    ['LayoutChanged', {}],
    ['HostNotAllowed', {}],
    ['SourceUnavailable', {}],
    ['InvalidInput', {}],
    ['RateLimited', { retryAfterMs: 86_400_000 }],
    ['RateLimited', { retryAfterMs: 1e26 }],
  ])('a source that fails with %s %j does not hold the one behind it', async (type, details) => {
    const { fetch } = activities();
    answers.set(`spotify ${A}`, failing(type, details));
    answers.set(`deezer ${A}`, found(wavOf(1)));
    expect(await fetch(A)).toEqual({ outcome: 'found' });
    expect(asked).toEqual([`spotify ${A}`, `deezer ${A}`]);
  });

  test('a source that answered is not asked again by the attempts that follow', async () => {
    const { fetch, inbox } = activities();
    answers.set(`deezer ${A}`, failing('RateLimited', { retryAfterMs: 5_000 }));
    await expect(fetch(A)).rejects.toMatchObject({ type: 'RateLimited', nextRetryDelay: 5_000 });
    await expect(fetch(A)).rejects.toMatchObject({ type: 'RateLimited' });
    answers.set(`deezer ${A}`, { outcome: 'absent', why: 'none there', details: null });
    expect(await fetch(A)).toEqual({ outcome: 'absent' });
    expect(asked).toEqual([`spotify ${A}`, `deezer ${A}`, `deezer ${A}`, `deezer ${A}`]);
    expect((await inbox.get(A))?.answers.map(({ why }) => why)).toEqual(['spotify has none', 'none there']);
    // All have answered: nobody is asked any more tonight.
    await fetch(A);
    expect(asked).toHaveLength(4);
  });

  test('a long pause that a source asks for ends its night, for all tracks', async () => {
    const { fetch } = activities();
    settings = { ...settings, sound: { ...settings.sound, sources: ['spotify'] } };
    for (const trackId of [A, B]) {
      answers.set(`spotify ${trackId}`, failing('RateLimited', { retryAfterMs: 86_400_000 }));
      await expect(fetch(trackId)).rejects.toMatchObject({
        type: 'RateLimited',
        nonRetryable: true,
        message: expect.stringContaining('1440 minutes'),
      });
    }
    expect(asked).toEqual([`spotify ${A}`]);
  });

  test('a failure that stays is an answer: told to the lake, and not asked again the next night', async () => {
    await commit(lakeHome.lake, pageOf({ rows: rowsOfTracks(['aa'], { movement: 'new' }) }));
    const { fetch, compute, commit: commitBatch, list } = activities();
    answers.set(`spotify ${A}`, failing('RequestRefused'));
    expect(await fetch(A)).toEqual({
      outcome: 'failed',
      failure: { errorType: 'RequestRefused', message: 'says RequestRefused' },
    });
    await fetch(A);
    expect(asked).toHaveLength(2);
    const { batchSha256 } = await compute([A]);
    await commitBatch(batchSha256!);
    expect(
      await rowsOf(lakeHome.lake, 'SELECT source, state, why, last_asked_on FROM preview ORDER BY source'),
    ).toEqual([
      { source: 'deezer', state: 'absent', why: 'deezer has none', last_asked_on: NIGHT },
      { source: 'spotify', state: 'failed', why: 'RequestRefused: says RequestRefused', last_asked_on: NIGHT },
    ]);
    expect((await list(null, { nominalDate: parseDate('2026-07-17') })).batches).toEqual([]);
    expect((await list(null, { nominalDate: parseDate('2026-08-13') })).batches).toEqual([[A]]);
  });

  test('two runs at once ask for a track once', async () => {
    const { fetch } = activities();
    answers.set(`spotify ${A}`, found(wavOf(1)));
    expect(await Promise.all([fetch(A), fetch(A), fetch(A)])).toEqual(Array(3).fill({ outcome: 'found' }));
    expect(asked).toEqual([`spotify ${A}`]);
  });
});

describe('a track that has its spectrogram', () => {
  const LATER = parseDate('2027-01-12');
  const preview = () =>
    rowsOf(lakeHome.lake, 'SELECT state, last_asked_on, gone_on FROM preview WHERE source = $$deezer$$');

  /** Heard from the second source; gives the activities. */
  async function heard(): Promise<ReturnType<typeof activities>> {
    const all = activities();
    answers.set(`deezer ${A}`, found(wavOf(1)));
    await all.fetch(A);
    await all.commit((await all.compute([A])).batchSha256!);
    asked = [];
    told = [];
    return all;
  }

  test('is listed when its time has come, by itself, and not for a folder of one’s own', async () => {
    const { list } = await heard();
    expect(await list(null, { nominalDate: parseDate('2027-01-11') })).toMatchObject({ batches: [], checks: [] });
    expect(await list(null, { nominalDate: LATER })).toEqual({ batches: [], checks: [[A]], nextCursor: null });
    expect(await list(`check:${A}`, { nominalDate: LATER })).toMatchObject({ checks: [] });
    // One whose shard is lost is asked for once, to be made again.
    const { shards } = activities();
    const [file] = await shards.list();
    await truncate(file!.path, 10);
    expect(await list(null, { nominalDate: LATER })).toMatchObject({ batches: [[A]], checks: [] });
    settings = { ...settings, sound: { ...settings.sound, sources: ['folder'], folder: '/music' } };
    expect(await list(null, { nominalDate: LATER })).toMatchObject({ checks: [] });
  });

  test.each<[string, () => PreviewAnswer]>([
    ['says that nothing changed', () => ({ outcome: 'unchanged', details: null })],
    ['gives the same audio from another address', () => ({ ...found(wavOf(1)), addressSha256: sha256Hex('moved') })],
  ])('and whose source %s: nothing is computed, the date is taken down', async (_what, answer) => {
    const { check, compute, commit: commitBatch, list } = await heard();
    const before = await rowsOf(lakeHome.lake, 'FROM spectrogram');
    answers.set(`deezer ${A}`, answer());
    expect(await check(A, LATER)).toEqual({ outcome: 'unchanged' });
    expect(await check(A, LATER)).toEqual({ outcome: 'unchanged' });
    expect({ asked, told }).toEqual({ asked: [`deezer ${A}`], told: [{ addressSha256: sha256Hex(wavOf(1)) }] });
    const computed = await compute([A], LATER);
    expect(computed.numSpectrograms).toBe(0);
    await commitBatch(computed.batchSha256!);
    expect(await rowsOf(lakeHome.lake, 'FROM spectrogram')).toEqual(before);
    expect(await preview()).toEqual([{ state: 'found', last_asked_on: LATER, gone_on: null }]);
    expect(await list(null, { nominalDate: LATER })).toMatchObject({ checks: [] });
  });

  test('and whose source has it no longer: gone since that night, and the spectrogram stays', async () => {
    const { check, compute, commit: commitBatch } = await heard();
    answers.delete(`deezer ${A}`);
    expect(await check(A, LATER)).toEqual({ outcome: 'absent' });
    await commitBatch((await compute([A], LATER)).batchSha256!);
    expect(await preview()).toEqual([{ state: 'gone', last_asked_on: LATER, gone_on: LATER }]);
    expect(await rowsOf(lakeHome.lake, 'FROM spectrogram')).toHaveLength(1);
  });

  test('and whose source has other audio is heard again', async () => {
    const { check, compute, commit: commitBatch } = await heard();
    answers.set(`deezer ${A}`, found(wavOf(2)));
    expect(await check(A, LATER)).toEqual({ outcome: 'found' });
    await commitBatch((await compute([A], LATER)).batchSha256!);
    expect(await rowsOf(lakeHome.lake, 'SELECT audio_sha256 FROM spectrogram')).toEqual([
      { audio_sha256: sha256Hex(wavOf(2)) },
    ]);
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

  test('half a surrogate pair in what a source says does not hold the others', async () => {
    const { fetch, compute, commit: commitBatch } = activities();
    const details = { title: 'a\ud83d', artists: [], releaseDate: null, durationMs: null, isExplicit: null };
    answers.set(`spotify ${A}`, found(wavOf(1), details));
    answers.set(`spotify ${B}`, found(wavOf(2)));
    await fetch(A);
    await fetch(B);
    await commitBatch((await compute([A, B])).batchSha256!);
    expect(await rowsOf(lakeHome.lake, 'SELECT count(*) AS n FROM spectrogram')).toEqual([{ n: 2 }]);
  });

  test('a track whose rows the lake refuses does not hold the others, and is told of', async () => {
    const { fetch, compute, inbox } = activities();
    answers.set(`spotify ${A}`, found(wavOf(1)));
    answers.set(`spotify ${B}`, found(wavOf(2)));
    await fetch(A);
    await fetch(B);
    const sealed = await inbox.batch((await compute([A, B])).batchSha256!);
    if (sealed.state !== 'whole') throw new Error(sealed.state);
    const picky = {
      commitSound: (batch: SoundBatch, broken: readonly string[]) => {
        const isRefused = batch.spectrograms.some(({ trackId }) => trackId === A);
        return isRefused ? Promise.reject(failing('LakeUnusable')) : lakeHome.lake.commitSound(batch, broken);
      },
    };
    expect(await commitBatch(picky, sealed.value, [])).toMatchObject({
      snapshotId: expect.any(Number),
      refused: [{ errorType: 'LakeUnusable', message: 'says LakeUnusable', numTracks: 1 }],
    });
    expect(await rowsOf(lakeHome.lake, 'SELECT track_id, row_in_shard FROM spectrogram')).toEqual([
      { track_id: B, row_in_shard: 1 },
    ]);
    expect(await rowsOf(lakeHome.lake, 'SELECT track_id, state, why FROM preview ORDER BY track_id')).toEqual([
      { track_id: A, state: 'failed', why: 'LakeUnusable: what the source said could not be stored' },
      { track_id: B, state: 'found', why: null },
    ]);
    // The file has two rows still.
    const [shard] = await lakeHome.lake.shards();
    expect(shard).toMatchObject({ numRows: 2 });
    expect(await verifyShard(activities().shards, shard!)).toEqual({ state: 'whole' });
    const busy = { commitSound: () => Promise.reject(failing('LakeConflict')) };
    await expect(commitBatch(busy, sealed.value, [])).rejects.toMatchObject({ type: 'LakeConflict' });
    const broken = { commitSound: () => Promise.reject(failing('LakeUnusable')) };
    await expect(commitBatch(broken, sealed.value, [])).rejects.toMatchObject({ type: 'LakeUnusable' });
  });

  test('a batch that was damaged on the disk is not taken for one that was committed', async () => {
    const { fetch, compute, commit: commitInLake, home } = activities();
    answers.set(`spotify ${A}`, found(wavOf(1)));
    await fetch(A);
    const { batchSha256 } = await compute([A]);
    const file = path.join(home.inboxDir, 'batches', `${batchSha256}.json`);
    const bytes = await readFile(file);
    bytes[100]! ^= 1;
    await writeFile(file, bytes);
    expect(await commitInLake(batchSha256!)).toEqual({ snapshotId: null, isDamaged: true });
    expect(await compute([A])).toMatchObject({ batchSha256, numSpectrograms: 1 });
    expect((await commitInLake(batchSha256!)).snapshotId).not.toBeNull();
    expect(await rowsOf(lakeHome.lake, 'SELECT count(*) AS n FROM spectrogram')).toEqual([{ n: 1 }]);
  });

  test('what nobody comes for is deleted after two days, when a night begins', async () => {
    const { fetch, compute, inbox, home, list } = activities();
    answers.set(`spotify ${A}`, found(wavOf(1)));
    answers.set(`spotify ${B}`, found(wavOf(2)));
    await fetch(A);
    const { batchSha256 } = await compute([A]);
    await fetch(B);
    await list();
    expect(await inbox.get(A)).not.toBeNull();
    const old = Date.now() / 1_000 - 3 * 86_400;
    const left = [`answers/${A}.json`, `audio/${A}`, `batches/${batchSha256}.json`];
    for (const name of left) await utimes(path.join(home.inboxDir, name), old, old);
    await list();
    expect((await readdir(home.inboxDir, { recursive: true })).sort()).toEqual(
      ['answers', `answers/${B}.json`, 'audio', `audio/${B}`, 'batches'].map(path.normalize),
    );
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

describe('a broken shard of several sources', () => {
  test('is made again for those that are on; the others stay named until theirs is on', async () => {
    const { fetch, compute, commit: commitInLake, list, shards } = activities();
    answers.set(`spotify ${A}`, found(wavOf(1)));
    answers.set(`deezer ${B}`, found(wavOf(2)));
    const makeAgain = async (...trackIds: TrackId[]): Promise<void> => {
      for (const trackId of trackIds) await fetch(trackId);
      await commitInLake((await compute(trackIds)).batchSha256!);
    };
    await makeAgain(A, B);
    const before = await rowsOf(lakeHome.lake, 'SELECT track_id, values_sha256 FROM spectrogram ORDER BY track_id');
    const [mixed] = await lakeHome.lake.shards();
    for (const file of await shards.list()) await rm(file.path);

    settings = { ...settings, sound: { ...settings.sound, sources: ['spotify'] } };
    expect((await list()).batches).toEqual([[A]]);
    await makeAgain(A);
    expect((await list()).batches).toEqual([]);
    const inLake = await lakeHome.lake.shards();
    expect(inLake.find(({ sha256 }) => sha256 === mixed!.sha256)?.rows.map(({ trackId }) => trackId)).toEqual([B]);

    settings = { ...settings, sound: { ...settings.sound, sources: ['spotify', 'deezer'] } };
    expect((await list()).batches).toEqual([[B]]);
    await makeAgain(B);
    expect(await rowsOf(lakeHome.lake, 'SELECT track_id, values_sha256 FROM spectrogram ORDER BY track_id')).toEqual(
      before,
    );
    const mended = await lakeHome.lake.shards();
    expect(mended).toHaveLength(2);
    for (const shard of mended) expect(await verifyShard(shards, shard)).toEqual({ state: 'whole' });
  });
});

test('without a source there is nothing to plan', async () => {
  const { plan } = activities();
  expect(await plan(7)).toMatchObject({ maxTracks: 7, window: 'hanning', channels: 'mean' });
  settings = DEFAULT_SETTINGS;
  await expect(plan()).rejects.toMatchObject({ type: 'InvalidInput', message: expect.stringContaining('no source') });
  expect(soundPlanOf(DEFAULT_SETTINGS)).toBeNull();
});
