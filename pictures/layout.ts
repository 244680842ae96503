/** Where things stand in a picture, and how they look. */

/** A rectangle in pixels; y grows downwards. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const INK = '#1f2430';
export const FAINT_INK = '#5b6272';
export const SMALL_TEXT_PX = 13;
/** From the middle of a line of text to its baseline, as a share of the size of the letters. */
export const BASELINE_SHARE = 0.36;
