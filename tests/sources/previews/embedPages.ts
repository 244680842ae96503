/**
 * Embed pages for tests. The structure is that of a real page of 2026-07-11 (its source is named in
 * `../shared/data/embed/SOURCE.tsv`), retyped and cut to what is read; all values are made up.
 */
import { parseTrackId, type TrackId } from '../../../contracts/ids.ts';

export const TRACK_ID: TrackId = parseTrackId('7qiZfU4dY1lWllzX7mPBI3');
export const TOKEN = 'BQDmadeUp_session-Token.never0to1be2kept3';
export const PREVIEW_URL = 'https://p.scdn.co/mp3-preview/7339548839a263fd721d01eb3364a848cad16fa7';

export type Fields = Readonly<Record<string, unknown>>;

export function entityOf(changes: Fields = {}): Fields {
  return {
    type: 'track',
    name: 'A name',
    uri: `spotify:track:${TRACK_ID}`,
    id: TRACK_ID,
    title: 'A title',
    artists: [
      { name: 'First', uri: 'spotify:artist:6eUKZXaKkcviH0Ku9w2n3V' },
      { name: 'Zweite Künstlerin', uri: 'spotify:artist:1vCWHaC5f2uS3yhpwWbIA6' },
    ],
    releaseDate: { isoString: '2017-03-03T00:00:00Z' },
    duration: 233_713,
    isPlayable: true,
    playabilityReason: 'PLAYABLE',
    isExplicit: false,
    audioPreview: { url: PREVIEW_URL },
    ...changes,
  };
}

export function dataOf(entity: unknown): Fields {
  const session = { accessToken: TOKEN, accessTokenExpirationTimestampMs: 1_783_800_000_000, isAnonymous: true };
  const state = { data: { entity }, settings: { rtl: false, session }, machineState: { initialized: false } };
  return { props: { pageProps: { state, config: { locale: 'en' } }, __N_SSP: true }, page: '/track/[id]' };
}

export function pageAround(script: string): string {
  return (
    '<!DOCTYPE html><html lang="en"><head><meta charSet="utf-8"/><title></title></head><body><div id="__next"></div>' +
    `<script id="__NEXT_DATA__" type="application/json">${script}</script><script src="a.js"></script></body></html>`
  );
}

export function embedPage(changes: Fields = {}): string {
  return pageAround(JSON.stringify(dataOf(entityOf(changes))));
}
