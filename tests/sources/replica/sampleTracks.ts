/** Tracks of the sample by what is published of them, and how they sound. */
import { decodeAudio } from '../../../audio/decode/decode.ts';
import { resample } from '../../../audio/resample.ts';
import { parseTrackId, type TrackId } from '../../../contracts/ids.ts';
import type { AudioDescriptors, TrackFacts } from '../../../contracts/trackFacts.ts';
import { encodeMp3 } from '../../../sources/replica/sound/mp3.ts';
import { renderPreview } from '../../../sources/replica/sound/renderPreview.ts';
import { RATE_HZ } from './soundMeasures.ts';

/** An ordinary song, of which tests change one thing. */
export const ORDINARY: AudioDescriptors = {
  tempoBpm: 118,
  beatsPerBar: 4,
  pitchClass: 2,
  isMajor: true,
  loudnessDb: -7,
  energy: 0.6,
  valence: 0.5,
  danceability: 0.6,
  acousticness: 0.3,
  instrumentalness: 0.1,
  speechiness: 0.1,
  liveness: 0.15,
};

export const TRACK_IDS = ['4Km5HrUvYTaSUfiSGPJeQR', '343YBumqHu19cGoGARUTsd', '5aAx2yezTd8zXrkmtKl66Z'].map(
  parseTrackId,
);

export interface HeardSound {
  /** Mono at 16 kHz, decoded from the MP3. */
  readonly samples: Float32Array;
  /** Mono at the rate of the file. */
  readonly decoded: Float32Array;
}

/** All the way: rendered, encoded, decoded as chartlife decodes a preview. */
export async function hear(trackId: TrackId, descriptors: AudioDescriptors): Promise<HeardSound> {
  const audio = await decodeAudio(await encodeMp3(renderPreview(trackId, descriptors), 'a test'));
  const decoded = audio.channels[0] ?? new Float32Array(0);
  return { decoded, samples: resample(decoded, audio.sampleRateHz, RATE_HZ) };
}

/** For each of several values, evenly from the least to the most that any track has, the track nearest to it. */
export function tracksAcross(
  facts: ReadonlyMap<TrackId, TrackFacts>,
  name: 'tempoBpm' | 'loudnessDb' | 'energy',
  numTracks: number,
): TrackId[] {
  const values = [...facts].map(([trackId, { descriptors }]) => ({ trackId, value: descriptors[name] }));
  values.sort((a, b) => a.value - b.value || (a.trackId < b.trackId ? -1 : 1));
  const [least, most] = [values[0]!.value, values.at(-1)!.value];
  const picked = Array.from({ length: numTracks }, (_, i) => {
    const wanted = least + ((most - least) * i) / (numTracks - 1);
    return values.reduce((best, each) => (Math.abs(each.value - wanted) < Math.abs(best.value - wanted) ? each : best));
  });
  return [...new Set(picked.map(({ trackId }) => trackId))];
}
