/**
 * A 30 s MP3 to its spectrogram: beside librosa.load + torchaudio and ffmpeg + torchaudio, one thread each, in turn;
 * then two threads of the pool beside one (`threads`: that alone); with `memory`, what 2,000 clips do to the process's memory.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { decodeAudio } from '../audio/decode/decode.ts';
import { DEFAULT_AUDIO_LIMITS } from '../audio/decode/limits.ts';
import { AudioPool } from '../audio/decode/pool.ts';
import { SAMPLE_RATE_HZ } from '../audio/fbank/settings.ts';
import { computeFeatures, featureSettings } from '../audio/features.ts';
import { resample } from '../audio/resample.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';
import { buildWorker } from '../tests/audio/buildWorker.ts';
import { peerContestant, startAudioPeers } from './lib/audioPeers.ts';
import { type Contestant, inTurn, medianMs, ours, ratios } from './lib/rounds.ts';
import { formatSpread } from './lib/spread.ts';

const CLIP = path.join(PROJECT_ROOT, '..', 'shared', 'data', 'audio', 'derived_vibeace_30s.mp3');
const NUM_ROUNDS = 15;
const TIMES_PER_ROUND = 4;
const CLIPS_PER_BATCH = 24;
const MEMORY_CLIPS = 2_000;
const SETTINGS = featureSettings({ window: 'hanning' });
const OURS = 'chartlife, this thread';

function load(): string {
  return `load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} processors`;
}

async function besidePeers(bytes: Uint8Array): Promise<void> {
  const { channels, sampleRateHz } = await decodeAudio(bytes, DEFAULT_AUDIO_LIMITS, 'mean');
  const mono = channels[0] ?? new Float32Array(0);
  const contestants: Record<string, Contestant> = {
    [OURS]: ours(() => computeFeatures(bytes, SETTINGS)),
    '  of it decoding': ours(() => decodeAudio(bytes, DEFAULT_AUDIO_LIMITS, 'mean')),
    '  of it resampling': ours(() => resample(mono, sampleRateHz, SAMPLE_RATE_HZ)),
  };
  const peer = await startAudioPeers();
  if (peer !== null) {
    contestants['librosa.load + torchaudio'] = peerContestant(peer, `time librosa {} ${CLIP}`);
    contestants['ffmpeg + torchaudio'] = peerContestant(peer, `time ffmpeg {} ${CLIP}`);
  }
  const rounds = await inTurn(contestants, NUM_ROUNDS, TIMES_PER_ROUND);
  peer?.close();
  const own = rounds.get(OURS) ?? [];
  for (const [name, seconds] of rounds) {
    const times = `${medianMs(seconds, 'wall').padStart(8)} ms, ${medianMs(seconds, 'cpu').padStart(8)} ms of processor`;
    const wall = formatSpread(ratios(own, seconds, 'wall'), 2);
    const cpu = formatSpread(ratios(own, seconds, 'cpu'), 2);
    console.log(`${name.padEnd(28)}${times}   ours / this: ${wall}, of processor ${cpu}`);
  }
}

async function besideOneThread(bytes: Uint8Array, workerPath: string): Promise<void> {
  const pools = {
    one: new AudioPool({ numThreads: 1, workerPath }),
    two: new AudioPool({ numThreads: 2, workerPath }),
  };
  const batch = (pool: AudioPool): Contestant =>
    ours(() => Promise.all(Array.from({ length: CLIPS_PER_BATCH }, () => pool.features(bytes, SETTINGS))));
  const rounds = await inTurn({ one: batch(pools.one), two: batch(pools.two) }, NUM_ROUNDS, 1);
  const [one = [], two = []] = [rounds.get('one'), rounds.get('two')];
  console.log(`two threads' throughput / one's: ${formatSpread(ratios(one, two, 'wall'), 2)}`);
  console.log(`processors busy: one ${busy(one)}, two ${busy(two)} (2.0 only if nothing else runs)`);
  await Promise.all([pools.one.close(), pools.two.close()]);
}

function busy(rounds: readonly { readonly wall: number; readonly cpu: number }[]): string {
  return formatSpread(
    rounds.map(({ wall, cpu }) => cpu / wall),
    2,
  );
}

async function watchMemory(bytes: Uint8Array, workerPath: string): Promise<void> {
  const pool = new AudioPool({ numThreads: 2, workerPath });
  const startMs = performance.now();
  for (let done = 0; done < MEMORY_CLIPS; ) {
    await Promise.all(Array.from({ length: 40 }, () => pool.features(bytes, SETTINGS)));
    done += 40;
    if (done % 200 !== 0) continue;
    const perSecond = done / ((performance.now() - startMs) / 1000);
    const megabytes = (process.memoryUsage().rss / 2 ** 20).toFixed(0);
    console.log(
      `${String(done).padStart(5)} clips  ${megabytes.padStart(5)} MiB resident  ${perSecond.toFixed(1)} clips/s`,
    );
  }
  await pool.close();
}

if (!existsSync(CLIP)) {
  console.log(`No ${path.relative(PROJECT_ROOT, CLIP)}: nothing to measure.`);
} else {
  const bytes = await readFile(CLIP);
  const worker = await buildWorker('audio/decode/worker.ts');
  try {
    console.log(`30 s MP3, 96 kbit/s, to 2998 x 128; ${load()}`);
    const [part] = process.argv.slice(2);
    if (part === 'memory') await watchMemory(bytes, worker.workerPath);
    if (part === undefined) await besidePeers(bytes);
    if (part === undefined || part === 'threads') await besideOneThread(bytes, worker.workerPath);
    console.log(`medians of rounds in turn, quartiles in brackets; ${load()} at the end`);
  } finally {
    await worker.remove();
  }
}
