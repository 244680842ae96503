/** `computeSpectrograms` with sounds that break their decoder: each is told of, and none takes its batch along. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { soundPlanOf } from '../../activities/sound.ts';
import { createSpectrogramActivities } from '../../activities/spectrograms.ts';
import { AudioPool } from '../../audio/decode/pool.ts';
import { parseDate } from '../../contracts/dates.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../contracts/settings.ts';
import { openAudioArchive } from '../../data/archive/audioArchive.ts';
import { openPreviewInbox, type WaitingPreview } from '../../data/inbox/previewInbox.ts';
import { openShardStore } from '../../data/shards/shardStore.ts';
import { sha256Hex } from '../../runtime/files.ts';
import { homeAt } from '../../runtime/home.ts';
import { type BuiltWorker, buildWorker } from '../audio/buildWorker.ts';
import { BAD } from '../audio/decode/badWorkerOrders.ts';
import { sineWave, waveFile } from '../audio/waves.ts';
import { trackIdOf } from '../data/lakeFixture.ts';

const NIGHT = parseDate('2026-07-16');
const IDS = [trackIdOf('aa'), trackIdOf('bb'), trackIdOf('cc')];
const SETTINGS: Settings = { ...DEFAULT_SETTINGS, sound: { ...DEFAULT_SETTINGS.sound, sources: ['spotify'] } };

let real: BuiltWorker;
let bad: BuiltWorker;
let folder: string;
beforeAll(async () => {
  real = await buildWorker('audio/decode/worker.ts');
  bad = await buildWorker('tests/audio/decode/badWorker.ts');
});
afterAll(() => Promise.all([real.remove(), bad.remove()]));
beforeEach(async () => {
  folder = await mkdtemp(`${os.tmpdir()}/chartlife-spectrograms-`);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Puts the sounds into an inbox, and computes what comes of them. */
async function compute(workerPath: string, sounds: readonly Uint8Array[]) {
  const home = homeAt(folder);
  const inbox = openPreviewInbox(home.inboxDir);
  const trackIds = IDS.slice(0, sounds.length);
  for (const [index, bytes] of sounds.entries()) {
    const audio = { sha256: sha256Hex(bytes), numBytes: bytes.length, isFromKept: false } as const;
    const waiting: WaitingPreview = {
      trackId: trackIds[index]!,
      askedOn: NIGHT,
      answers: [],
      audio: { ...audio, source: 'spotify', isSynthetic: false },
    };
    await inbox.put(waiting, bytes);
  }
  const pool = new AudioPool({ numThreads: 1, workerPath });
  try {
    const { computeSpectrograms } = createSpectrogramActivities({
      inbox,
      pool,
      audioArchive: openAudioArchive(home.audioDir),
      shards: openShardStore(home.spectrogramsDir),
      readSettings: async () => SETTINGS,
    });
    const input = { trackIds, askedOn: NIGHT, plan: soundPlanOf(SETTINGS)! };
    return await new MockActivityEnvironment().run(computeSpectrograms, input);
  } finally {
    await pool.close();
  }
}

test('a WAV with samples past any loudness is heard without them', async () => {
  const wild = Float32Array.from({ length: 1_600 }, (_, index) => (index < 400 ? 1e20 : Math.sin(index)));
  const file = waveFile(new Uint8Array(wild.buffer), { tag: 3, bitsPerSample: 32 });
  expect(await compute(real.workerPath, [file, sineWave(1_600)])).toMatchObject({
    batchSha256: expect.any(String),
    numSpectrograms: 2,
    numUndecodable: 0,
  });
});

test('one that kills its thread, one without memory and one that throws are undecodable', async () => {
  const sounds = [BAD.exit, BAD.answerUntyped, BAD.throw].map((order) => Uint8Array.of(order));
  expect(await compute(bad.workerPath, sounds)).toMatchObject({
    batchSha256: expect.any(String),
    numSpectrograms: 0,
    numUndecodable: 3,
  });
});
