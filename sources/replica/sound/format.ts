/** The form of a rendered preview: mono, as long as a real one. */
export const SAMPLE_RATE_HZ = 22_050;
export const PREVIEW_SECONDS = 30;
export const NUM_SAMPLES = SAMPLE_RATE_HZ * PREVIEW_SECONDS;

/** Rounded to a whole sample. */
export function samplesIn(seconds: number): number {
  return Math.round(seconds * SAMPLE_RATE_HZ);
}
