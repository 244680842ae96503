/** Frame headers of MPEG audio (layers I to III) and of AAC in ADTS, and walks along them. */
import { byteAt } from './bytes.ts';

export interface FrameHeader {
  readonly sampleRateHz: number;
  readonly numChannels: number;
  /** Per channel, that the frame decodes to. */
  readonly numSamples: number;
  readonly numBytes: number;
}

export type ReadFrameHeader = (bytes: Uint8Array, offset: number) => FrameHeader | null;

/** kbit/s by index, for MPEG 1 layers I, II, III and MPEG 2 layers I, II and III. */
const BITRATES = {
  v1l1: [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  v1l2: [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  v1l3: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  v2l1: [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  v2l23: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const MPEG1_RATES_HZ = [44_100, 48_000, 32_000] as const;
const ADTS_RATES_HZ = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
] as const;
/** Frames in a row that make chance unlikely. */
const FRAMES_TO_BELIEVE = 3;

/** A header of MPEG audio; null if there is none. Free format, which nobody uses, counts as none. */
export const readMpegHeader: ReadFrameHeader = (bytes, offset) => {
  if (byteAt(bytes, offset) !== 0xff || (byteAt(bytes, offset + 1) & 0xe0) !== 0xe0) return null;
  const version = (byteAt(bytes, offset + 1) >> 3) & 3;
  const layer = 4 - ((byteAt(bytes, offset + 1) >> 1) & 3);
  const baseRateHz = MPEG1_RATES_HZ[(byteAt(bytes, offset + 2) >> 2) & 3];
  if (version === 1 || layer === 4 || baseRateHz === undefined) return null;
  const isMpeg1 = version === 3;
  const table = isMpeg1
    ? [BITRATES.v1l1, BITRATES.v1l2, BITRATES.v1l3][layer - 1]
    : layer === 1
      ? BITRATES.v2l1
      : BITRATES.v2l23;
  const bitrate = 1000 * (table?.[byteAt(bytes, offset + 2) >> 4] ?? 0);
  if (bitrate === 0) return null;
  const sampleRateHz = isMpeg1 ? baseRateHz : baseRateHz / (version === 2 ? 2 : 4);
  const numSamples = layer === 1 ? 384 : layer === 3 && !isMpeg1 ? 576 : 1152;
  const hasPadding = (byteAt(bytes, offset + 2) & 2) !== 0;
  const slotBytes = layer === 1 ? 4 : 1;
  const numSlots = Math.floor((numSamples / 8 / slotBytes) * (bitrate / sampleRateHz)) + (hasPadding ? 1 : 0);
  const numChannels = byteAt(bytes, offset + 3) >> 6 === 3 ? 1 : 2;
  return { sampleRateHz, numChannels, numSamples, numBytes: numSlots * slotBytes };
};

/** A header of an ADTS frame; null if there is none. With spectral band replication the decoder doubles the rate. */
export const readAdtsHeader: ReadFrameHeader = (bytes, offset) => {
  if (byteAt(bytes, offset) !== 0xff || (byteAt(bytes, offset + 1) & 0xf6) !== 0xf0) return null;
  const sampleRateHz = ADTS_RATES_HZ[(byteAt(bytes, offset + 2) >> 2) & 15];
  const numBytes =
    ((byteAt(bytes, offset + 3) & 3) << 11) | (byteAt(bytes, offset + 4) << 3) | (byteAt(bytes, offset + 5) >> 5);
  if (sampleRateHz === undefined || numBytes < 8) return null;
  const channelSetting = ((byteAt(bytes, offset + 2) & 1) << 2) | (byteAt(bytes, offset + 3) >> 6);
  const numBlocks = (byteAt(bytes, offset + 6) & 3) + 1;
  const numChannels = channelSetting === 7 ? 8 : Math.max(1, channelSetting);
  return { sampleRateHz, numChannels, numSamples: 1024 * numBlocks, numBytes };
};

export interface FrameWalk {
  readonly firstFrameAt: number;
  readonly first: FrameHeader;
  readonly numFrames: number;
  /** Per channel, over all whole frames. */
  readonly numSamples: number;
  /** Between frames, where something else stands. */
  readonly numBytesSkipped: number;
  /** The last frame reaches past the end of the file. */
  readonly isCutShort: boolean;
  /** Of the last whole frame. */
  readonly end: number;
}

/**
 * Where the frames are, from `start` on.
 *
 * @param searchBytes how far the first frame may be
 * @returns null if there are no frames
 */
export function walkFrames(
  bytes: Uint8Array,
  start: number,
  readHeader: ReadFrameHeader,
  searchBytes: number,
): FrameWalk | null {
  const firstFrameAt = findFrames(bytes, start, readHeader, Math.min(bytes.length, start + searchBytes));
  const first = firstFrameAt === null ? null : readHeader(bytes, firstFrameAt);
  if (firstFrameAt === null || first === null) return null;
  let numFrames = 0;
  let numSamples = 0;
  let numBytesSkipped = 0;
  let offset = firstFrameAt;
  while (offset < bytes.length) {
    const header = readHeader(bytes, offset);
    if (header !== null && offset + header.numBytes <= bytes.length) {
      numFrames++;
      numSamples += header.numSamples;
      offset += header.numBytes;
      continue;
    }
    const next = findFrames(bytes, offset + 1, readHeader, bytes.length);
    if (next === null) break;
    numBytesSkipped += next - offset;
    offset = next;
  }
  const atEnd = readHeader(bytes, offset);
  return { firstFrameAt, first, numFrames, numSamples, numBytesSkipped, isCutShort: atEnd !== null, end: offset };
}

/** The first place before `end` where a few frames follow one another, or as many as the file has room for. */
function findFrames(bytes: Uint8Array, start: number, readHeader: ReadFrameHeader, end: number): number | null {
  for (let offset = start; offset < end; offset++) {
    if (bytes[offset] === 0xff && startsFrames(bytes, offset, readHeader)) return offset;
  }
  return null;
}

function startsFrames(bytes: Uint8Array, start: number, readHeader: ReadFrameHeader): boolean {
  let offset = start;
  let rateHz = 0;
  for (let frame = 0; frame < FRAMES_TO_BELIEVE; frame++) {
    const header = readHeader(bytes, offset);
    if (header === null || (frame > 0 && header.sampleRateHz !== rateHz)) return false;
    rateHz = header.sampleRateHz;
    offset += header.numBytes;
    // The last frames of a file, or a file that is cut within its first frames.
    if (offset >= bytes.length) return offset === bytes.length || frame > 0;
  }
  return true;
}
