/** A filter that lets one band through, with 0 dB in its middle: what makes a formant. */
import { SAMPLE_RATE_HZ } from './format.ts';

export class Resonator {
  #gain = 0;
  #feedback1 = 0;
  #feedback2 = 0;
  #in1 = 0;
  #in2 = 0;
  #out1 = 0;
  #out2 = 0;

  tune(frequencyHz: number, bandwidthHz: number): void {
    const radius = Math.exp((-Math.PI * bandwidthHz) / SAMPLE_RATE_HZ);
    this.#feedback1 = 2 * radius * Math.cos((2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ);
    this.#feedback2 = -radius * radius;
    this.#gain = (1 - radius * radius) / 2;
  }

  /** Adds the band of `source` to `out`, from one sample up to another, `level` times as strong. */
  filter(source: Float32Array, out: Float32Array, from: number, to: number, level: number): void {
    let [in1, in2, out1, out2] = [this.#in1, this.#in2, this.#out1, this.#out2];
    const gain = this.#gain;
    const feedback1 = this.#feedback1;
    const feedback2 = this.#feedback2;
    for (let i = from; i < to; i += 1) {
      const value = source[i]!;
      const passed = gain * (value - in2) + feedback1 * out1 + feedback2 * out2;
      in2 = in1;
      in1 = value;
      out2 = out1;
      out1 = passed;
      out[i]! += level * passed;
    }
    [this.#in1, this.#in2, this.#out1, this.#out2] = [in1, in2, out1, out2];
  }
}
