/**
 * The way from a new entry to its spectrogram, on a whole system: started by the refresh, asked for once, killed half way,
 * lost and made again. The sound is the replica's, which is synthetic.
 */
import { open, readdir, readFile, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyShards } from '../../cli/audio/verifyShards.ts';
import { parseDate } from '../../contracts/dates.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../contracts/settings.ts';
import type { PlainValue } from '../../data/lake/values.ts';
import { writeSettings } from '../../runtime/settings.ts';
import { chartlife } from '../cli/captureEffects.ts';
import {
  isAlive,
  type LiveSystem,
  newestSnapshotId,
  refreshNow,
  rowsOf,
  START_TIMEOUT_MS,
  startLiveSystem,
  until,
  withLakeOf,
} from './liveSystem.ts';
import { dailyCharts, syntheticFacts, syntheticHistories } from './replicaCharts.ts';

/** The first chart of all: everything on it is new. */
const NIGHT = '2026-02-22';
const NEXT_NIGHT = '2026-02-23';
const SOUND: Settings['sound'] = { ...DEFAULT_SETTINGS.sound, sources: ['spotify'], askAgainAfterDays: 1 };

const histories = syntheticHistories(['us'], '2026-02-20', 12, 30);

async function start(sound: Settings['sound']): Promise<LiveSystem> {
  return startLiveSystem({
    histories,
    charts: dailyCharts(['us']),
    settings: { enrich: false, sound },
    trackFacts: syntheticFacts(histories),
  });
}

/** How often each preview was served whole or in part, by path. */
function downloads(live: LiveSystem): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { path: asked, status } of live.replica.requests().latest) {
    if (asked.startsWith('/mp3-preview/') && status === 200) counts.set(asked, (counts.get(asked) ?? 0) + 1);
  }
  return counts;
}

const soundTables = async (live: LiveSystem): Promise<Record<string, PlainValue[][]>> => ({
  preview: await rowsOf(live.home, 'SELECT * EXCLUDE (recorded_at, url_host) FROM preview ORDER BY track_id'),
  spectrogram: await rowsOf(live.home, 'SELECT * EXCLUDE (computed_at) FROM spectrogram ORDER BY track_id'),
  shard: await rowsOf(live.home, 'SELECT * EXCLUDE (written_at) FROM shard ORDER BY shard_sha256'),
});

const verify = (live: LiveSystem) =>
  withLakeOf(live.home, (lake) =>
    verifyShards({
      lake,
      spectrogramsDir: live.home.spectrogramsDir,
      prunes: false,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    }),
  );

describe('a refresh with sound turned on', () => {
  let live: LiveSystem;
  beforeAll(async () => {
    live = await start(SOUND);
  }, START_TIMEOUT_MS);
  afterAll(() => live?.remove());

  test('goes on to its entries: one spectrogram each, labelled synthetic, with what the page says', async () => {
    const { sound, notes } = await refreshNow(live, NIGHT);
    expect(notes).toEqual([]);
    expect(sound!.numSpectrograms).toBeGreaterThan(20);
    expect(sound).toMatchObject({ numFailed: 0, numAbsent: 0, numUndecodable: 0, numListed: sound!.numSpectrograms });
    const [counts] = await rowsOf(
      live.home,
      `SELECT count(*), count(DISTINCT track_id), bool_and(is_synthetic), min(num_frames), max(num_mel_bins)
       FROM spectrogram SEMI JOIN new_entry USING (track_id)`,
    );
    expect(counts).toEqual([sound!.numSpectrograms, sound!.numSpectrograms, true, expect.any(Number), 128]);
    expect(counts![3]).toBeGreaterThan(2_900);
    const [preview] = await rowsOf(
      live.home,
      `SELECT DISTINCT state, source, is_synthetic, audio_format, num_losses, is_kept FROM preview`,
    );
    expect(preview).toEqual(['found', 'replica', true, 'mp3', 0, false]);
    const [details] = await rowsOf(
      live.home,
      `SELECT count(*), min(d.release_date), min(t.release_date) FROM track_detail AS d JOIN track AS t USING (track_id)`,
    );
    expect(details).toEqual([sound!.numSpectrograms, '2026-01-02', '2026-01-02']);
    expect(await verify(live)).toMatchObject({ numSpectrograms: sound!.numSpectrograms, broken: [], strays: [] });
  }, 120_000);

  test('keeps neither the audio nor the session token of the page', async () => {
    const names = await readdir(live.home.root, { recursive: true });
    const texts: { name: string; bytes: Buffer }[] = [];
    for (const name of names.filter((candidate) => !/\.sqlite(?:-wal|-shm)?$/.test(candidate))) {
      const place = path.join(live.home.root, name);
      if ((await stat(place)).isFile()) texts.push({ name, bytes: await readFile(place) });
    }
    expect(texts.length).toBeGreaterThan(5);
    for (const { name, bytes } of texts) {
      expect(bytes.includes('ACCESS-TOKEN'), name).toBe(false);
      expect(bytes.subarray(0, 3).toString('latin1'), name).not.toBe('ID3');
    }
  });

  test('the same night again: nobody is asked, nothing is written', async () => {
    live.replica.clearRequests();
    const before = await newestSnapshotId(live.home);
    const { sound } = await refreshNow(live, NIGHT);
    expect(sound).toMatchObject({ numListed: 0 });
    expect(await newestSnapshotId(live.home)).toBe(before);
    expect([...downloads(live)]).toEqual([]);
  }, 60_000);

  test('a shard cut by hand is named, and the next refresh brings back the very file', async () => {
    const before = await soundTables(live);
    const [first] = await rowsOf(live.home, 'SELECT shard_sha256 FROM shard ORDER BY shard_sha256');
    const sha256 = String(first![0]);
    const filePath = path.join(live.home.spectrogramsDir, sha256.slice(0, 2), `${sha256}.arrow`);
    const whole = await readFile(filePath);
    await truncate(filePath, 12_345);
    const report = await verify(live);
    expect(report.broken).toMatchObject([{ file: filePath, why: expect.stringContaining('12345 bytes') }]);

    const { sound } = await refreshNow(live, NIGHT);
    expect(sound).toMatchObject({ numSpectrograms: report.broken[0]!.trackIds.length, numFailed: 0 });
    // Compared as a whole: cell by cell, megabytes take minutes.
    expect(whole.equals(await readFile(filePath))).toBe(true);
    expect((await verify(live)).broken).toEqual([]);
    expect(await soundTables(live)).toEqual(before);
  }, 120_000);

  test('one damaged byte is found only by reading, and mended the same way', async () => {
    const [first] = await rowsOf(live.home, 'SELECT shard_sha256 FROM shard ORDER BY shard_sha256');
    const sha256 = String(first![0]);
    const filePath = path.join(live.home.spectrogramsDir, sha256.slice(0, 2), `${sha256}.arrow`);
    const handle = await open(filePath, 'r+');
    await handle.write(Buffer.of(0x55), 0, 1, 200_000);
    await handle.close();
    expect((await verify(live)).broken).toMatchObject([{ why: expect.stringContaining('hash') }]);
    await refreshNow(live, NIGHT);
    expect((await verify(live)).broken).toEqual([]);
  }, 120_000);

  test('tracks without a preview are a normal result, asked for again when their time comes', async () => {
    const entries = (await rowsOf(live.home, 'SELECT DISTINCT track_id FROM spectrogram ORDER BY track_id')).map(
      String,
    );
    const settings: Settings = { ...live.settings, sound: { ...SOUND, window: 'povey' } };
    await writeSettings(live.home, settings);
    const [absent, unplayable] = entries;
    live.replica.setFaults({
      previewAbsent: [`/embed/track/${absent}`],
      notPlayable: [`/embed/track/${unplayable}`],
    });
    const { sound } = await refreshNow(live, NIGHT);
    expect(sound).toMatchObject({ numAbsent: 2, numFailed: 0 });
    const rows = await rowsOf(
      live.home,
      `SELECT track_id, state FROM preview WHERE state <> 'found' ORDER BY track_id`,
    );
    // They were found before, so they are gone now; the spectrograms of before stay.
    expect(rows).toEqual([
      [absent, 'gone'],
      [unplayable, 'gone'],
    ]);
    live.replica.setFaults({});
    expect((await refreshNow(live, NIGHT)).sound).toMatchObject({ numListed: 0 });
    const again = await refreshNow(live, NEXT_NIGHT);
    expect(again.sound!.numSpectrograms).toBeGreaterThanOrEqual(2);
    expect(await rowsOf(live.home, `SELECT track_id FROM preview WHERE state <> 'found'`)).toEqual([]);
  }, 180_000);
});

describe('what goes wrong at the source', () => {
  let live: LiveSystem;
  beforeAll(async () => {
    live = await start({ ...SOUND, askAgainAfterDays: 28 });
  }, START_TIMEOUT_MS);
  afterAll(() => live?.remove());

  const embedRequests = (): string[] =>
    live.replica.requests().latest.flatMap(({ path: asked }) => (asked.startsWith('/embed/') ? [asked] : []));

  test('for one track does not hold the others; the lake says why, and it is not asked again the next night', async () => {
    let poisoned: string | null = null;
    let elsewhere: string | null = null;
    for (const trackId of syntheticFacts(histories).keys()) {
      live.replica.override(`/embed/track/${trackId}`, (html) => {
        if (poisoned === null || poisoned === trackId) {
          poisoned = trackId;
          return html.replace(/"title":"[^"]*"/, '"title":"bad \\ud83d"');
        }
        elsewhere ??= trackId;
        if (elsewhere !== trackId) return html;
        return html.replace(
          /"audioPreview":\{"url":"[^"]*"\}/,
          '"audioPreview":{"url":"https://cdn.example.org/x.mp3"}',
        );
      });
    }
    const { sound } = await refreshNow(live, NIGHT);
    expect(sound).toMatchObject({ numAbsent: 1, numFailed: 0, numSpectrograms: sound!.numListed - 1 });
    expect(await rowsOf(live.home, `SELECT title FROM track_detail WHERE track_id = '${poisoned}'`)).toEqual([
      ['bad \ufffd'],
    ]);
    expect(await rowsOf(live.home, `SELECT state, why FROM preview WHERE track_id = '${elsewhere}'`)).toEqual([
      ['absent', 'the preview lies on cdn.example.org: that host is not asked'],
    ]);
    live.replica.clearRequests();
    await refreshNow(live, NEXT_NIGHT);
    expect(embedRequests()).not.toContain(`/embed/track/${elsewhere}`);
  }, 120_000);

  test('asked for a pause of a day, the run ends soon, and says why; the command ends with the code for it', async () => {
    await writeSettings(live.home, { ...live.settings, sound: { ...SOUND, window: 'povey' } });
    live.replica.setFaults({ rate429: 1, retryAfterSeconds: 86_400 });
    live.replica.clearRequests();
    const run = await live.control.startFeatures({ nominalDate: parseDate(NIGHT), enteredFrom: null, maxTracks: 20 });
    const result = await live.control.awaitFeatures(run);
    expect(result).toMatchObject({ numListed: 20, numFailed: 20, numSpectrograms: 0 });
    expect(result.failures).toEqual([
      { errorType: 'RateLimited', numTracks: 20, message: expect.stringContaining('1440 minutes') },
    ]);
    // Those under way at once may all be told so; nobody asks after that.
    expect(embedRequests().length).toBeLessThanOrEqual(4);
    const ended = await chartlife(['audio', 'fetch', '--all', '--limit', '3'], {
      env: { CHARTLIFE_HOME: live.home.root, NO_COLOR: '1' },
    });
    expect(ended.exitCode).toBe(4);
    expect(ended.stdout).toMatch(/3 tracks asked for sound: .*3 failed/);
    expect(ended.stdout).toContain('synthetic');
    expect(ended.stdout.replace(/\s+/g, ' ')).toMatch(/3 tracks failed: .* pause of 1440 minutes.* \[RateLimited\]/);
  }, 120_000);
});

describe('the features worker killed with -9', () => {
  let live: LiveSystem;
  beforeAll(async () => {
    live = await start({ ...SOUND, sources: [] });
    await refreshNow(live, NIGHT);
  }, START_TIMEOUT_MS);
  afterAll(() => live?.remove());

  test('half way, again and again: nothing fetched twice beyond what was in hand, no row lost or doubled', async () => {
    await writeSettings(live.home, { ...live.settings, sound: SOUND });
    live.replica.clearRequests();
    const run = await live.control.startFeatures({ nominalDate: parseDate(NIGHT), enteredFrom: null });
    const result = live.control.awaitFeatures(run);
    let numKills = 0;
    for (const numDownloads of [3, 12, 20]) {
      await until(() => downloads(live).size >= numDownloads, `${numDownloads} previews were fetched`, 60_000);
      const pid = live.system.featuresWorkerPid!;
      process.kill(pid, 'SIGKILL');
      numKills++;
      await until(() => !isAlive(pid) && live.system.featuresWorkerPid !== pid, 'it is dead');
      await until(() => live.system.featuresWorkerPid !== null, 'another is up');
    }
    const { numFailed, numSpectrograms } = await result;
    expect(numFailed).toBe(0);
    const [counts] = await rowsOf(
      live.home,
      `SELECT count(*), count(DISTINCT track_id), (SELECT count(DISTINCT track_id) FROM chart_entry) FROM spectrogram`,
    );
    expect(counts).toEqual([numSpectrograms, numSpectrograms, numSpectrograms]);
    expect((await verify(live)).broken).toEqual([]);

    // Four are under way at once; each kill may cost those in hand another request, and no others.
    const twice = [...downloads(live).values()].reduce((sum, times) => sum + times - 1, 0);
    expect(downloads(live).size).toBe(numSpectrograms);
    expect(twice).toBeLessThanOrEqual(4 * numKills);
    // What a killed write has left is swept away later.
    const waiting = await readdir(live.home.inboxDir, { recursive: true });
    expect(waiting.filter((name) => /[\\/]/.test(name) && !name.endsWith('.tmp'))).toEqual([]);
  }, 180_000);
});
