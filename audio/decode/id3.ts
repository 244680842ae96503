/** ID3v2 tags, which may stand before MP3, AAC and FLAC and hold cover pictures of megabytes. */
import { byteAt, hasAscii } from './bytes.ts';

const HEADER_BYTES = 10;
const HAS_FOOTER = 0x10;

/** Where the sound begins: past all ID3v2 tags at the start. May lie past the end of a file that is cut short. */
export function skipId3(bytes: Uint8Array): number {
  let offset = 0;
  while (hasAscii(bytes, offset, 'ID3') && offset + HEADER_BYTES <= bytes.length) {
    // Four times seven bits.
    const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (byteAt(bytes, offset + at) & 0x7f), 0);
    const hasFooter = (byteAt(bytes, offset + 5) & HAS_FOOTER) !== 0;
    offset += HEADER_BYTES + size + (hasFooter ? HEADER_BYTES : 0);
  }
  return offset;
}
