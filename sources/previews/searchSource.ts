/** What the sources share that know no Spotify ids: they are searched by name, and the best answer is taken if it fits. */
import type { PreviewMatch, PreviewOrigin, TrackDetails, TrackToHear } from '../../contracts/previews.ts';
import type { PageFetcher } from '../pageFetcher.ts';
import type { AbsentPreview, KnownPreview, PreviewAnswer, PreviewSource } from '../previewSource.ts';
import { downloadPreview } from './download.ts';
import { MATCH_THRESHOLD, matchScore, type NamedTrack } from './matchTrack.ts';
import { normaliseName } from './normaliseName.ts';
import { titleToSearch } from './readTitle.ts';

export interface SearchFetchers {
  /** For the search itself. Both are closed with the source. */
  readonly searchFetcher: PageFetcher;
  /** For the sound, which lies on other hosts. */
  readonly audioFetcher: PageFetcher;
}

/** What stores can be asked for: one artist, and the title in the words that they all have. */
export interface SearchQuery {
  readonly title: string;
  readonly artistName: string;
}

/** A track that a search answered with. */
export interface SearchResult {
  readonly title: string;
  readonly artistName: string;
  /** null where the store has no preview of it. */
  readonly previewUrl: string | null;
  readonly durationMs: number | null;
  readonly isExplicit: boolean | null;
}

interface ScoredResult {
  readonly result: SearchResult;
  readonly match: PreviewMatch;
}

export function createSearchSource(
  origin: Extract<PreviewOrigin, 'deezer' | 'itunes'>,
  { searchFetcher, audioFetcher }: SearchFetchers,
  search: (query: SearchQuery, signal: AbortSignal) => Promise<readonly SearchResult[]>,
): PreviewSource {
  return {
    origin,
    async find(track, signal, known) {
      const named = namesOf(track);
      if (named === null) return absent('the track has no name to search for');
      const query = { title: titleToSearch(named.title), artistName: named.artistNames[0] ?? '' };
      const best = bestOf(named, await search(query, signal));
      if (best === null) return absent('the search found nothing');
      if (best.match.score < MATCH_THRESHOLD)
        return absent(`no result fits: the best scores ${best.match.score.toFixed(2)}`);
      return hear(audioFetcher, best, signal, known);
    },
    async close() {
      await Promise.all([searchFetcher.close(), audioFetcher.close()]);
    },
  };
}

async function hear(
  fetcher: PageFetcher,
  { result, match }: ScoredResult,
  signal: AbortSignal,
  known: KnownPreview | undefined,
): Promise<PreviewAnswer> {
  const details = detailsOf(result);
  if (result.previewUrl === null) return { outcome: 'absent', why: 'the track found has no preview', details };
  // At once: the addresses of some stores are good for minutes only.
  const file = await downloadPreview(fetcher, result.previewUrl, signal, known);
  return file.outcome === 'found' ? { ...file, match, details, isSynthetic: false } : { ...file, details };
}

/** null where there is nothing to search for. */
function namesOf({ title, artistNames }: TrackToHear): NamedTrack | null {
  const names = artistNames.filter((name) => normaliseName(name) !== '');
  return title === null || normaliseName(title) === '' || names.length === 0 ? null : { title, artistNames: names };
}

/** Of results that fit alike, the first with a preview: stores have a song once per album. */
function bestOf(track: NamedTrack, results: readonly SearchResult[]): ScoredResult | null {
  const scored = results.map((result): ScoredResult => {
    const { title, artistName } = result;
    return { result, match: { score: matchScore(track, { title, artistNames: [artistName] }), title, artistName } };
  });
  const fitting = scored.filter(({ result, match }) => result.previewUrl !== null && match.score >= MATCH_THRESHOLD);
  const pool = fitting.length > 0 ? fitting : scored;
  return pool.reduce<ScoredResult | null>(
    (best, next) => (best === null || next.match.score > best.match.score ? next : best),
    null,
  );
}

function absent(why: string): AbsentPreview {
  return { outcome: 'absent', why, details: null };
}

/**
 * What the store says of its track. Its release date is left out: it is that of whatever album the song was found on,
 * and the lake would take it for the song's.
 */
function detailsOf({ title, artistName, durationMs, isExplicit }: SearchResult): TrackDetails {
  return { title, artists: [{ id: null, name: artistName }], releaseDate: null, durationMs, isExplicit };
}
