/**
 * Polyphase resampling: each output sample is the dot product of its phase's taps with the samples around it.
 *
 * @param samples the input sample that offset 0 of the first block means
 * @param out numBlocks * numPhases samples
 * @param offsets for each phase: the first input sample it reads, counted from the block's, in bytes
 * @param taps numPhases rows of numTaps, a multiple of 4
 * @param blockBytes how far a block lies from the next in the input
 */
export function resample(
  samples: usize,
  numBlocks: i32,
  out: usize,
  offsets: usize,
  taps: usize,
  numPhases: i32,
  numTaps: i32,
  blockBytes: usize,
): void {
  const rowBytes: usize = <usize>numTaps << 2;
  const tapsEnd = taps + rowBytes * <usize>numPhases;
  for (let block = 0; block < numBlocks; block++) {
    let offset = offsets;
    for (let row = taps; row < tapsEnd; row += rowBytes) {
      const x = samples + load<i32>(offset);
      offset += 4;
      let sum = f32x4.splat(0);
      for (let at: usize = 0; at < rowBytes; at += 16) {
        sum = f32x4.add(sum, f32x4.mul(v128.load(x + at), v128.load(row + at)));
      }
      const pairs = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
      store<f32>(out, f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1));
      out += 4;
    }
    samples += blockBytes;
  }
}
