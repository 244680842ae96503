/** The sizes that have a name. */
import type { AstConfig } from './config.ts';

/** The original's: half a minute of sound, its ends cut off. */
const CLIP_FRAMES = 2800;

const COMMON = { numMelBins: 128, patchSize: 16, epsilon: 1e-12, hasQkvBias: true } as const;

export const AST_PRESETS = {
  /** The hub's AST (MIT/ast-finetuned-audioset-10-10-0.4593): overlapping patches, AudioSet's 527 labels. */
  base: {
    ...COMMON,
    numFrames: 1024,
    frameStride: 10,
    melStride: 10,
    hiddenSize: 768,
    numLayers: 12,
    numHeads: 12,
    mlpSize: 3072,
    numLabels: 527,
  },
  /** The size of timm's vit_tiny, as the original has it, on its clips. */
  tiny: {
    ...COMMON,
    numFrames: CLIP_FRAMES,
    frameStride: 16,
    melStride: 16,
    hiddenSize: 192,
    numLayers: 12,
    numHeads: 3,
    mlpSize: 768,
    numLabels: 2,
  },
  /**
   * For tests and the demo: trains on two cores in minutes. A patch is 320 ms, as long as it takes to hear the distance of
   * two hits: with 16 frames nano does not learn a tempo in that time (docs/learning.md).
   */
  nano: {
    ...COMMON,
    numFrames: 1024,
    patchSize: 32,
    frameStride: 16,
    melStride: 32,
    hiddenSize: 64,
    numLayers: 4,
    numHeads: 2,
    mlpSize: 256,
    numLabels: 2,
  },
} as const satisfies Readonly<Record<string, AstConfig>>;

export type AstPresetName = keyof typeof AST_PRESETS;

export function isAstPreset(name: string): name is AstPresetName {
  return Object.hasOwn(AST_PRESETS, name);
}
