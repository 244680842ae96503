/** Tags at the end of a file: ID3v1, APEv2, Lyrics3v2, and the zeros that some programs pad with. */
import { hasAscii, uint32le } from './bytes.ts';

const ID3V1_BYTES = 128;
const APE_FOOTER_BYTES = 32;
const APE_HAS_HEADER = 0x8000_0000;
/** Six digits and `LYRICS200`. */
const LYRICS_FOOTER_BYTES = 15;

/** Where the sound may end at most: past the last byte before all tags and zeros at the end; never before `start`. */
export function endBeforeTags(bytes: Uint8Array, start: number): number {
  for (let end = bytes.length; ; ) {
    const before = beforeTagOrZeros(bytes, start, end);
    if (before === end || before <= start) return Math.max(start, before);
    end = before;
  }
}

function beforeTagOrZeros(bytes: Uint8Array, start: number, end: number): number {
  let beforeZeros = end;
  while (beforeZeros > start && bytes[beforeZeros - 1] === 0) beforeZeros--;
  // A tag may end in zeros of its own.
  for (let tagEnd = beforeZeros; tagEnd <= Math.min(end, beforeZeros + ID3V1_BYTES); tagEnd++) {
    const before = beforeTag(bytes, tagEnd);
    if (before < tagEnd) return before;
  }
  return beforeZeros;
}

function beforeTag(bytes: Uint8Array, end: number): number {
  if (hasAscii(bytes.subarray(0, end), end - ID3V1_BYTES, 'TAG')) return end - ID3V1_BYTES;
  const apeAt = end - APE_FOOTER_BYTES;
  if (hasAscii(bytes.subarray(0, end), apeAt, 'APETAGEX')) {
    const hasHeader = (uint32le(bytes, apeAt + 20) & APE_HAS_HEADER) !== 0;
    // The size counts the footer, not the header.
    return end - uint32le(bytes, apeAt + 12) - (hasHeader ? APE_FOOTER_BYTES : 0);
  }
  const lyricsAt = end - LYRICS_FOOTER_BYTES;
  if (hasAscii(bytes.subarray(0, end), lyricsAt + 6, 'LYRICS200')) {
    const size = Number(Buffer.from(bytes.subarray(lyricsAt, lyricsAt + 6)).toString('latin1'));
    if (Number.isInteger(size)) return lyricsAt - size;
  }
  return end;
}

/**
 * What is to be said of a file that goes on after its last frame; null where that is tags and zeros alone.
 *
 * @param end of the last frame
 */
export function describeRest(bytes: Uint8Array, end: number): string | null {
  const numBytes = endBeforeTags(bytes, end) - end;
  return numBytes > 0 ? `${numBytes} bytes after the last frame are no sound` : null;
}
