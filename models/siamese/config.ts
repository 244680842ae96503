/** The sizes of the siamese network, and its loss. */
import { ChartlifeError } from '../../contracts/errors.ts';

/** A convolution over all mel bins at once and so many steps. */
export interface StemConvolution {
  readonly numChannels: number;
  readonly numSteps: number;
  /** Steps of zeros before and after, so that convolutions side by side give as many steps. */
  readonly padding: number;
}

export interface SiameseConfig {
  readonly numMelBins: number;
  /** Frames whose mean is one step; what is left at the end is not heard. */
  readonly framesPerStep: number;
  /** One; or several side by side, whose channels are then mixed to `numMixedChannels`. */
  readonly stem: readonly StemConvolution[];
  readonly numMixedChannels: number;
  readonly middle: { readonly numChannels: number; readonly numSteps: number };
  /** Of each of the two maps of a step by itself. */
  readonly numHidden: number;
  readonly dropoutRate: number;
  /** Slope of the rectifier below 0. */
  readonly leak: number;
  readonly loss: SiameseLossConfig;
}

export interface SiameseLossConfig {
  /** λ: of the ranking loss beside the squared error. 0 is the squared error alone. */
  readonly rankingWeight: number;
  /** By how much the better of a pair should lead, in the target's units. */
  readonly margin: number;
}

/**
 * Sizes of github.com/OckhamsRazor/HSP_CNN (cnn.ret30.fc.py): steps of 2,048 samples at 22,050 Hz, 93 ms; here 9 frames
 * of 10 ms. Weight and margin of the ranking loss are not in it, nor in what could be read of the paper: they are to be
 * chosen on the validation part.
 */
const COMMON = {
  numMelBins: 128,
  framesPerStep: 9,
  middle: { numChannels: 64, numSteps: 4 },
  numHidden: 256,
  dropoutRate: 0.25,
  leak: 0.1,
  loss: { rankingWeight: 1, margin: 0.1 },
} as const;

export const SIAMESE_PRESETS = {
  plain: { ...COMMON, stem: [{ numChannels: 32, numSteps: 4, padding: 0 }], numMixedChannels: 32 },
  /** Its kernels are taller than the spectrogram there, by rows that meet nothing but padding: left out here. */
  inception: {
    ...COMMON,
    stem: [
      { numChannels: 32, numSteps: 4, padding: 0 },
      { numChannels: 16, numSteps: 8, padding: 2 },
      { numChannels: 16, numSteps: 16, padding: 6 },
    ],
    numMixedChannels: 32,
  },
} as const satisfies Readonly<Record<string, SiameseConfig>>;

/** Steps become one from two, twice. */
export const POOL = 2;

/** @throws ChartlifeError InvalidInput where no network has this configuration */
export function checkSiameseConfig(config: SiameseConfig): void {
  const { stem, numMixedChannels, dropoutRate } = config;
  const channels = stem.map(({ numChannels }) => numChannels);
  const shortening = new Set(stem.map(({ numSteps, padding }) => numSteps - 2 * padding));
  if (shortening.size !== 1) throw refused('convolutions of the stem do not all give as many steps');
  if (stem.length === 1 && channels[0] !== numMixedChannels) {
    throw refused(`a stem of one convolution is not mixed, so ${channels[0]} channels can't be ${numMixedChannels}`);
  }
  if (!(dropoutRate >= 0 && dropoutRate < 1)) throw refused(`a dropout rate of ${dropoutRate} is not from 0 below 1`);
}

/**
 * @param shape of x_BTF
 * @throws ChartlifeError InvalidInput for other mel bins, or where so many frames leave no step after the convolutions
 */
export function checkSounds(
  { numMelBins, framesPerStep, stem, middle }: SiameseConfig,
  [, numFrames, numGivenMelBins]: readonly [number, number, number],
): void {
  if (numGivenMelBins !== numMelBins)
    throw refused(`sounds of ${numGivenMelBins} mel bins where it hears ${numMelBins}`);
  const shortening = (stem[0]?.numSteps ?? 1) - 2 * (stem[0]?.padding ?? 0) - 1;
  const minSteps = POOL * (POOL + middle.numSteps - 1) + shortening;
  if (numFrames >= minSteps * framesPerStep) return;
  throw refused(`${numFrames} frames are too few: it hears ${minSteps * framesPerStep} at once`);
}

function refused(why: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `siamese network: ${why}`, {
    next: 'Correct the configuration in the recipe, or give longer sounds.',
  });
}
