/**
 * Spotify's page for embedding a track: everything it shows stands in the JSON of its script `__NEXT_DATA__`.
 *
 * The page also holds an access token. It is cut out of whatever is read, wherever on the page it was named one; no part
 * of the page is ever quoted, and only the fields named here leave this file.
 */
import { Parser } from 'htmlparser2';
import { type TrackId, tryParseArtistId, tryParseTrackId } from '../../contracts/ids.ts';
import type { ArtistCredit } from '../../contracts/pages.ts';
import type { TrackDetails } from '../../contracts/previews.ts';
import {
  booleanOf,
  durationOf,
  type JsonRecord,
  listOf,
  parseJson,
  recordAt,
  recordOf,
  textOf,
  webAddressOf,
} from './json.ts';
import { releaseDateOf } from './releaseDate.ts';
import { type SessionTokens, tokensIn } from './sessionTokens.ts';

export type EmbedPage = EmbedPreview & {
  /** null where the page does not speak of the track that was asked for. */
  readonly details: TrackDetails | null;
  /** The replica's pages say so of themselves. */
  readonly isSynthetic: boolean;
};

/** The whole address as the page has it, or a short sentence. */
type EmbedPreview =
  | { readonly previewUrl: string; readonly whyNoPreview: null }
  | { readonly previewUrl: null; readonly whyNoPreview: string };

const DATA_SCRIPT_ID = '__NEXT_DATA__';
const HTML_START = /^\s*(?:<!--[^>]*-->\s*)*<(?:!doctype\s+html|html|head|body)\b/i;
/** Of a track; tracks with more are unknown, and what a page may make us hold has an end. */
const MAX_ARTISTS = 100;

/** Never throws: whatever is missing is a reason for there being no preview. */
export function parseEmbedPage(html: string, trackId: TrackId): EmbedPage {
  const scripts = scriptsOf(html);
  if (scripts.data === null) {
    return nothing(HTML_START.test(html) ? 'the page has no data in it' : 'the answer is no page of HTML');
  }
  const page = parseJson(scripts.data);
  if (page === undefined) return nothing('the data of the page is broken');
  const state = recordAt(page, 'props', 'pageProps', 'state');
  if (state === null) return nothing('the page has no state');
  const entity = recordAt(state, 'data', 'entity');
  if (entity === null) return nothing('the page names no track');
  const namedId = textOf(entity.id) ?? tryParseTrackId(textOf(entity.uri) ?? '');
  if (entity.type !== 'track' || namedId !== trackId) return nothing('the page is about something else');

  const tokens = tokensIn(page, [scripts.data, ...scripts.others]);
  if (tokens === null) return nothing('the page is full of session tokens');
  const isSynthetic = recordOf(entity.chartlifeReplica)?.isSynthetic === true;
  return { ...previewOf(entity, tokens), details: detailsOf(entity, tokens), isSynthetic };
}

function nothing(whyNoPreview: string): EmbedPage {
  return { details: null, previewUrl: null, whyNoPreview, isSynthetic: false };
}

function previewOf(entity: JsonRecord, tokens: SessionTokens): EmbedPreview {
  if (entity.isPlayable === false) return { previewUrl: null, whyNoPreview: 'the track is not playable' };
  const stated = recordOf(entity.audioPreview)?.url;
  if (textOf(stated) === null) return { previewUrl: null, whyNoPreview: 'the page has no preview' };
  const address = webAddressOf(stated);
  const previewUrl = address === null ? null : webAddressOf(tokens.cutFrom(address));
  if (previewUrl === null) return { previewUrl, whyNoPreview: 'the preview has no address on the web' };
  return { previewUrl, whyNoPreview: null };
}

function detailsOf(entity: JsonRecord, tokens: SessionTokens): TrackDetails {
  const title = textOf(entity.title) ?? textOf(entity.name);
  const artists = (listOf(entity.artists) ?? []).slice(0, MAX_ARTISTS);
  return {
    title: title === null ? null : tokens.cutFrom(title),
    artists: artists.map((artist) => creditOf(artist, tokens)).filter((credit) => credit !== null),
    releaseDate: releaseDateOf(entity.releaseDate),
    durationMs: durationOf(entity.duration),
    isExplicit: booleanOf(entity.isExplicit),
  };
}

function creditOf(value: unknown, tokens: SessionTokens): ArtistCredit | null {
  const artist = recordOf(value);
  const name = textOf(artist?.name);
  return name === null ? null : { id: tryParseArtistId(textOf(artist?.uri) ?? ''), name: tokens.cutFrom(name) };
}

interface Scripts {
  /** The text of the script with the data, also of one that was cut short; null where there is none. */
  readonly data: string | null;
  readonly others: readonly string[];
}

function scriptsOf(html: string): Scripts {
  let data: string | null = null;
  const others: string[] = [];
  let inside: 'data' | 'other' | null = null;
  const parser = new Parser({
    onopentag(name, attributes) {
      inside = null;
      if (name !== 'script') return;
      inside = data === null && attributes.id === DATA_SCRIPT_ID ? 'data' : 'other';
      if (inside === 'data') data = '';
      else others.push('');
    },
    ontext(part) {
      if (inside === 'data') data += part;
      else if (inside === 'other') others.push(`${others.pop() ?? ''}${part}`);
    },
    onclosetag() {
      inside = null;
    },
  });
  parser.end(html);
  return { data, others };
}
