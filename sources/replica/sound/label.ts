/** What every page and file of the replica's sound says of itself. */
export const SYNTHETIC_NOTE = "Synthetic: rendered by chartlife's replica from published descriptors, not a recording";
