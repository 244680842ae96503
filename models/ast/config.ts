/** The sizes of a transformer on patches of a spectrogram. */
import { ChartlifeError } from '../../contracts/errors.ts';

/** The spectrogram, and how patches are cut from it. */
export interface PatchGrid {
  readonly numFrames: number;
  readonly numMelBins: number;
  /** A patch is square: so many frames by so many mel bins. */
  readonly patchSize: number;
  /** Frames from one patch to the next. Less than the patch's size: patches overlap. */
  readonly frameStride: number;
  readonly melStride: number;
}

export interface EncoderConfig extends PatchGrid {
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly mlpSize: number;
  /** Of the layer normalisations: added to the variance. */
  readonly epsilon: number;
  readonly hasQkvBias: boolean;
}

/** An Audio Spectrogram Transformer with its classifier. MP2 is one with two labels. */
export interface AstConfig extends EncoderConfig {
  readonly numLabels: number;
}

/** Class and distillation token. */
export const NUM_AST_PREFIX_TOKENS = 2;

/** Patches along time and along frequency. */
export function gridOf(config: PatchGrid): { readonly numTimes: number; readonly numMels: number } {
  return {
    numTimes: Math.floor((config.numFrames - config.patchSize) / config.frameStride) + 1,
    numMels: Math.floor((config.numMelBins - config.patchSize) / config.melStride) + 1,
  };
}

export function numPatchesOf(config: PatchGrid): number {
  const { numTimes, numMels } = gridOf(config);
  return numTimes * numMels;
}

/**
 * @param what names the configuration in an error, such as a file's path
 * @throws ChartlifeError InvalidInput where no model has these sizes
 */
export function checkEncoderConfig(config: EncoderConfig, what: string): void {
  const { hiddenSize, numHeads, patchSize, numFrames, numMelBins } = config;
  if (hiddenSize % numHeads !== 0) {
    throw refused(what, `a hidden size of ${hiddenSize} has no ${numHeads} equal heads`);
  }
  if (patchSize > numFrames || patchSize > numMelBins) {
    throw refused(what, `no patch of ${patchSize} fits into ${numFrames} frames of ${numMelBins} mel bins`);
  }
}

/** Name in the file, and what transformers' ASTConfig takes where it is not given (version 5.23). */
const WHOLE_NUMBERS = {
  numFrames: ['max_length', 1024],
  numMelBins: ['num_mel_bins', 128],
  patchSize: ['patch_size', 16],
  frameStride: ['time_stride', 10],
  melStride: ['frequency_stride', 10],
  hiddenSize: ['hidden_size', 768],
  numLayers: ['num_hidden_layers', 12],
  numHeads: ['num_attention_heads', 12],
  mlpSize: ['intermediate_size', 3072],
} as const;
/** Of any of them: far beyond every model, and few enough to list its layers. */
const LARGEST_SIZE = 65_536;
const MODEL_TYPE = 'audio-spectrogram-transformer';
const DEFAULT_NUM_LABELS = 2;
/** The exact one, by erf. */
const ACTIVATION = 'gelu';

/**
 * The hub's `config.json` of an AST, as parsed from JSON.
 *
 * @throws ChartlifeError InvalidInput that names the key
 */
export function parseAstConfig(json: unknown, what: string): AstConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw refused(what, 'it is no JSON object');
  const given = new Map<string, unknown>(Object.entries(json));
  if (given.get('model_type') !== MODEL_TYPE) {
    throw refused(what, `model_type is ${JSON.stringify(given.get('model_type'))}, not "${MODEL_TYPE}"`);
  }
  const activation = given.get('hidden_act') ?? ACTIVATION;
  if (activation !== ACTIVATION)
    throw refused(what, `hidden_act is ${JSON.stringify(activation)}, not "${ACTIVATION}"`);
  const whole = (name: string, fallback: number): number => {
    const value = given.get(name) ?? fallback;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= LARGEST_SIZE) return value;
    throw refused(what, `${name} is ${JSON.stringify(value)}, not a whole number from 1 to ${LARGEST_SIZE}`);
  };
  const sizes = Object.fromEntries(
    Object.entries(WHOLE_NUMBERS).map(([field, [name, fallback]]) => [field, whole(name, fallback)]),
  ) as Record<keyof typeof WHOLE_NUMBERS, number>;
  const epsilon = given.get('layer_norm_eps') ?? 1e-12;
  if (typeof epsilon !== 'number' || !(epsilon > 0 && epsilon < 1)) {
    throw refused(what, `layer_norm_eps is ${JSON.stringify(epsilon)}, not a number between 0 and 1`);
  }
  const hasQkvBias = given.get('qkv_bias') ?? true;
  if (typeof hasQkvBias !== 'boolean')
    throw refused(what, `qkv_bias is ${JSON.stringify(hasQkvBias)}, not true or false`);
  const labels = given.get('id2label');
  const numNamed = typeof labels === 'object' && labels !== null ? Object.keys(labels).length : DEFAULT_NUM_LABELS;
  const config = { ...sizes, epsilon, hasQkvBias, numLabels: whole('num_labels', numNamed) };
  checkEncoderConfig(config, what);
  return config;
}

function refused(what: string, why: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `${what}: ${why}`, {
    next: 'Give the config.json that belongs to the weights.',
    details: { path: what },
  });
}
