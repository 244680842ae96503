/** Ogg pages: found by their mark, believed by their checksum, and written again under another number. */
import { byteAt, hasAscii, uint32le, uint64le } from './bytes.ts';

const HEADER_BYTES = 27;
const FLAG = { continuesPacket: 1, beginsStream: 2, endsStream: 4 } as const;
const SEQUENCE_AT = 18;
const MOST_SEGMENTS = 255;
/** A shorter segment ends its packet. */
const FULL_SEGMENT_BYTES = 255;
/** Granules are signed: -1 stands for none, and no stream gets to 2^63. */
const FIRST_NEGATIVE = 2 ** 63;

export interface OggPage {
  readonly start: number;
  readonly end: number;
  readonly payloadAt: number;
  /** Its first segment belongs to a packet that began on a page before. */
  readonly continuesPacket: boolean;
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
    continuesPacket: (flags & FLAG.continuesPacket) !== 0,
    serial: uint32le(bytes, start + 14),
    sequence: uint32le(bytes, start + SEQUENCE_AT),
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
  return checksumOf(bytes, page.start, page.end) === uint32le(bytes, page.start + CRC_AT);
}

function checksumOf(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let offset = start; offset < end; offset++) {
    const isChecksum = offset >= start + CRC_AT && offset < start + CRC_AT + 4;
    const byte = isChecksum ? 0 : bytes[offset]!;
    crc = (crc << 8) ^ CRC_TABLE[(crc >>> 24) ^ byte]!;
  }
  return crc >>> 0;
}

/** A stretch of a page that belongs to one packet. */
export interface OggPart {
  readonly bytes: Uint8Array;
  readonly beginsPacket: boolean;
  readonly endsPacket: boolean;
}

export function* partsOf(bytes: Uint8Array, page: OggPage): Generator<OggPart> {
  let beginsPacket = !page.continuesPacket;
  let start = page.payloadAt;
  let end = start;
  for (let segmentAt = page.start + HEADER_BYTES; segmentAt < page.payloadAt; segmentAt++) {
    end += byteAt(bytes, segmentAt);
    const endsPacket = byteAt(bytes, segmentAt) < FULL_SEGMENT_BYTES;
    if (!endsPacket && segmentAt < page.payloadAt - 1) continue;
    yield { bytes: bytes.subarray(start, end), beginsPacket, endsPacket };
    beginsPacket = true;
    start = end;
  }
}

/** The same page, at another place in its stream. */
export function renumberedPage(bytes: Uint8Array, page: OggPage, sequence: number): Uint8Array {
  return sealed(bytes.slice(page.start, page.end), sequence);
}

/** Pages that hold one packet, its first byte on the first of them. */
export function pagesOfPacket(packet: Uint8Array, serial: number, firstSequence: number, flags = 0): Uint8Array[] {
  const pages: Uint8Array[] = [];
  // A packet of whole segments ends with an empty one.
  const numSegments = Math.floor(packet.length / FULL_SEGMENT_BYTES) + 1;
  for (let segment = 0; segment < numSegments; segment += MOST_SEGMENTS) {
    const onPage = Math.min(MOST_SEGMENTS, numSegments - segment);
    const payload = packet.subarray(segment * FULL_SEGMENT_BYTES, (segment + onPage) * FULL_SEGMENT_BYTES);
    const page = new Uint8Array(HEADER_BYTES + onPage + payload.length);
    page.set(new TextEncoder().encode('OggS'));
    page[5] = segment === 0 ? flags : FLAG.continuesPacket;
    new DataView(page.buffer).setUint32(14, serial, true);
    page[26] = onPage;
    page.fill(FULL_SEGMENT_BYTES, HEADER_BYTES, HEADER_BYTES + onPage);
    if (segment + onPage === numSegments) page[HEADER_BYTES + onPage - 1] = packet.length % FULL_SEGMENT_BYTES;
    page.set(payload, HEADER_BYTES + onPage);
    pages.push(sealed(page, firstSequence + pages.length));
  }
  return pages;
}

/** The pages of a packet that begins a stream. */
export function firstPageOf(packet: Uint8Array, serial: number): Uint8Array[] {
  return pagesOfPacket(packet, serial, 0, FLAG.beginsStream);
}

function sealed(page: Uint8Array, sequence: number): Uint8Array {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  view.setUint32(SEQUENCE_AT, sequence, true);
  view.setUint32(CRC_AT, checksumOf(page, 0, page.length), true);
  return page;
}
