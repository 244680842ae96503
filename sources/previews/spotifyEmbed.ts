/** Previews from Spotify's embed pages, or from those of the replica, which are of the same form. */
import type { TrackId } from '../../contracts/ids.ts';
import type { PageFetcher } from '../pageFetcher.ts';
import type { KnownPreview, PreviewAnswer, PreviewSource } from '../previewSource.ts';
import { bodyOf, downloadPreview } from './download.ts';
import { parseEmbedPage } from './embedPage.ts';

export const SPOTIFY_BASE_URL = 'https://open.spotify.com';
/** Where the pages are, and where they say that previews are. */
export const SPOTIFY_HOSTS: readonly string[] = ['open.spotify.com', '*.scdn.co', '*.spotifycdn.com'];

const HTML = 'text/html,application/xhtml+xml';

export interface SpotifyEmbedOptions {
  /** Allowed to ask for the pages and for the sound; closed with the source. */
  readonly fetcher: PageFetcher;
  /** Default {@link SPOTIFY_BASE_URL}. */
  readonly baseUrl?: string;
  readonly origin: 'spotify' | 'replica';
}

export function createSpotifyEmbedSource({ fetcher, baseUrl, origin }: SpotifyEmbedOptions): PreviewSource {
  const base = (baseUrl ?? SPOTIFY_BASE_URL).replace(/\/+$/, '');
  return {
    origin,
    async find({ trackId }, signal, known) {
      const found = await findPreview(fetcher, base, trackId, signal, known);
      // What the replica serves is no recording, also where a page should forget to say so.
      return found.outcome === 'found' && origin === 'replica' ? { ...found, isSynthetic: true } : found;
    },
    close: () => fetcher.close(),
  };
}

async function findPreview(
  fetcher: PageFetcher,
  base: string,
  trackId: TrackId,
  signal: AbortSignal,
  known: KnownPreview | undefined,
): Promise<PreviewAnswer> {
  const body = await bodyOf(fetcher, `${base}/embed/track/${trackId}`, HTML, signal);
  if (body === null) return { outcome: 'absent', why: 'no such track', details: null };
  const page = parseEmbedPage(new TextDecoder().decode(body), trackId);
  const { details, isSynthetic } = page;
  if (page.previewUrl === null) return { outcome: 'absent', why: page.whyNoPreview, details };
  const file = await downloadPreview(fetcher, page.previewUrl, signal, known);
  return file.outcome === 'found' ? { ...file, match: null, details, isSynthetic } : { ...file, details };
}
