/** What the pool and its threads say to each other. */
import type { SentError } from '../../contracts/sentError.ts';
import type { AudioFeatures, FeatureSettings } from '../features.ts';
import type { DecodedAudio } from './decoded.ts';
import type { AudioLimits } from './limits.ts';

export type AudioJob =
  | { readonly kind: 'decode'; readonly bytes: Uint8Array; readonly limits: AudioLimits }
  | {
      readonly kind: 'features';
      readonly bytes: Uint8Array;
      readonly limits: AudioLimits;
      readonly settings: FeatureSettings;
    };

export type AudioAnswer =
  | { readonly kind: 'decode'; readonly decoded: DecodedAudio }
  | { readonly kind: 'features'; readonly features: AudioFeatures }
  | { readonly kind: 'error'; readonly error: SentError };
