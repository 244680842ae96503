/** What the decoder is given of a track in a region. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/**
 * The weeks from the debut on. A week is seen or not (before the chart's start, after the data's end: right-censored), a
 * seen one is on the chart or off it (censored below the cut). What stands in a cell that is masked so has no influence,
 * be it NaN.
 */
export type Mp3Weeks = {
  /** 1 where the week was seen, 0 where not. */
  readonly seen_BT: Tensor2D;
  /** 1 where the track was on the chart, 0 where not. */
  readonly onChart_BT: Tensor2D;
  /** log10 of the streams, standardised; of the `point` head above 0, such as log10 / 6. */
  readonly streams_BT: Tensor2D;
};

/** What is known of a track before its first week. All of it finite. */
export type Mp3Track = {
  /** The encoder's vector. */
  readonly encoder_BE: Tensor2D;
  /** int32, from 0 below the configuration's number of regions; another index is no region at all. */
  readonly region_B: Tensor1D;
  /** int32, ISO week less 1, so 0 to 52, of each week from the debut; another index is no week at all. */
  readonly weekOfYear_BT: Tensor2D;
  /** Standardised; left out where the configuration has none. */
  readonly extrinsic_BX?: Tensor2D;
};

export type Mp3Inputs = Mp3Track & Mp3Weeks;
