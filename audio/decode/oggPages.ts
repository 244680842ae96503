/** Ogg pages: found by their mark, believed by their checksum, sorted by the stream they belong to. */
import { byteAt, hasAscii, uint32le, uint64le } from './bytes.ts';

const HEADER_BYTES = 27;
const FLAG = { beginsStream: 2, endsStream: 4 } as const;
/** Granules are signed: -1 stands for none, and no stream gets to 2^63. */
const FIRST_NEGATIVE = 2 ** 63;

export interface OggPage {
  readonly start: number;
  readonly end: number;
  readonly payloadAt: number;
  readonly serial: number;
  readonly sequence: number;
  readonly beginsStream: boolean;
  readonly endsStream: boolean;
  /** The stream's clock at the page's end, in samples; null if no packet ends on this page. */
  readonly granule: number | null;
}

export interface OggPages {
  readonly pages: readonly OggPage[];
  /** Pages that are all there and fail their checksum. */
  readonly numDamaged: number;
  /** Where no page stands: damage, or a last page that is cut short. */
  readonly numBytesSkipped: number;
}

export function readOggPages(bytes: Uint8Array): OggPages {
  const pages: OggPage[] = [];
  let numDamaged = 0;
  let numBytesSkipped = 0;
  for (let offset = 0; offset < bytes.length; ) {
    const page = readPage(bytes, offset);
    if (page !== null && hasGoodChecksum(bytes, page)) {
      pages.push(page);
      offset = page.end;
      continue;
    }
    const next = findMark(bytes, offset + 1);
    // A page that fails and ends where another begins is one damaged page.
    if (page !== null && page.end === next) numDamaged++;
    else numBytesSkipped += next - offset;
    offset = next;
  }
  return { pages, numDamaged, numBytesSkipped };
}

function readPage(bytes: Uint8Array, start: number): OggPage | null {
  if (!hasAscii(bytes, start, 'OggS') || start + HEADER_BYTES > bytes.length) return null;
  const numSegments = byteAt(bytes, start + 26);
  const payloadAt = start + HEADER_BYTES + numSegments;
  let end = payloadAt;
  for (let segment = 0; segment < numSegments; segment++) end += byteAt(bytes, start + HEADER_BYTES + segment);
  if (end > bytes.length) return null;
  const flags = byteAt(bytes, start + 5);
  const granule = uint64le(bytes, start + 6);
  return {
    start,
    end,
    payloadAt,
    serial: uint32le(bytes, start + 14),
    sequence: uint32le(bytes, start + 18),
    beginsStream: (flags & FLAG.beginsStream) !== 0,
    endsStream: (flags & FLAG.endsStream) !== 0,
    granule: granule >= FIRST_NEGATIVE ? null : granule,
  };
}

function findMark(bytes: Uint8Array, start: number): number {
  for (let offset = start; offset < bytes.length; offset++) {
    if (bytes[offset] === 0x4f && hasAscii(bytes, offset, 'OggS')) return offset;
  }
  return bytes.length;
}

/** CRC-32 as Ogg has it: polynomial 0x04c11db7, most significant bit first, from 0, over the page with 0 in its place. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let rest = index << 24;
  for (let bit = 0; bit < 8; bit++) rest = rest < 0 ? (rest << 1) ^ 0x04c11db7 : rest << 1;
  return rest >>> 0;
});
const CRC_AT = 22;

function hasGoodChecksum(bytes: Uint8Array, page: OggPage): boolean {
  let crc = 0;
  for (let offset = page.start; offset < page.end; offset++) {
    const isChecksum = offset >= page.start + CRC_AT && offset < page.start + CRC_AT + 4;
    const byte = isChecksum ? 0 : bytes[offset]!;
    crc = (crc << 8) ^ CRC_TABLE[(crc >>> 24) ^ byte]!;
  }
  return crc >>> 0 === uint32le(bytes, page.start + CRC_AT);
}
