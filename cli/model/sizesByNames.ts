/** An encoder's sizes, read from the names and shapes of its weights. */
import type { EncoderSizes } from '../../models/ast/cost.ts';

/** The hub's AST, and transformers 5's; timm's, as the original's MP2 has it. */
const ENDINGS = {
  patches: /(?:^|\.)(?:patch_embeddings\.projection|patch_embed\.proj)\.weight$/,
  positions: /(?:^|\.)(?:position_embeddings|pos_embed)$/,
  up: /\.(?:intermediate\.dense|mlp\.fc1)\.weight$/,
  prefix: /(?:^|\.)(?:cls_token|dist_token|distillation_token)$/,
} as const;

/** null where the names are of no encoder that is known. */
export function sizesByNames(shapes: ReadonlyMap<string, readonly number[]>): EncoderSizes | null {
  const named = (ending: RegExp): (readonly number[])[] =>
    [...shapes].filter(([name]) => ending.test(name)).map(([, shape]) => shape);
  const [patches] = named(ENDINGS.patches);
  const [positions] = named(ENDINGS.positions);
  const ups = named(ENDINGS.up);
  const [hiddenSize, , patchSize] = patches ?? [];
  const [, numTokens] = positions ?? [];
  const [mlpSize] = ups[0] ?? [];
  const isKnown = hiddenSize !== undefined && patchSize !== undefined && numTokens !== undefined;
  if (!isKnown || mlpSize === undefined) return null;
  const numPrefixTokens = named(ENDINGS.prefix).length;
  return {
    numPatches: numTokens - numPrefixTokens,
    numPrefixTokens,
    patchSize,
    hiddenSize,
    numLayers: ups.length,
    mlpSize,
  };
}
