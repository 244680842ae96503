/**
 * Spotify's page for embedding a track: everything it shows stands in the JSON of its script `__NEXT_DATA__`.
 *
 * That JSON also holds an access token. It is cut out wherever it stands before anything is read, no part of the page is
 * ever quoted, and only the fields named here leave this file.
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
/** A shorter text is no token; to cut it out everywhere would harm the page. */
const TOKEN = /"accessToken"\s*:\s*"([^"\\]{16,})"/g;

/** Never throws: whatever is missing is a reason for there being no preview. */
export function parseEmbedPage(html: string, trackId: TrackId): EmbedPage {
  const script = dataScript(html);
  if (script === null) {
    return nothing(HTML_START.test(html) ? 'the page has no data in it' : 'the answer is no page of HTML');
  }
  const page = parseJson(withoutTokens(script));
  if (page === undefined) return nothing('the data of the page is broken');
  const state = recordAt(page, 'props', 'pageProps', 'state');
  if (state === null) return nothing('the page has no state');
  const entity = recordAt(state, 'data', 'entity');
  if (entity === null) return nothing('the page names no track');
  const namedId = textOf(entity.id) ?? tryParseTrackId(textOf(entity.uri) ?? '');
  if (entity.type !== 'track' || namedId !== trackId) return nothing('the page is about something else');

  const isSynthetic = recordOf(entity.chartlifeReplica)?.isSynthetic === true;
  return { ...previewOf(entity), details: detailsOf(entity), isSynthetic };
}

function nothing(whyNoPreview: string): EmbedPage {
  return { details: null, previewUrl: null, whyNoPreview, isSynthetic: false };
}

function withoutTokens(script: string): string {
  return [...script.matchAll(TOKEN)].reduce((text, [, token = '']) => text.replaceAll(token, ''), script);
}

function previewOf(entity: JsonRecord): EmbedPreview {
  if (entity.isPlayable === false) return { previewUrl: null, whyNoPreview: 'the track is not playable' };
  const stated = textOf(recordOf(entity.audioPreview)?.url);
  if (stated === null) return { previewUrl: null, whyNoPreview: 'the page has no preview' };
  const previewUrl = webAddressOf(stated);
  if (previewUrl === null) return { previewUrl, whyNoPreview: 'the preview has no address on the web' };
  return { previewUrl, whyNoPreview: null };
}

function detailsOf(entity: JsonRecord): TrackDetails {
  return {
    title: textOf(entity.title) ?? textOf(entity.name),
    artists: (listOf(entity.artists) ?? []).map(creditOf).filter((credit) => credit !== null),
    releaseDate: releaseDateOf(entity.releaseDate),
    durationMs: durationOf(entity.duration),
    isExplicit: booleanOf(entity.isExplicit),
  };
}

function creditOf(value: unknown): ArtistCredit | null {
  const artist = recordOf(value);
  const name = textOf(artist?.name);
  return name === null ? null : { id: tryParseArtistId(textOf(artist?.uri) ?? ''), name };
}

/** The text of the script with the data, also of one that was cut short; null where there is none. */
function dataScript(html: string): string | null {
  let text: string | null = null;
  let isInside = false;
  const parser = new Parser({
    onopentag(name, attributes) {
      isInside = text === null && name === 'script' && attributes.id === DATA_SCRIPT_ID;
      if (isInside) text = '';
    },
    ontext(part) {
      if (isInside) text += part;
    },
    onclosetag() {
      isInside = false;
    },
  });
  parser.end(html);
  return text;
}
