/** What whoever wants a track's spectrogram and the thread that makes it say to each other. */
import type { AudioDescriptors } from '../../../contracts/trackFacts.ts';

export interface SoundJob {
  readonly trackId: string;
  readonly descriptors: AudioDescriptors;
  readonly numMelBins: number;
  /** Encode and decode it as the replica's file does; otherwise the samples themselves are heard, which takes less time. */
  readonly throughMp3: boolean;
}

export interface HeardSound {
  readonly numFrames: number;
  /** Log-mel energies, frame after frame: numFrames x numMelBins. */
  readonly values: Float32Array<ArrayBuffer>;
  /** Of the MP3's bytes, or of the samples' where there is no MP3. */
  readonly audioSha256: string;
}

export type SoundAnswer = HeardSound | { readonly error: string };
