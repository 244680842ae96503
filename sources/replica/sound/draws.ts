/**
 * Chance as a pure function of a track's id, a purpose and a place: nothing is kept between draws, so any of them can be
 * made again in any order, and a change of one descriptor leaves every draw as it was.
 */
import { createHash } from 'node:crypto';

export type Draw = (place: number) => number;

/** Draws in [0, 1) for one purpose of one track, by place. */
export function drawsFor(trackId: string, purpose: string): Draw {
  const key = createHash('sha256').update(`${trackId}/${purpose}`).digest();
  const first = key.readUInt32LE(0);
  const second = key.readUInt32LE(4);
  return (place) => mix(mix(first ^ place) ^ second) / 2 ** 32;
}

/** White noise in [-1, 1), the same in every run: instruments read it from places of their own. */
export const NOISE_LENGTH = 2 ** 16;
const NOISE = Float32Array.from({ length: NOISE_LENGTH }, (_, place) => mix(mix(place) ^ 0x5bd1e995) / 2 ** 31 - 1);

export function noiseAt(place: number): number {
  return NOISE[place & (NOISE_LENGTH - 1)]!;
}

/** The finaliser of MurmurHash3 after a step of the golden ratio: a bijection of 32 bits. */
function mix(value: number): number {
  let hash = (value + 0x9e3779b9) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
