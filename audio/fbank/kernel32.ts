/** The fast kernel: float32 in and out, WebAssembly's 128-bit vectors, four frames at a time (see `wasm/assembly/fbank.ts`). */
import { instantiateKernel, type KernelExports, MemoryLayout } from '../wasm/module.ts';
import { type FbankSettings, FRAME_LENGTH_SAMPLES, FRAME_SHIFT_SAMPLES, NUM_FFT_BINS } from './settings.ts';
import { melRows, windowTable } from './tables.ts';
import { digitReversedOrder, NUM_POINTS, stageTwiddles, untangleTwiddles } from './transform.ts';

const VECTOR_BYTES = 16;
const FRAMES_PER_GROUP = 4;
/** Frames that go through the kernel's memory at a time: input and output stay in the processor's second cache. */
const FRAMES_PER_BLOCK = 256;
const BLOCK_SAMPLES = (FRAMES_PER_BLOCK - 1) * FRAME_SHIFT_SAMPLES + FRAME_LENGTH_SAMPLES;

export class FbankKernel32 {
  readonly #numMelBins: number;
  readonly #run: (numGroups: number) => void;
  readonly #samples: Float32Array;
  readonly #rows: Float32Array;

  constructor(settings: FbankSettings) {
    const { numMelBins } = settings;
    const window = windowTable(settings.window, 'float32');
    const mel = melRows(numMelBins, 'float32');
    const twiddles = stageTwiddles();
    const untangle = untangleTwiddles();

    const layout = new MemoryLayout();
    const at = {
      samples: layout.reserve(4 * BLOCK_SAMPLES),
      rows: layout.reserve(4 * FRAMES_PER_BLOCK * numMelBins),
      work: layout.reserve((2 * 2 * NUM_POINTS + 2 * NUM_FFT_BINS + Math.ceil(numMelBins / 4) * 4) * VECTOR_BYTES),
      window: layout.reserve(8 * window.length),
      twiddles: layout.reserve(8 * twiddles.length),
      untangle: layout.reserve(8 * untangle.length),
      order: layout.reserve(4 * NUM_POINTS),
      melRows: layout.reserve(8 * numMelBins),
      melWeights: layout.reserve(8 * mel.weights.length),
    };
    const { exports, memory } = instantiateKernel(layout.numBytes);
    new Float64Array(memory, at.window).set(window);
    new Float64Array(memory, at.twiddles).set(twiddles);
    new Float64Array(memory, at.untangle).set(untangle);
    new Uint32Array(memory, at.order).set(digitReversedOrder().map((position) => position * 2 * VECTOR_BYTES));
    const rows = new Uint32Array(memory, at.melRows);
    for (let row = 0; row < numMelBins; row++) rows.set([mel.firstBin[row]!, mel.numBins[row]!], 2 * row);
    new Float64Array(memory, at.melWeights).set(mel.weights);

    this.#numMelBins = numMelBins;
    this.#samples = new Float32Array(memory, at.samples, BLOCK_SAMPLES);
    this.#rows = new Float32Array(memory, at.rows, FRAMES_PER_BLOCK * numMelBins);
    this.#run = (numGroups) => runGroups(exports, numGroups, at, numMelBins);
  }

  /** @param out numFrames rows of numMelBins */
  process(samples: Float32Array, numFrames: number, out: Float32Array): void {
    for (let first = 0; first < numFrames; first += FRAMES_PER_BLOCK) {
      const numHere = Math.min(FRAMES_PER_BLOCK, numFrames - first);
      const start = first * FRAME_SHIFT_SAMPLES;
      this.#samples.set(samples.subarray(start, start + (numHere - 1) * FRAME_SHIFT_SAMPLES + FRAME_LENGTH_SAMPLES));
      // A last group of fewer than four frames reads on into older samples; its lanes don't touch each other.
      this.#run(Math.ceil(numHere / FRAMES_PER_GROUP));
      out.set(this.#rows.subarray(0, numHere * this.#numMelBins), first * this.#numMelBins);
    }
  }
}

type Layout = Readonly<
  Record<'samples' | 'rows' | 'work' | 'window' | 'twiddles' | 'untangle' | 'order' | 'melRows' | 'melWeights', number>
>;

function runGroups(kernel: KernelExports, numGroups: number, at: Layout, numMelBins: number): void {
  kernel.fbank(
    at.samples,
    numGroups,
    at.rows,
    at.work,
    at.window,
    at.twiddles,
    at.untangle,
    at.order,
    at.melRows,
    at.melWeights,
    numMelBins,
  );
}
