/**
 * `/embed/track/{id}`: Spotify's page for embedding a track, as a real one of July 2026 has it: nothing to see without
 * scripts, everything in the JSON that they start from. Ours says in both that the sound is synthetic.
 */
import type { HistoryTrack } from '../../contracts/chartHistory.ts';
import type { TrackFacts } from '../../contracts/trackFacts.ts';
import { SYNTHETIC_NOTE } from './sound/label.ts';

export interface EmbedPageInput {
  readonly track: HistoryTrack;
  readonly facts: TrackFacts;
  /** null for a track that has none. */
  readonly previewUrl: string | null;
  readonly isPlayable: boolean;
}

/** As real as the replica's numbers are not: a client that keeps it is caught by a search for it. */
export const FAKE_ACCESS_TOKEN = 'REPLICA-FAKE-ACCESS-TOKEN-NEVER-TO-BE-STORED';
const FAKE_TOKEN_EXPIRES_AT_MS = Date.UTC(2026, 6, 11);
const FAKE_CLIENT_ID = '0'.repeat(32);
const UNKNOWN_TITLE = 'Unknown Title';

export function renderEmbedPage(input: EmbedPageInput): string {
  const { track } = input;
  const title = track.title ?? UNKNOWN_TITLE;
  const artistNames = creditsOf(track).map(({ name }) => name);
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8" data-next-head=""/><meta name="viewport" content="width=device-width" data-next-head=""/><title data-next-head="">Replica: ${escapeHtml(title)}</title></head><body><div id="__next"><div data-testid="main-page"><h1>${escapeHtml(title)}</h1><h2>${escapeHtml(artistNames.join(', '))}</h2><p>${escapeHtml(SYNTHETIC_NOTE)}. This is not open.spotify.com but a local server with its page format.</p></div></div><script id="__NEXT_DATA__" type="application/json">${scriptJson(nextData(input))}</script></body></html>
`;
}

function nextData({ track, facts, previewUrl, isPlayable }: EmbedPageInput): object {
  const uri = `spotify:track:${track.id}`;
  const title = track.title ?? UNKNOWN_TITLE;
  const artists = creditsOf(track).map(({ id, name }) => ({ name, ...(id === null ? {} : { uri: artistUri(id) }) }));
  const entity = {
    type: 'track',
    name: title,
    uri,
    id: track.id,
    title,
    artists,
    releaseDate: { isoString: `${facts.releaseDate.date}T00:00:00Z` },
    duration: facts.durationMs,
    isPlayable,
    playabilityReason: isPlayable ? 'PLAYABLE' : 'COUNTRY_RESTRICTED',
    isExplicit: facts.isExplicit,
    isNineteenPlus: false,
    contentRatings: { labels: facts.isExplicit ? ['EXPLICIT'] : [] },
    ...(previewUrl === null ? {} : { audioPreview: { url: previewUrl } }),
    hasVideo: false,
    ...(artists[0]?.uri === undefined ? {} : { relatedEntityUri: artists[0].uri }),
    visualIdentity: { image: [] },
    chartlifeReplica: { isSynthetic: true, note: SYNTHETIC_NOTE },
  };
  const settings = {
    rtl: false,
    session: {
      accessToken: FAKE_ACCESS_TOKEN,
      accessTokenExpirationTimestampMs: FAKE_TOKEN_EXPIRES_AT_MS,
      isAnonymous: true,
    },
    entityContext: 'track',
    clientId: FAKE_CLIENT_ID,
    isMobile: false,
    isSafari: false,
    isIOS: false,
    isTablet: false,
    isDarkMode: false,
  };
  const data = { entity, embeded_entity_uri: uri, defaultAudioFileObject: { passthrough: 'NONE' } };
  const machineState = { initialized: false, showOverflowMenu: false, playbackMode: 'unknown' };
  return {
    props: { pageProps: { state: { data, settings, machineState }, config: { locale: 'en' } }, __N_SSP: true },
    page: '/track/[id]',
    query: { id: track.id },
    buildId: 'chartlife-replica',
    isFallback: false,
    gssp: true,
    scriptLoader: [],
  };
}

function creditsOf({ artist, featured }: HistoryTrack): HistoryTrack['featured'] {
  return artist === null ? featured : [artist, ...featured];
}

function artistUri(artistId: string): string {
  return `spotify:artist:${artistId}`;
}

/** JSON that can't end the element it stands in. */
function scriptJson(value: object): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
