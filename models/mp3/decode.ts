/** Cached autoregression: rolls out the weeks that nobody has seen yet, one compiled step a week for all tracks. */
import { concat, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import { compile } from '../compile/compile.ts';
import { leavesOf, withLeaves } from '../compile/tree.ts';
import type { Parameters } from '../parameters.ts';
import type { RandomKey } from '../training/random.ts';
import { checkMp3Config, type Mp3Config } from './config.ts';
import { weekFeatures } from './embed.ts';
import type { Mp3Inputs } from './inputs.ts';
import { type DecodeGraphs, type Mp3Decoding, type PrefillInput, prefill, rollOut } from './rollOut.ts';
import { decodeWeek, type StepInput } from './step.ts';

export type Mp3Request = Mp3Inputs & {
  /** How many weeks from the debut each track is given with, from 0; what stands in later ones is not read. */
  readonly numObserved: readonly number[];
};

export interface Mp3Decoder {
  /**
   * All weeks; new tensors, the caller's to dispose of.
   *
   * @param key for a draw of each track's path; null forecasts each week from the observed ones alone: see fedFeatures
   * @throws ChartlifeError InvalidInput where numbers of weeks do not fit, or a point head is to be drawn from
   */
  decode(parameters: Parameters, request: Mp3Request, key?: RandomKey | null): Mp3Decoding;
  /** Frees the graphs. */
  dispose(): void;
}

/**
 * Its graphs are made when a number of tracks is first met, which takes seconds: give all calls the same. It keeps
 * nothing else between calls.
 *
 * @throws ChartlifeError InvalidInput where no model has this configuration
 */
export function createMp3Decoder(config: Mp3Config): Mp3Decoder {
  checkMp3Config(config);
  const graphs: DecodeGraphs = {
    prefill: compile((input: PrefillInput) => prefill(config, input)),
    step: compile((input: StepInput) => decodeWeek(config, input)),
  };
  return {
    decode(parameters, { numObserved, seen_BT, onChart_BT, streams_BT, ...track }, key = null) {
      checkNumObserved(numObserved, seen_BT.shape);
      return tidy(() => {
        const observed_BTS = weekFeatures({ seen_BT, onChart_BT, streams_BT }, config);
        return joined(rollOut(graphs, config, { parameters, track, observed_BTS, numObserved, key }));
      });
    },
    dispose() {
      graphs.prefill.dispose();
      graphs.step.dispose();
    },
  };
}

/** All spans as one. */
function joined(spans: readonly Mp3Decoding[]): Mp3Decoding {
  const leaves = spans.map((span) => leavesOf(span).map(({ tensor }) => tensor));
  const first = spans[0] as Mp3Decoding;
  const joinedLeaves = leavesOf(first).map((_, index) =>
    concat(
      leaves.map((span) => span[index] as Tensor),
      1,
    ),
  );
  return withLeaves(first, joinedLeaves);
}

function checkNumObserved(numObserved: readonly number[], [B, T]: readonly [number, number]): void {
  const wrong = numObserved.find((count) => !Number.isInteger(count) || count < 0 || count > T);
  if (numObserved.length === B && wrong === undefined) return;
  throw new ChartlifeError(
    'InvalidInput',
    wrong === undefined
      ? `${numObserved.length} numbers of observed weeks for ${B} tracks`
      : `${wrong} observed weeks of ${T}`,
    { next: `Give one whole number from 0 to ${T} for each track.`, details: { numTracks: B, numWeeks: T } },
  );
}
