/** Colours on white. */

/**
 * Okabe and Ito's, told apart by the colour-blind too (https://jfly.uni-koeln.de/color/, 2008), those that are dark enough
 * to be read on white.
 */
export const PALETTE = {
  blue: '#0072b2',
  vermilion: '#d55e00',
  green: '#00795a',
} as const;

export const GRID = '#e6e8ed';
/** The ground of what nobody may overlook, its edge and its letters. */
export const WARNING = { ground: '#fde68a', edge: '#d97706', ink: '#7c2d12' } as const;
