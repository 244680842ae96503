/**
 * The header packets of a stream in Ogg, without its tags. The decoders' packages take a fixed number of pages for headers
 * and the rest for sound, and copy the tags once a page: a cover picture there makes noise or fills the memory.
 */
import { byteAt, hasAscii } from './bytes.ts';
import type { AudioFormat } from './decoded.ts';
import { firstPageOf, type OggPage, pagesOfPacket, partsOf } from './oggPages.ts';

export interface LeanHeaders {
  /** Pages from number 0 on. */
  readonly pages: readonly Uint8Array[];
  /** Of the pages given, those after the last header; null where that is damaged, and nobody can tell. */
  readonly rest: readonly OggPage[] | null;
}

/** Bytes that begin the last header of each codec. */
const VORBIS_SETUP = '\x05vorbis';
/** Nobody's, and no tags (RFC 7845, section 5.2). */
const EMPTY_OPUS_TAGS = new TextEncoder().encode('OpusTags\0\0\0\0\0\0\0\0');
/** The same for Vorbis, with its framing bit. */
const EMPTY_VORBIS_COMMENT = new TextEncoder().encode('\x03vorbis\0\0\0\0\0\0\0\0\x01');
/** As FLAC's last metadata block. */
const EMPTY_FLAC_COMMENT = Uint8Array.of(0x84, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0);
const IS_LAST_BLOCK = 0x80;
/** Begins a frame, never a block. */
const FLAC_SYNC = 0xff;
/** In the first packet of FLAC in Ogg: where the first metadata block begins. */
const FLAC_BLOCK_AT = 13;

/** @param pages of one stream from its first on, with all of its headers; sound may follow them */
export function leanHeaders(bytes: Uint8Array, pages: readonly OggPage[], format: AudioFormat): LeanHeaders {
  const { identification, last, rest } = readHeaders(bytes, pages, format);
  const serial = pages[0]?.serial ?? 0;
  const lean = firstPageOf(identification, serial);
  for (const packet of packetsAfter(format, last)) lean.push(...pagesOfPacket(packet, serial, lean.length));
  return { pages: lean, rest };
}

/** What follows the identification. Without a setup there is nothing to decode Vorbis by, which the decoder then says. */
function packetsAfter(format: AudioFormat, last: Uint8Array | null): readonly Uint8Array[] {
  if (format === 'ogg-opus') return [EMPTY_OPUS_TAGS];
  if (format === 'ogg-flac') return [EMPTY_FLAC_COMMENT];
  return last === null ? [EMPTY_VORBIS_COMMENT] : [EMPTY_VORBIS_COMMENT, last];
}

function readHeaders(bytes: Uint8Array, pages: readonly OggPage[], format: AudioFormat) {
  let identification = new Uint8Array(0);
  /** Of the packet that is being read; null where its beginning is lost. */
  let parts: Uint8Array[] | null = null;
  let numPackets = 0;
  for (const [index, page] of pages.entries()) {
    const isAfterHole = index > 0 && page.sequence !== pages[index - 1]!.sequence + 1;
    if (isAfterHole) parts = null;
    for (const part of partsOf(bytes, page)) {
      if (part.beginsPacket) parts = [];
      parts?.push(part.bytes);
      if (!part.endsPacket || parts === null) continue;
      if (numPackets === 0) identification = joined(parts);
      // Tags may be of megabytes: a packet is put together only once it is wanted.
      if (isLastHeader(parts[0]!, numPackets, format)) {
        return { identification, last: joined(parts), rest: pages.slice(index + 1) };
      }
      numPackets++;
    }
  }
  return { identification, last: null, rest: null };
}

function isLastHeader(start: Uint8Array, numBefore: number, format: AudioFormat): boolean {
  if (format === 'ogg-opus') return hasAscii(start, 0, 'OpusTags');
  if (format === 'ogg-vorbis') return hasAscii(start, 0, VORBIS_SETUP);
  const blockHeader = byteAt(start, numBefore === 0 ? FLAC_BLOCK_AT : 0);
  return (blockHeader & IS_LAST_BLOCK) !== 0 && blockHeader !== FLAC_SYNC;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
