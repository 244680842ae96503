/**
 * Kaldi's log-mel filterbank as torchaudio.compliance.kaldi.fbank gives it (htk_compat, no energy, no dither, 25 ms
 * frames every 10 ms, edges snipped), the input of the Audio Spectrogram Transformer.
 *
 * Samples are mono at 16 kHz in [-1, 1]. Samples scaled as 16-bit integers work too and raise every cell above the
 * floor by 2 ln 32767 = 20.79: models here were trained on [-1, 1].
 */
import { ChartlifeError } from '../../contracts/errors.ts';
import { FbankKernel32 } from './kernel32.ts';
import { FbankKernel64 } from './kernel64.ts';
import { type FbankSettings, numFramesOf } from './settings.ts';

export interface Spectrogram<Values extends Float32Array | Float64Array = Float32Array> {
  readonly numFrames: number;
  readonly numMelBins: number;
  /** Natural logarithms of energies, frame after frame: cell (frame, bin) is at frame * numMelBins + bin. */
  readonly values: Values;
}

/** Past this the energies leave float32's range. */
export const LARGEST_SAMPLE = 1e15;

const kernels32 = new Map<string, FbankKernel32>();
const kernels64 = new Map<string, FbankKernel64>();

/**
 * The fast way: float32, within 1e-3 of torchaudio's float32 wherever a bin is within 80 dB of its frame's loudest.
 *
 * @throws ChartlifeError AudioTooShort below 400 samples; InvalidInput for a sample that is not a number
 */
export function fbank(samples: Float32Array, settings: FbankSettings): Spectrogram {
  const numFrames = numFramesOf(samples.length);
  refuseWildSamples(samples);
  const values = new Float32Array(numFrames * settings.numMelBins);
  kernelFor(kernels32, settings, () => new FbankKernel32(settings)).process(samples, numFrames, values);
  return { numFrames, numMelBins: settings.numMelBins, values };
}

/**
 * The exact way: the definition in float64, some four times slower (`node bench/run.mjs fbank`).
 *
 * @throws as {@link fbank}
 */
export function fbank64(samples: Float32Array | Float64Array, settings: FbankSettings): Spectrogram<Float64Array> {
  const numFrames = numFramesOf(samples.length);
  refuseWildSamples(samples);
  const values = new Float64Array(numFrames * settings.numMelBins);
  kernelFor(kernels64, settings, () => new FbankKernel64(settings)).process(samples, numFrames, values);
  return { numFrames, numMelBins: settings.numMelBins, values };
}

function kernelFor<Kernel>(kernels: Map<string, Kernel>, settings: FbankSettings, create: () => Kernel): Kernel {
  const key = `${settings.window}/${settings.numMelBins}`;
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    kernel = create();
    kernels.set(key, kernel);
  }
  return kernel;
}

function refuseWildSamples(samples: Float32Array | Float64Array): void {
  for (let index = 0; index < samples.length; index++) {
    // Written so that NaN is refused too.
    if (Math.abs(samples[index]!) <= LARGEST_SAMPLE) continue;
    throw new ChartlifeError('InvalidInput', `sample ${index} is ${samples[index]}: not sound`, {
      next: 'Give samples in [-1, 1]; look at what made them.',
      details: { index, value: String(samples[index]) },
    });
  }
}
