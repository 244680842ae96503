/**
 * A look at an MP4 file's boxes before the decoder believes them: every table must fit its box, so that a few bytes
 * can't ask for gigabytes.
 */
import { ChartlifeError } from '../../contracts/errors.ts';
import { byteAt, hasAscii, uint32be } from './bytes.ts';

export interface Mp4Outline {
  /** The most that a track's sample table names. */
  readonly numFrames: number;
  /** How far the boxes reach past the end of the file. */
  readonly numBytesMissing: number;
}

const CONTAINERS = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'edts'];
/** Bytes before the count of entries, and of one entry, in boxes with a table. */
const TABLES: Readonly<Record<string, { readonly countAt: number; readonly entryBytes: number }>> = {
  stco: { countAt: 4, entryBytes: 4 },
  co64: { countAt: 4, entryBytes: 8 },
  stsc: { countAt: 4, entryBytes: 12 },
  stts: { countAt: 4, entryBytes: 8 },
  elst: { countAt: 4, entryBytes: 12 },
};

/** @throws ChartlifeError AudioUndecodable for a table larger than its box, or without any table of samples */
export function readMp4Outline(bytes: Uint8Array): Mp4Outline {
  const found = { numFrames: 0, numBytesMissing: 0, isFragmented: false };
  visitBoxes(bytes, 0, bytes.length, found, 0);
  if (found.numFrames === 0) throw undecodable(whyWithoutFrames(found), { numBytes: bytes.length });
  return found;
}

function whyWithoutFrames({ numBytesMissing, isFragmented }: Found): string {
  if (isFragmented) return 'it is fragmented (DASH), with a table of samples in each part; such files are not read';
  if (numBytesMissing === 0) return 'no table of samples';
  return `it ends ${numBytesMissing} bytes early, before its table of samples; without it nobody knows where the sound is`;
}

interface Found {
  numFrames: number;
  numBytesMissing: number;
  isFragmented: boolean;
}

function visitBoxes(bytes: Uint8Array, start: number, end: number, found: Found, depth: number): void {
  for (let offset = start; offset + 8 <= end; ) {
    const { type, bodyAt, boxEnd } = readBox(bytes, offset, end);
    if (depth === 0) found.numBytesMissing = Math.max(found.numBytesMissing, boxEnd - bytes.length);
    if (type === 'moof') found.isFragmented = true;
    if (CONTAINERS.includes(type)) visitBoxes(bytes, bodyAt, Math.min(end, boxEnd), found, depth + 1);
    const table = TABLES[type];
    if (table !== undefined) {
      requireFit(type, uint32be(bytes, bodyAt + table.countAt), table.entryBytes, boxEnd - bodyAt - table.countAt - 4);
    }
    if (type === 'stsz') found.numFrames = Math.max(found.numFrames, readSampleCount(bytes, bodyAt, boxEnd));
    offset = boxEnd;
  }
}

function readBox(bytes: Uint8Array, offset: number, end: number) {
  const type = String.fromCharCode(...[4, 5, 6, 7].map((at) => byteAt(bytes, offset + at)));
  const size = uint32be(bytes, offset);
  const isLong = size === 1;
  const numBytes = isLong ? uint32be(bytes, offset + 8) * 2 ** 32 + uint32be(bytes, offset + 12) : size;
  const headerBytes = isLong ? 16 : 8;
  if (size !== 0 && numBytes < headerBytes) throw undecodable(`a box of ${numBytes} bytes`, { offset, type });
  return { type, bodyAt: offset + headerBytes, boxEnd: size === 0 ? end : offset + numBytes };
}

/** With one size for all samples there are no entries, so the count alone speaks; a sample has a byte at least. */
function readSampleCount(bytes: Uint8Array, bodyAt: number, boxEnd: number): number {
  const commonSize = uint32be(bytes, bodyAt + 4);
  const numSamples = uint32be(bytes, bodyAt + 8);
  if (commonSize === 0) requireFit('stsz', numSamples, 4, boxEnd - bodyAt - 12);
  else requireFit('stsz', numSamples, commonSize, bytes.length);
  return numSamples;
}

function requireFit(type: string, numEntries: number, entryBytes: number, room: number): void {
  if (numEntries * entryBytes <= room) return;
  throw undecodable(`box ${type} claims ${numEntries} entries in ${room} bytes`, { type, numEntries, room });
}

function undecodable(why: string, details: Readonly<Record<string, string | number>>): ChartlifeError {
  return new ChartlifeError('AudioUndecodable', `an MP4 file that can't be read: ${why}`, {
    next: 'Get the file again, or convert it with ffmpeg.',
    details,
  });
}

/** True for an MP4 file: `ftyp` is its first box. */
export function isMp4(bytes: Uint8Array): boolean {
  return hasAscii(bytes, 4, 'ftyp');
}
