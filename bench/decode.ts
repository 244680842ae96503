/**
 * 104 weeks of 1,000 tracks rolled out by MP3's decoder, from 4 observed weeks, beside a cached decoder in PyTorch: two
 * threads each, in turn, each in a process of its own.
 */
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadTensorflow } from '../models/backend/loadTensorflow.ts';
import { disposeTree } from '../models/compile/tree.ts';
import { createMp3Decoder } from '../models/mp3/decode.ts';
import { mp3Shapes } from '../models/mp3/names.ts';
import { initialise } from '../models/weights/initialise.ts';
import { toParameters } from '../models/weights/tensors.ts';
import { nativeCacheAt, nativeCacheRoot } from '../runtime/nativeParts.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';
import { LinePeer } from './lib/linePeer.ts';
import { pythonWith } from './lib/python.ts';
import { type Contestant, inTurn, medianMs, ratios } from './lib/rounds.ts';
import { answerTimes, askTimes } from './lib/served.ts';
import { formatSpread } from './lib/spread.ts';
import { MP3_CONFIG, mp3Inputs } from './lib/trainingCases.ts';

const NUM_TRACKS = 1_000;
const NUM_OBSERVED = 4;
const NUM_ROUNDS = 7;
const NUM_THREADS = 2;
const OURS = 'chartlife';
const TORCH = 'torch==2.13.0';

async function serve(): Promise<void> {
  loadTensorflow({
    cache: nativeCacheAt(nativeCacheRoot(process.env)),
    variant: 'cpu',
    numThreads: NUM_THREADS,
    environment: process.env,
  });
  const decoder = createMp3Decoder(MP3_CONFIG);
  const parameters = toParameters(initialise(mp3Shapes(MP3_CONFIG), 1));
  const request = { ...mp3Inputs(NUM_TRACKS), numObserved: Array<number>(NUM_TRACKS).fill(NUM_OBSERVED) };
  await answerTimes(createInterface({ input: process.stdin }), () => {
    const decoded = decoder.decode(parameters, request);
    decoded.streams_BT.dataSync();
    disposeTree(decoded);
  });
}

async function compare(): Promise<void> {
  const python = await pythonWith([TORCH]);
  const peaks = new Map<string, number>();
  const peers = new Map([[OURS, new LinePeer(process.execPath, [fileURLToPath(import.meta.url), 'serve'])]]);
  if (python !== null) peers.set(TORCH, new LinePeer(python, [path.join(PROJECT_ROOT, 'bench', 'decode_torch.py')]));
  try {
    const contestants: Record<string, Contestant> = {};
    for (const [name, peer] of peers) contestants[name] = askTimes(peer, (peakMb) => peaks.set(name, peakMb));
    console.log(`${NUM_TRACKS} tracks, weeks ${NUM_OBSERVED} to 103; load ${os.loadavg()[0]?.toFixed(1)}`);
    const rounds = await inTurn(contestants, NUM_ROUNDS, 1);
    for (const [name, seconds] of rounds) {
      const ratio = formatSpread(ratios(rounds.get(OURS) ?? [], seconds, 'wall'), 2);
      console.log(
        `${name.padEnd(16)} ${medianMs(seconds, 'wall').padStart(9)} ms  ${peaks.get(name)?.toFixed(0).padStart(5)} MB   ours / this: ${ratio}`,
      );
    }
    console.log(`medians of ${NUM_ROUNDS} rounds in turn, ${NUM_THREADS} threads each, quartiles in brackets`);
  } finally {
    for (const peer of peers.values()) peer.close();
  }
}

if (process.argv[2] === 'serve') await serve();
else await compare();
