/**
 * The filterbank of 30 seconds, beside torchaudio at one thread and transformers.js: the same samples, in turn, in one
 * run, after a look that all give the same cells.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fbank, fbank64 } from '../audio/fbank/fbank.ts';
import { fbankSettings } from '../audio/fbank/settings.ts';
import { Draws } from '../runtime/philox.ts';
import { peerContestant, startAudioPeers } from './lib/audioPeers.ts';
import { npmPeer } from './lib/npm.ts';
import { type Contestant, inTurn, medianMs, ours, ratios, type Seconds } from './lib/rounds.ts';
import { formatSpread } from './lib/spread.ts';

const NUM_SAMPLES = 30 * 16_000;
const NUM_ROUNDS = 31;
const TIMES_PER_ROUND = 5;
const TRANSFORMERS = 'transformers.js 4.3.1';
const TORCHAUDIO = 'torchaudio 2.9.1, 1 thread';
const OURS = 'chartlife, float32';
const SETTINGS = fbankSettings({ window: 'hanning' });

/** A tone that glides, and noise: speed does not depend on the sound. */
function makeSamples(): Float32Array {
  const draws = new Draws(1, 0, 0);
  return Float32Array.from(
    { length: NUM_SAMPLES },
    (_, index) => 0.3 * Math.sin(index * (0.02 + index * 1e-6)) + 0.1 * draws.between(-1, 1),
  );
}

interface FeatureExtractor {
  _call(samples: Float32Array): Promise<{ readonly input_values: { readonly data: Float32Array } }>;
}

async function loadTransformers(): Promise<FeatureExtractor | null> {
  const address = await npmPeer('@huggingface/transformers@4.3.1', 'dist/transformers.node.mjs');
  if (address === null) return null;
  const { ASTFeatureExtractor } = await import(address);
  return new ASTFeatureExtractor({
    max_length: 2_998,
    num_mel_bins: 128,
    sampling_rate: 16_000,
    do_normalize: false,
    mean: 0,
    std: 0.5,
  });
}

function largestDifference(a: Float32Array, b: Float32Array): string {
  if (a.length !== b.length) return `${a.length} cells for ${b.length}`;
  return a.reduce((largest, value, cell) => Math.max(largest, Math.abs(value - b[cell]!)), 0).toExponential(1);
}

function describe(name: string, rounds: readonly Seconds[], ourRounds: readonly Seconds[]): void {
  const wall = formatSpread(ratios(ourRounds, rounds, 'wall'), 2);
  const cpu = formatSpread(ratios(ourRounds, rounds, 'cpu'), 2);
  const times = `${medianMs(rounds, 'wall').padStart(8)} ms, ${medianMs(rounds, 'cpu').padStart(8)} ms of processor`;
  console.log(`${name.padEnd(28)}${times}   ours / this: ${wall}, of processor ${cpu}`);
}

const samples = makeSamples();
const values = fbank(samples, SETTINGS).values;
const contestants: Record<string, Contestant> = {
  [OURS]: ours(() => fbank(samples, SETTINGS)),
  'chartlife, float64': ours(() => fbank64(samples, SETTINGS)),
};
const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-bench-'));
const peer = await startAudioPeers();
try {
  if (peer !== null) {
    await writeFile(path.join(folder, 'in.f32'), new Uint8Array(samples.buffer));
    await peer.ask(`raw ${path.join(folder, 'in.f32')}`);
    await peer.ask(`fbank ${path.join(folder, 'out.f32')}`);
    const theirs = new Float32Array(new Uint8Array(await readFile(path.join(folder, 'out.f32'))).buffer);
    console.log(`largest difference to torchaudio: ${largestDifference(values, theirs)}`);
    contestants[TORCHAUDIO] = peerContestant(peer, 'time fbank {}');
  }
  const transformers = await loadTransformers();
  if (transformers !== null) {
    const { input_values } = await transformers._call(samples);
    console.log(`largest difference to transformers.js: ${largestDifference(values, input_values.data)}`);
    contestants[TRANSFORMERS] = ours(() => transformers._call(samples));
  }
  console.log(`30 s to 2998 x 128; load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} processors`);
  const rounds = await inTurn(contestants, NUM_ROUNDS, TIMES_PER_ROUND);
  for (const [name, seconds] of rounds) describe(name, seconds, rounds.get(OURS) ?? []);
  console.log(`medians of ${NUM_ROUNDS} rounds of ${TIMES_PER_ROUND} in turn, quartiles in brackets`);
  console.log(`load ${os.loadavg()[0]?.toFixed(1)} at the end`);
} finally {
  peer?.close();
  await rm(folder, { recursive: true });
}
