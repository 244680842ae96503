/** What goes to the rendering thread and comes back. */
import type { AudioDescriptors } from '../../../contracts/trackFacts.ts';

export interface RenderJob {
  readonly trackId: string;
  readonly descriptors: AudioDescriptors;
}

/** The file, or why there is none. */
export type RenderAnswer = { readonly mp3: Uint8Array } | { readonly error: string };
