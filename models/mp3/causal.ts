/** Multi-head attention of each week to itself and the weeks before it, by the fused ops or head by head. */
import { concat, reshape, stack, type Tensor2D, type Tensor3D, tensor2d } from '@tensorflow/tfjs-core';
import { attention, UNSEEN } from '../ops/attention.ts';
import { hasFusedOps } from '../ops/fused/fusedOps.ts';
import { multiHeadAttention } from '../ops/multiHeadAttention.ts';
import type { Attend } from './block.ts';

/** What a layer keeps of weeks: C = B · heads, a track's heads one after the other. */
export type KeysAndValues = {
  readonly keys_CTd: Tensor3D;
  readonly values_CTd: Tensor3D;
};

/**
 * @param numTracks B: the rows are its tracks', one after the other, all of as many weeks
 * @param onKeysAndValues gets those of all heads, put together for it alone
 */
export function causalAttention(
  numTracks: number,
  numWeeks: number,
  numHeads: number,
  onKeysAndValues?: (kept: KeysAndValues) => void,
): Attend {
  return hasFusedOps() && onKeysAndValues === undefined
    ? attendAtOnce(numTracks, numWeeks, numHeads)
    : attendByHead(numTracks, numWeeks, numHeads, onKeysAndValues);
}

function attendAtOnce(numTracks: number, numWeeks: number, numHeads: number): Attend {
  const perTrack = (rows_MD: Tensor2D): Tensor3D => reshape(rows_MD, [numTracks, numWeeks, rows_MD.shape[1]]);
  return (project) => {
    const [q_BTD, k_BTD, v_BTD] = [project('query'), project('key'), project('value')].map(perTrack);
    const mixed_BTD = multiHeadAttention(q_BTD as Tensor3D, k_BTD as Tensor3D, v_BTD as Tensor3D, {
      numHeads,
      causal: true,
    });
    return reshape(mixed_BTD, [numTracks * numWeeks, -1]);
  };
}

/** Each head's queries, keys and values are projected by themselves: putting them apart afterwards costs more. */
function attendByHead(
  numTracks: number,
  numWeeks: number,
  numHeads: number,
  onKeysAndValues: ((kept: KeysAndValues) => void) | undefined,
): Attend {
  const mask_TT = causalMask(numWeeks);
  return (project) => {
    const perTrack = (rows_Md: Tensor2D): Tensor3D => reshape(rows_Md, [numTracks, numWeeks, rows_Md.shape[1]]);
    const heads = Array.from({ length: numHeads }, (_, head) => ({
      q_BTd: perTrack(project('query', head)),
      k_BTd: perTrack(project('key', head)),
      v_BTd: perTrack(project('value', head)),
    }));
    const together = (parts: Tensor3D[]): Tensor3D => reshape(stack(parts, 1), [numTracks * numHeads, numWeeks, -1]);
    onKeysAndValues?.({
      keys_CTd: together(heads.map(({ k_BTd }) => k_BTd)),
      values_CTd: together(heads.map(({ v_BTd }) => v_BTd)),
    });
    const mixed = heads.map(({ q_BTd, k_BTd, v_BTd }) => attention(q_BTd, k_BTd, v_BTd, mask_TT));
    return concat(
      mixed.map((mixed_BTd) => reshape(mixed_BTd, [numTracks * numWeeks, -1]) as Tensor2D),
      1,
    );
  };
}

function causalMask(numWeeks: number): Tensor2D {
  const mask = new Float32Array(numWeeks * numWeeks);
  for (let query = 0; query < numWeeks; query++) {
    mask.fill(UNSEEN, query * numWeeks + query + 1, (query + 1) * numWeeks);
  }
  return tensor2d(mask, [numWeeks, numWeeks]);
}
