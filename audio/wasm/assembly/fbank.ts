/**
 * The fast filterbank kernel: float32 in and out, float64 between, four frames at a time, two to a vector.
 *
 * A float32 FFT would be faster; its noise shows in bins 100 dB below a frame's loudest, where torchaudio's own
 * is enough. Lanes never meet before the output, so a loud frame can't reach a quiet one. (Two real frames in one
 * complex FFT cost the same and would let it.) A frame's 512-point real FFT is a 256-point complex FFT of its even and
 * odd samples, radix 4, decimation in frequency; its points lie digit-reversed and are read through `order`.
 */

const FRAME_LENGTH: usize = 400;
const FRAME_BYTES: usize = 4 * FRAME_LENGTH;
const SHIFT_BYTES: usize = 4 * 160;
const NUM_POINTS: usize = 256;
/** Bytes of one vector. */
const V: usize = 16;
/** Bytes of one complex point of two frames: a vector of real parts, then one of imaginary parts. */
const Z: usize = 32;
/** Bytes of the points, and of the powers, of two frames. */
const POINTS_BYTES: usize = NUM_POINTS * Z;
const POWER_BYTES: usize = NUM_POINTS * V;

const PRE_EMPHASIS: f64 = 0.97;
/** 2^-23, float32's epsilon: below it the energy is cut. */
const ENERGY_FLOOR: f32 = 1.1920928955078125e-7;

/**
 * The tables, all laid out by `audio/fbank/kernel32.ts`:
 * @param samples the first frame's first sample; 160 * (4 * numGroups - 1) + 400 of them are read
 * @param numGroups frames / 4, rounded up
 * @param out 4 * numGroups rows of numMelBins
 * @param work room in vectors: 2 * 2 * 256 for points, 2 * 256 for powers, numMelBins rounded up to 4
 * @param window 400 float64
 * @param twiddles float64: w, w^2, w^3 of stages 256, 64, 16 for j = 1 .. L/4 - 1
 * @param untangle float64: cos and -sin of 2 pi k / 512 for k = 1 .. 127
 * @param order byte offsets of the points 0 .. 255 in their digit-reversed order
 * @param melRows for each row: the first bin, how many; the float64 weights follow one after another in melWeights
 */
export function fbank(
  samples: usize,
  numGroups: i32,
  out: usize,
  work: usize,
  window: usize,
  twiddles: usize,
  untangle: usize,
  order: usize,
  melRows: usize,
  melWeights: usize,
  numMelBins: i32,
): void {
  const power = work + 2 * POINTS_BYTES;
  const mel = power + 2 * POWER_BYTES;
  for (let group = 0; group < numGroups; group++) {
    loadFrames(samples, work, window);
    fft(work, twiddles);
    powerSpectrum(work, power, untangle, order);
    powerSpectrum(work + POINTS_BYTES, power + POWER_BYTES, untangle, order);
    logMel(power, mel, melRows, melWeights, numMelBins);
    storeRows(mel, out, numMelBins);
    samples += 4 * SHIFT_BYTES;
    out += (4 * <usize>numMelBins) << 2;
  }
}

/** Takes each frame's mean off, pre-emphasises, windows; sample n of two frames becomes vector n of their points. */
function loadFrames(samples: usize, work: usize, window: usize): void {
  let sum01 = f64x2.splat(0);
  let sum23 = f64x2.splat(0);
  let to = work;
  for (let at = samples; at < samples + FRAME_BYTES; at += V) {
    const a = v128.load(at);
    const b = v128.load(at + SHIFT_BYTES);
    const c = v128.load(at + 2 * SHIFT_BYTES);
    const d = v128.load(at + 3 * SHIFT_BYTES);
    // Frames 0 and 1 of samples n and n + 1, then of n + 2 and n + 3; the same of frames 2 and 3.
    const lowAB = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const highAB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const lowCD = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const highCD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    sum01 = f64x2.add(sum01, storePromoted(to, lowAB));
    sum23 = f64x2.add(sum23, storePromoted(to + POINTS_BYTES, lowCD));
    sum01 = f64x2.add(sum01, storePromoted(to + 2 * V, highAB));
    sum23 = f64x2.add(sum23, storePromoted(to + 2 * V + POINTS_BYTES, highCD));
    to += 4 * V;
  }
  emphasize(work, sum01, window);
  emphasize(work + POINTS_BYTES, sum23, window);
}

/** Two samples of two frames, from float32 to float64; gives their sum. */
function storePromoted(to: usize, samples: v128): v128 {
  const first = f64x2.promote_low_f32x4(samples);
  const second = f64x2.promote_low_f32x4(v128.shuffle<f32>(samples, samples, 2, 3, 0, 1));
  v128.store(to, first);
  v128.store(to + V, second);
  return f64x2.add(first, second);
}

function emphasize(points: usize, sum: v128, window: usize): void {
  const mean = f64x2.div(sum, f64x2.splat(<f64>FRAME_LENGTH));
  const emphasis = f64x2.splat(PRE_EMPHASIS);
  const end = points + FRAME_LENGTH * V;
  // The first sample is its own predecessor.
  let before = f64x2.sub(v128.load(points), mean);
  for (let at = points; at < end; at += V) {
    const sample = f64x2.sub(v128.load(at), mean);
    v128.store(at, f64x2.mul(f64x2.sub(sample, f64x2.mul(emphasis, before)), v128.load64_splat(window)));
    before = sample;
    window += 8;
  }
  memory.fill(end, 0, POINTS_BYTES - FRAME_LENGTH * V);
}

function fft(work: usize, twiddles: usize): void {
  // Both pairs of frames: the second pair's points are as further blocks of the first's.
  const end = work + 2 * POINTS_BYTES;
  for (let length = POINTS_BYTES; length > 4 * Z; length >>= 2) {
    const quarter = length >> 2;
    for (let at = work; at < end; at += length) plainButterfly(at, quarter);
    for (let first = work + Z; first < work + quarter; first += Z) {
      const w1r = v128.load64_splat(twiddles);
      const w1i = v128.load64_splat(twiddles + 8);
      const w2r = v128.load64_splat(twiddles + 16);
      const w2i = v128.load64_splat(twiddles + 24);
      const w3r = v128.load64_splat(twiddles + 32);
      const w3i = v128.load64_splat(twiddles + 40);
      twiddles += 48;
      for (let at = first; at < end; at += length) {
        const p1 = at + quarter;
        const p2 = p1 + quarter;
        const p3 = p2 + quarter;
        const ar = v128.load(at);
        const ai = v128.load(at + V);
        const br = v128.load(p1);
        const bi = v128.load(p1 + V);
        const cr = v128.load(p2);
        const ci = v128.load(p2 + V);
        const dr = v128.load(p3);
        const di = v128.load(p3 + V);
        const t0r = f64x2.add(ar, cr);
        const t0i = f64x2.add(ai, ci);
        const t1r = f64x2.sub(ar, cr);
        const t1i = f64x2.sub(ai, ci);
        const t2r = f64x2.add(br, dr);
        const t2i = f64x2.add(bi, di);
        // -i (b - d)
        const t3r = f64x2.sub(bi, di);
        const t3i = f64x2.sub(dr, br);
        v128.store(at, f64x2.add(t0r, t2r));
        v128.store(at + V, f64x2.add(t0i, t2i));
        storeProduct(p1, f64x2.add(t1r, t3r), f64x2.add(t1i, t3i), w1r, w1i);
        storeProduct(p2, f64x2.sub(t0r, t2r), f64x2.sub(t0i, t2i), w2r, w2i);
        storeProduct(p3, f64x2.sub(t1r, t3r), f64x2.sub(t1i, t3i), w3r, w3i);
      }
    }
  }
  for (let at = work; at < end; at += 4 * Z) plainButterfly(at, Z);
}

function storeProduct(to: usize, re: v128, im: v128, wr: v128, wi: v128): void {
  v128.store(to, f64x2.sub(f64x2.mul(re, wr), f64x2.mul(im, wi)));
  v128.store(to + V, f64x2.add(f64x2.mul(re, wi), f64x2.mul(im, wr)));
}

function plainButterfly(at: usize, quarter: usize): void {
  const p1 = at + quarter;
  const p2 = p1 + quarter;
  const p3 = p2 + quarter;
  const ar = v128.load(at);
  const ai = v128.load(at + V);
  const br = v128.load(p1);
  const bi = v128.load(p1 + V);
  const cr = v128.load(p2);
  const ci = v128.load(p2 + V);
  const dr = v128.load(p3);
  const di = v128.load(p3 + V);
  const t0r = f64x2.add(ar, cr);
  const t0i = f64x2.add(ai, ci);
  const t1r = f64x2.sub(ar, cr);
  const t1i = f64x2.sub(ai, ci);
  const t2r = f64x2.add(br, dr);
  const t2i = f64x2.add(bi, di);
  const t3r = f64x2.sub(bi, di);
  const t3i = f64x2.sub(dr, br);
  v128.store(at, f64x2.add(t0r, t2r));
  v128.store(at + V, f64x2.add(t0i, t2i));
  v128.store(p1, f64x2.add(t1r, t3r));
  v128.store(p1 + V, f64x2.add(t1i, t3i));
  v128.store(p2, f64x2.sub(t0r, t2r));
  v128.store(p2 + V, f64x2.sub(t0i, t2i));
  v128.store(p3, f64x2.sub(t1r, t3r));
  v128.store(p3 + V, f64x2.sub(t1i, t3i));
}

/** From the FFT of even + i odd samples: |X[k]|^2 for k = 0 .. 255. (Bin 256 has no weight in any mel row.) */
function powerSpectrum(work: usize, power: usize, untangle: usize, order: usize): void {
  const quarter = f64x2.splat(0.25);
  const dc = f64x2.add(v128.load(work), v128.load(work + V));
  v128.store(power, f64x2.mul(dc, dc));
  const middle = work + load<u32>(order + (128 << 2));
  const mr = v128.load(middle);
  const mi = v128.load(middle + V);
  v128.store(power + 128 * V, f64x2.add(f64x2.mul(mr, mr), f64x2.mul(mi, mi)));
  for (let k: usize = 1; k < 128; k++) {
    const mirrored = NUM_POINTS - k;
    const zk = work + load<u32>(order + (k << 2));
    const zm = work + load<u32>(order + (mirrored << 2));
    const a = v128.load(zk);
    const b = v128.load(zk + V);
    const c = v128.load(zm);
    const d = v128.load(zm + V);
    const evenR = f64x2.add(a, c);
    const evenI = f64x2.sub(b, d);
    const oddR = f64x2.add(b, d);
    const oddI = f64x2.sub(c, a);
    const wr = v128.load64_splat(untangle + ((k - 1) << 4));
    const wi = v128.load64_splat(untangle + ((k - 1) << 4) + 8);
    const turnedR = f64x2.sub(f64x2.mul(oddR, wr), f64x2.mul(oddI, wi));
    const turnedI = f64x2.add(f64x2.mul(oddR, wi), f64x2.mul(oddI, wr));
    const xr = f64x2.add(evenR, turnedR);
    const xi = f64x2.add(evenI, turnedI);
    const yr = f64x2.sub(evenR, turnedR);
    const yi = f64x2.sub(evenI, turnedI);
    v128.store(power + k * V, f64x2.mul(quarter, f64x2.add(f64x2.mul(xr, xr), f64x2.mul(xi, xi))));
    v128.store(power + mirrored * V, f64x2.mul(quarter, f64x2.add(f64x2.mul(yr, yr), f64x2.mul(yi, yi))));
  }
}

function logMel(power: usize, mel: usize, melRows: usize, melWeights: usize, numMelBins: i32): void {
  const floor = f32x4.splat(ENERGY_FLOOR);
  for (let row = 0; row < numMelBins; row++) {
    let bin = power + <usize>load<u32>(melRows) * V;
    const end = bin + <usize>load<u32>(melRows + 4) * V;
    melRows += 8;
    let energy01 = f64x2.splat(0);
    let energy23 = f64x2.splat(0);
    while (bin < end) {
      const weight = v128.load64_splat(melWeights);
      energy01 = f64x2.add(energy01, f64x2.mul(weight, v128.load(bin)));
      energy23 = f64x2.add(energy23, f64x2.mul(weight, v128.load(bin + POWER_BYTES)));
      melWeights += 8;
      bin += V;
    }
    const energy = v128.shuffle<f32>(
      f32x4.demote_f64x2_zero(energy01),
      f32x4.demote_f64x2_zero(energy23),
      0,
      1,
      4,
      5,
    );
    v128.store(mel, ln(f32x4.max(energy, floor)));
    mel += V;
  }
}

/**
 * The natural logarithm of normal positive numbers, to an ulp or two (the polynomial is Cephes' logf).
 * Powers of two, such as the floor, give the float32 nearest to the true value.
 */
function ln(x: v128): v128 {
  const half = i32x4.splat(0x3f000000);
  let exponent = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(126)));
  let m = v128.or(v128.and(x, i32x4.splat(0x007fffff)), half);
  const isLow = f32x4.lt(m, f32x4.splat(0.707106781186547524));
  const one = f32x4.splat(1);
  exponent = f32x4.sub(exponent, v128.and(one, isLow));
  m = f32x4.sub(f32x4.add(m, v128.and(m, isLow)), one);
  const z = f32x4.mul(m, m);
  let y = f32x4.splat(7.0376836292e-2);
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(-1.151461031e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(1.167699874e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(-1.2420140846e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(1.4249322787e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(-1.6668057665e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(2.0000714765e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(-2.4999993993e-1));
  y = f32x4.add(f32x4.mul(y, m), f32x4.splat(3.3333331174e-1));
  y = f32x4.mul(f32x4.mul(y, m), z);
  y = f32x4.add(y, f32x4.mul(exponent, f32x4.splat(-2.1219444e-4)));
  y = f32x4.sub(y, f32x4.mul(z, f32x4.splat(0.5)));
  return f32x4.add(f32x4.add(m, y), f32x4.mul(exponent, f32x4.splat(0.693359375)));
}

/** From one vector per mel row to one row per frame. */
function storeRows(mel: usize, out: usize, numMelBins: i32): void {
  const rowBytes = <usize>numMelBins << 2;
  const out1 = out + rowBytes;
  const out2 = out1 + rowBytes;
  const out3 = out2 + rowBytes;
  const whole: usize = rowBytes & ~15;
  for (let at: usize = 0; at < whole; at += V) {
    const from = mel + (at << 2);
    const a = v128.load(from);
    const b = v128.load(from + V);
    const c = v128.load(from + 2 * V);
    const d = v128.load(from + 3 * V);
    const lowAB = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const highAB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const lowCD = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const highCD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(out + at, v128.shuffle<f32>(lowAB, lowCD, 0, 1, 4, 5));
    v128.store(out1 + at, v128.shuffle<f32>(lowAB, lowCD, 2, 3, 6, 7));
    v128.store(out2 + at, v128.shuffle<f32>(highAB, highCD, 0, 1, 4, 5));
    v128.store(out3 + at, v128.shuffle<f32>(highAB, highCD, 2, 3, 6, 7));
  }
  for (let at = whole; at < rowBytes; at += 4) {
    const value = v128.load(mel + (at << 2));
    store<f32>(out + at, f32x4.extract_lane(value, 0));
    store<f32>(out1 + at, f32x4.extract_lane(value, 1));
    store<f32>(out2 + at, f32x4.extract_lane(value, 2));
    store<f32>(out3 + at, f32x4.extract_lane(value, 3));
  }
}
