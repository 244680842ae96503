/** The names and shapes of the original MP2's parameters: those of timm's VisionTransformer within the original's modules. */
import { type EncoderConfig, numPatchesOf } from '../ast/config.ts';
import type { ParameterShapes } from '../parameters.ts';

/** timm's vision transformer on a spectrogram as an image of one channel, with the original's head. */
export interface VitConfig extends EncoderConfig {
  /** What the encoder gives. */
  readonly numFeatures: number;
  readonly numTargets: number;
}

const VIT_PREFIX = 'encoder.vit.';

export const VIT_NAMES = {
  classToken: `${VIT_PREFIX}cls_token`,
  positions: `${VIT_PREFIX}pos_embed`,
  patches: `${VIT_PREFIX}patch_embed.proj`,
  norm: `${VIT_PREFIX}fc_norm`,
  features: `${VIT_PREFIX}head`,
  targets: 'fc',
} as const;

/** Whether a parameter belongs to the map to the targets, which is not the encoder's. */
export function isVitHead(name: string): boolean {
  return !name.startsWith(VIT_PREFIX);
}

/** Where the parts of one layer are: each has a `.weight` and a `.bias`. */
export interface VitLayerNames {
  readonly normBefore: string;
  /** Queries, keys and values, one below the other. */
  readonly qkv: string;
  readonly output: string;
  readonly normAfter: string;
  readonly up: string;
  readonly down: string;
}

/** @param layer from 0 */
export function vitLayerPrefix(layer: number): string {
  return `${VIT_PREFIX}blocks.${layer}.`;
}

/** @param layer from 0 */
export function vitLayerNames(layer: number): VitLayerNames {
  const prefix = vitLayerPrefix(layer);
  return {
    normBefore: `${prefix}norm1`,
    qkv: `${prefix}attn.qkv`,
    output: `${prefix}attn.proj`,
    normAfter: `${prefix}norm2`,
    up: `${prefix}mlp.fc1`,
    down: `${prefix}mlp.fc2`,
  };
}

export function vitShapes(config: VitConfig): ParameterShapes {
  const { hiddenSize: D, mlpSize: H, patchSize, hasQkvBias, numFeatures, numTargets } = config;
  const affine = (name: string, ...shape: number[]): [string, number[]][] => [
    [`${name}.weight`, shape],
    [`${name}.bias`, [shape[0] as number]],
  ];
  const layers = Array.from({ length: config.numLayers }, (_, layer) => {
    const names = vitLayerNames(layer);
    return [
      ...affine(names.normBefore, D),
      ...affine(names.qkv, 3 * D, D).slice(0, hasQkvBias ? 2 : 1),
      ...affine(names.output, D, D),
      ...affine(names.normAfter, D),
      ...affine(names.up, H, D),
      ...affine(names.down, D, H),
    ];
  });
  return Object.fromEntries([
    [VIT_NAMES.classToken, [1, 1, D]],
    [VIT_NAMES.positions, [1, 1 + numPatchesOf(config), D]],
    ...affine(VIT_NAMES.patches, D, 1, patchSize, patchSize),
    ...layers.flat(),
    ...affine(VIT_NAMES.norm, D),
    ...affine(VIT_NAMES.features, numFeatures, D),
    ...affine(VIT_NAMES.targets, numTargets, numFeatures),
  ]);
}
