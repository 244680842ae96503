/**
 * The names and shapes of an AST's parameters: those of the hub's files, which transformers 4.x and 5.x write alike.
 * They are what checkpoints, optimisers and errors use, and never change.
 */
import type { ParameterShapes } from '../parameters.ts';
import { type AstConfig, NUM_AST_PREFIX_TOKENS, numPatchesOf } from './config.ts';

export const AST_PREFIX = 'audio_spectrogram_transformer.';
const EMBEDDINGS = `${AST_PREFIX}embeddings.`;

export const AST_NAMES = {
  classToken: `${EMBEDDINGS}cls_token`,
  distillationToken: `${EMBEDDINGS}distillation_token`,
  positions: `${EMBEDDINGS}position_embeddings`,
  patches: `${EMBEDDINGS}patch_embeddings.projection`,
  norm: `${AST_PREFIX}layernorm`,
  classifierNorm: 'classifier.layernorm',
  classifier: 'classifier.dense',
} as const;

/** Whether a parameter belongs to the classifier, which is not the encoder's. */
export function isAstHead(name: string): boolean {
  return !name.startsWith(AST_PREFIX);
}

/** Where the parts of one layer are: each has a `.weight` and a `.bias`. */
export interface AstLayerNames {
  readonly normBefore: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
  readonly normAfter: string;
  readonly up: string;
  readonly down: string;
}

/** @param layer from 0 */
export function astLayerPrefix(layer: number): string {
  return `${AST_PREFIX}encoder.layer.${layer}.`;
}

/** @param layer from 0 */
export function astLayerNames(layer: number): AstLayerNames {
  const prefix = astLayerPrefix(layer);
  return {
    normBefore: `${prefix}layernorm_before`,
    query: `${prefix}attention.attention.query`,
    key: `${prefix}attention.attention.key`,
    value: `${prefix}attention.attention.value`,
    output: `${prefix}attention.output.dense`,
    normAfter: `${prefix}layernorm_after`,
    up: `${prefix}intermediate.dense`,
    down: `${prefix}output.dense`,
  };
}

/** Of the whole model, 203 for the base size; in the order of transformers' modules. */
export function astShapes(config: AstConfig): ParameterShapes {
  const { hiddenSize: D, mlpSize: H, patchSize, hasQkvBias } = config;
  const affine = (name: string, ...shape: number[]): [string, number[]][] => [
    [`${name}.weight`, shape],
    [`${name}.bias`, [shape[0] as number]],
  ];
  const maybeBiased = (name: string): [string, number[]][] => affine(name, D, D).slice(0, hasQkvBias ? 2 : 1);
  const layers = Array.from({ length: config.numLayers }, (_, layer) => {
    const names = astLayerNames(layer);
    return [
      ...[names.query, names.key, names.value].flatMap(maybeBiased),
      ...affine(names.output, D, D),
      ...affine(names.normBefore, D),
      ...affine(names.normAfter, D),
      ...affine(names.up, H, D),
      ...affine(names.down, D, H),
    ];
  });
  return Object.fromEntries([
    [AST_NAMES.classToken, [1, 1, D]],
    [AST_NAMES.distillationToken, [1, 1, D]],
    [AST_NAMES.positions, [1, NUM_AST_PREFIX_TOKENS + numPatchesOf(config), D]],
    ...affine(AST_NAMES.patches, D, 1, patchSize, patchSize),
    ...layers.flat(),
    ...affine(AST_NAMES.norm, D),
    ...affine(AST_NAMES.classifierNorm, D),
    ...affine(AST_NAMES.classifier, config.numLabels, D),
  ]);
}

/** What transformers 5 calls the parts of a layer in memory. */
const PARTS_OF_5: Readonly<Record<string, keyof AstLayerNames>> = {
  'attention.q_proj': 'query',
  'attention.k_proj': 'key',
  'attention.v_proj': 'value',
  'attention.o_proj': 'output',
  layernorm_before: 'normBefore',
  layernorm_after: 'normAfter',
  'mlp.fc1': 'up',
  'mlp.fc2': 'down',
};
const NAME_OF_5 = /^audio_spectrogram_transformer\.layers\.(\d+)\.(.+)\.(weight|bias)$/;

/** A name of transformers 5's modules as the hub's; any other name as it is. */
export function toHubName(name: string): string {
  const [, layer, part = '', kind] = NAME_OF_5.exec(name) ?? [];
  const ours = Object.hasOwn(PARTS_OF_5, part) ? PARTS_OF_5[part] : undefined;
  return ours === undefined ? name : `${astLayerNames(Number(layer))[ours]}.${kind}`;
}
