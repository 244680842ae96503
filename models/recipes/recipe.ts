/** All that decides what a run learns, but for the snapshot, the seed and the versions: one value, recorded whole. */
import type { SplitSettings, TrajectorySource } from '../../contracts/dataset.ts';
import type { AugmentSettings, ChannelPolicy, FbankWindow } from '../../contracts/features.ts';
import type { AstConfig } from '../ast/config.ts';
import type { VitConfig } from '../mp2/vitNames.ts';
import type { Mp3Config } from '../mp3/config.ts';
import type { HurdleLossWeights } from '../mp3/loss.ts';
import type { RegionSampling } from '../training/regions.ts';

export interface Recipe {
  /** Of the preset that it began as. */
  readonly name: string;
  /** Which spectrograms of the lake. */
  readonly features: { readonly window: FbankWindow; readonly channels: ChannelPolicy };
  readonly trajectories: TrajectorySource;
  readonly split: SplitSettings;
  /** MP2's sum is over so many weeks from the debut; a track of which one of them is not known has no sum to learn from. */
  readonly sumWeeks: number;
  /** Mixed region technique: how training chooses among the regions where a track charted. */
  readonly regions: Omit<RegionSampling, 'numRegions'>;
  readonly encoder: EncoderRecipe;
  /** Keeps of each of the encoder's layers its input alone: a third more time, and a fraction of the memory. */
  readonly recomputesLayers: boolean;
  readonly decoder: Omit<Mp3Config, 'encoderSize' | 'numRegions' | 'numExtrinsic'>;
  readonly augment: AugmentSettings;
  readonly mp2: StageRecipe;
  readonly mp3: Mp3StageRecipe;
}

export type EncoderRecipe =
  | ({ readonly kind: 'ast' } & Omit<AstConfig, 'numLabels'>)
  | ({ readonly kind: 'vit' } & Omit<VitConfig, 'numTargets'>);

export const ENCODER_KINDS = ['ast', 'vit'] as const satisfies readonly EncoderRecipe['kind'][];

export interface Mp3StageRecipe extends StageRecipe {
  readonly lossWeights: HurdleLossWeights;
  /** Of the tracks of a step: so many are told their first weeks alone, and forecast from them. The others learn week by week. */
  readonly hiddenShare: number;
}

/** Of MP2's training, or of MP3's. */
export interface StageRecipe {
  readonly numSteps: number;
  readonly batchSize: number;
  /** A batch goes through in so many parts, one after the other: less memory. A divisor of the batch's size. */
  readonly numParts: number;
  readonly peakLearningRate: number;
  /** Of the steps: before the peak. */
  readonly warmupShare: number;
  readonly weightDecay: number;
  readonly maxGradientNorm: number;
  /** Of the moving average that is evaluated; null evaluates the parameters themselves. */
  readonly averageDecay: number | null;
  /** Factor of the learning rate per layer of the encoder on the way down; 1 is one rate for all. */
  readonly layerDecay: number;
  readonly dropoutRate: number;
  readonly dropPathRate: number;
}
