/**
 * Which of a run's draws are for what (see runtime/philox.ts): a number is never given to another purpose. Augmentation
 * of sound has 0 to 15.
 */
export const PURPOSE = {
  graphKey: 16,
  regions: 17,
  epochOrder: 18,
  initialisation: 19,
  pairs: 20,
  bootstrap: 21,
} as const;
