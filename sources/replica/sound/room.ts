/** The room: reverberation that grows longer and louder, and an audience in it. */
import { drawsFor, noiseAt } from './draws.ts';
import { NUM_SAMPLES, SAMPLE_RATE_HZ, samplesIn } from './format.ts';
import { Resonator } from './resonator.ts';

/** Schroeder's: delays that share no factor, in seconds. */
const COMB_SECONDS = [0.0297, 0.0371, 0.0411, 0.0437] as const;
const ALL_PASS_SECONDS = [0.005, 0.0017] as const;
const ALL_PASS_GAIN = 0.7;
/** What walls take from the highs at each turn, as the weight of a one-pole filter. */
const DAMPING = 0.3;

/** The echoes of a sound, without the sound itself. `seconds`: until they have fallen by 60 dB. */
export function reverberate(dry: Float32Array, seconds: number): Float32Array {
  const out = new Float32Array(dry.length);
  for (const delaySeconds of COMB_SECONDS) addComb(dry, out, delaySeconds, seconds);
  for (const delaySeconds of ALL_PASS_SECONDS) spread(out, delaySeconds);
  return out;
}

function addComb(dry: Float32Array, out: Float32Array, delaySeconds: number, seconds: number): void {
  const line = new Float32Array(samplesIn(delaySeconds));
  const feedback = 10 ** ((-3 * delaySeconds) / seconds);
  let place = 0;
  let damped = 0;
  for (let i = 0; i < dry.length; i += 1) {
    const echo = line[place]!;
    damped = echo + DAMPING * (damped - echo);
    line[place] = dry[i]! + feedback * damped;
    out[i]! += 0.25 * echo;
    place = place + 1 === line.length ? 0 : place + 1;
  }
}

function spread(sound: Float32Array, delaySeconds: number): void {
  const line = new Float32Array(samplesIn(delaySeconds));
  let place = 0;
  for (let i = 0; i < sound.length; i += 1) {
    const delayed = line[place]!;
    const kept = sound[i]! + ALL_PASS_GAIN * delayed;
    line[place] = kept;
    sound[i] = delayed - ALL_PASS_GAIN * kept;
    place = place + 1 === line.length ? 0 : place + 1;
  }
}

/** Many voices as a noise that swells and ebbs, and hands that clap out of time. */
export function cheer(trackId: string): Float32Array {
  const hum = new Float32Array(NUM_SAMPLES);
  const out = new Float32Array(NUM_SAMPLES);
  const draw = drawsFor(trackId, 'crowd');
  const start = Math.floor(65_536 * draw(0));
  // Each time round from another place, so that no turn of the noise is heard as a loop.
  for (let i = 0; i < NUM_SAMPLES; i += 1) hum[i] = noiseAt(start + i + 997 * (i >>> 16));
  for (const [place, frequencyHz] of [500, 1100, 2300].entries()) {
    const resonator = new Resonator();
    resonator.tune(frequencyHz * (0.9 + 0.2 * draw(1 + place)), 0.7 * frequencyHz);
    resonator.filter(hum, out, 0, NUM_SAMPLES, 1);
  }
  const swellStep = (2 * Math.PI * (0.08 + 0.08 * draw(4))) / SAMPLE_RATE_HZ;
  const swellStart = 2 * Math.PI * draw(5);
  for (let block = 0; block < NUM_SAMPLES; block += 256) {
    const swell = 1 + 0.35 * Math.sin(swellStart + swellStep * block);
    for (let i = block; i < Math.min(NUM_SAMPLES, block + 256); i += 1) out[i]! *= swell;
  }
  for (let clap = 0; clap < 300; clap += 1) addClap(out, draw(10 + 2 * clap), draw(11 + 2 * clap));
  return out;
}

function addClap(out: Float32Array, when: number, how: number): void {
  const start = Math.floor(when * NUM_SAMPLES);
  const noisePlace = Math.floor(how * 65_536);
  const numSamples = Math.min(samplesIn(0.02), NUM_SAMPLES - start);
  let level = 0.8 * how;
  for (let i = 0; i < numSamples; i += 1, level *= 0.99) out[start + i]! += level * noiseAt(noisePlace + i);
}
