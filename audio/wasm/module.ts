/** The compiled WebAssembly of `assembly/`; `npm run build:wasm` makes it anew, and a test holds it to its source. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';

const PAGE_BYTES = 65_536;

export interface KernelExports {
  readonly fbank: (
    samples: number,
    numGroups: number,
    out: number,
    work: number,
    window: number,
    twiddles: number,
    untangle: number,
    order: number,
    melRows: number,
    melWeights: number,
    numMelBins: number,
  ) => void;
  readonly resample: (
    samples: number,
    numBlocks: number,
    out: number,
    offsets: number,
    taps: number,
    numPhases: number,
    numTaps: number,
    blockBytes: number,
  ) => void;
}

let compiled: WebAssembly.Module | undefined;

/** An instance with a memory of its own, fixed in size: a kernel's tables and buffers are laid out in it once. */
export function instantiateKernel(numBytes: number): { exports: KernelExports; memory: ArrayBuffer } {
  compiled ??= new WebAssembly.Module(readFileSync(path.join(PROJECT_ROOT, 'audio', 'wasm', 'kernel.wasm')));
  const numPages = Math.ceil(numBytes / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: numPages, maximum: numPages });
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return { exports: exports as unknown as KernelExports, memory: memory.buffer };
}

/** Hands out places in a kernel's memory, one after another, each at a vector's border. */
export class MemoryLayout {
  #numBytes = 0;

  /** @returns the byte offset of the place */
  reserve(numBytes: number): number {
    const offset = this.#numBytes;
    this.#numBytes += Math.ceil(numBytes / 16) * 16;
    return offset;
  }

  get numBytes(): number {
    return this.#numBytes;
  }
}
