/**
 * The frames of native FLAC, each believed by its two checksums (RFC 9639, section 9), so that damage is cut out before a
 * decoder sees it: libFLAC's state does not survive it.
 */
import { byteAt } from './bytes.ts';
import { endBeforeTags } from './endTags.ts';

export interface FlacFrame {
  readonly start: number;
  readonly end: number;
  /** Of its first sample in the stream, as its header says. */
  readonly position: number;
  /** Per channel. */
  readonly numSamples: number;
}

interface FlacFrameHeader {
  readonly numBytes: number;
  readonly numChannels: number;
  readonly numSamples: number;
  /** Of the frame where all have one length, else of its first sample. */
  readonly number: number;
  readonly hasFrameNumber: boolean;
}

/** A sample takes 33 bits at most, where an encoder gives up on it. */
const MOST_BYTES_PER_SAMPLE = 5;
/** Of a subframe's header with its warm-up samples, coefficients and wasted bits. */
const MOST_SUBFRAME_BYTES = 256;
const CHECKSUM_BYTES = 2;
/** Every damaged frame is looked through to where it must have ended; this times the file is enough for any real one. */
const MOST_PASSES = 16;

/** @param blockSamples of every frame but the last, where their headers count frames; 0 if the stream does not say */
export function walkFlacFrames(bytes: Uint8Array, start: number, blockSamples: number): FlacFrame[] {
  const endOfSound = endBeforeTags(bytes, start);
  const frames: FlacFrame[] = [];
  let fixedSamples = blockSamples;
  let numBytesToScan = MOST_PASSES * (bytes.length - start);
  for (let offset = start; offset < endOfSound; ) {
    const header = readFlacHeader(bytes, offset);
    if (header !== null && numBytesToScan > 0) {
      const { end, numScanned } = findEnd(bytes, offset, header, endOfSound);
      numBytesToScan -= numScanned;
      if (end !== null) {
        if (fixedSamples === 0) fixedSamples = header.numSamples;
        const position = header.number * (header.hasFrameNumber ? fixedSamples : 1);
        frames.push({ start: offset, end, position, numSamples: header.numSamples });
        offset = end;
        continue;
      }
    }
    offset = findSync(bytes, offset + 1, endOfSound);
  }
  return frames;
}

/** The first place where the frame's checksum comes out even and another frame, or nothing, follows. */
function findEnd(bytes: Uint8Array, start: number, header: FlacFrameHeader, endOfSound: number) {
  const { numChannels, numSamples } = header;
  const mostBytes = header.numBytes + numChannels * (MOST_SUBFRAME_BYTES + numSamples * MOST_BYTES_PER_SAMPLE);
  const limit = Math.min(bytes.length, start + mostBytes + CHECKSUM_BYTES);
  const least = start + header.numBytes + CHECKSUM_BYTES;
  let crc = 0;
  for (let at = start; at < limit; ) {
    crc = ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ bytes[at]!]!;
    at++;
    if (crc !== 0 || at < least) continue;
    if (at >= endOfSound) return { end: withZeroChecksum(bytes, at), numScanned: at - start };
    if (isSync(bytes, at)) return { end: at, numScanned: at - start };
  }
  return { end: null, numScanned: limit - start };
}

/** A checksum that ends in zeros comes out even before them; at the file's end they can only be its own. */
function withZeroChecksum(bytes: Uint8Array, end: number): number {
  const numLeft = bytes.length - end;
  return numLeft <= CHECKSUM_BYTES && bytes.subarray(end).every((byte) => byte === 0) ? bytes.length : end;
}

function isSync(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xff && (byteAt(bytes, at + 1) & 0xfe) === 0xf8;
}

function findSync(bytes: Uint8Array, start: number, end: number): number {
  for (let offset = start; offset < end; offset++) if (isSync(bytes, offset)) return offset;
  return end;
}

/** null if there is none, or one that fails its checksum. */
function readFlacHeader(bytes: Uint8Array, start: number): FlacFrameHeader | null {
  if (!isSync(bytes, start)) return null;
  const sizeCode = byteAt(bytes, start + 2) >> 4;
  const rateCode = byteAt(bytes, start + 2) & 15;
  const channelCode = byteAt(bytes, start + 3) >> 4;
  const depthCode = (byteAt(bytes, start + 3) >> 1) & 7;
  const isReserved = (byteAt(bytes, start + 3) & 1) !== 0;
  if (sizeCode === 0 || rateCode === 15 || channelCode > 10 || depthCode === 3 || isReserved) return null;
  const coded = readCodedNumber(bytes, start + 4);
  if (coded === null) return null;
  const sizeAt = start + 4 + coded.numBytes;
  const sizeBytes = sizeCode === 6 ? 1 : sizeCode === 7 ? 2 : 0;
  const rateBytes = rateCode === 12 ? 1 : rateCode === 13 || rateCode === 14 ? 2 : 0;
  const checksumAt = sizeAt + sizeBytes + rateBytes;
  if (checksumAt >= bytes.length || crc8(bytes, start, checksumAt) !== bytes[checksumAt]) return null;
  return {
    numBytes: checksumAt + 1 - start,
    // 8 to 10 are two channels coded by their difference.
    numChannels: channelCode < 8 ? channelCode + 1 : 2,
    numSamples: blockSamplesOf(bytes, sizeCode, sizeAt),
    number: coded.value,
    hasFrameNumber: (byteAt(bytes, start + 1) & 1) === 0,
  };
}

function blockSamplesOf(bytes: Uint8Array, code: number, at: number): number {
  if (code === 6) return byteAt(bytes, at) + 1;
  if (code === 7) return byteAt(bytes, at) * 256 + byteAt(bytes, at + 1) + 1;
  if (code === 1) return 192;
  return code < 6 ? 576 * 2 ** (code - 2) : 256 * 2 ** (code - 8);
}

/** As UTF-8 codes characters, but up to 36 bits. */
function readCodedNumber(bytes: Uint8Array, start: number): { value: number; numBytes: number } | null {
  const first = byteAt(bytes, start);
  if (first < 0x80) return { value: first, numBytes: 1 };
  const numBytes = Math.clz32(~(first << 24));
  if (numBytes < 2 || numBytes > 7) return null;
  let value = first & (0x7f >> numBytes);
  for (let at = start + 1; at < start + numBytes; at++) {
    if ((byteAt(bytes, at) & 0xc0) !== 0x80) return null;
    value = value * 64 + (byteAt(bytes, at) & 0x3f);
  }
  return { value, numBytes };
}

/** CRC-16 as FLAC has it: polynomial 0x8005, most significant bit first, from 0; over a whole frame it is 0. */
const CRC16 = Uint16Array.from({ length: 256 }, (_, index) => crcOfByte(index << 8, 0x8000, 0x8005));
/** CRC-8: polynomial 0x07, likewise. */
const CRC8 = Uint8Array.from({ length: 256 }, (_, index) => crcOfByte(index, 0x80, 0x07));

function crcOfByte(start: number, highBit: number, polynomial: number): number {
  let rest = start;
  for (let bit = 0; bit < 8; bit++) rest = (rest & highBit) === 0 ? rest << 1 : (rest << 1) ^ polynomial;
  return rest;
}

function crc8(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let at = start; at < end; at++) crc = CRC8[crc ^ bytes[at]!]!;
  return crc;
}
