/** MPEG audio by mpg123, which trims what the encoder added where the file says how much (gapless). */
import { MPEGDecoder } from 'mpg123-decoder';
import { hasAscii, uint32be } from './bytes.ts';
import { type DecodedAudio, type DecodeOptions, SoundCollector } from './decoded.ts';
import { describeRest } from './endTags.ts';
import { refuseLargeSound } from './limits.ts';
import type { FrameHeader, FrameWalk } from './mpegFrames.ts';

/** A second or so: what it decodes to stays in the processor's cache until it is mixed. */
const PIECE_BYTES = 8_192;
const HAS_FRAME_COUNT = 1;
/** The frame with the tag, the encoder's delay and its padding at the end. */
const MOST_FRAMES_TRIMMED = 4;

/** @throws ChartlifeError AudioTooLarge, AudioUndecodable */
export async function decodeMp3(bytes: Uint8Array, walk: FrameWalk, options: DecodeOptions): Promise<DecodedAudio> {
  const { first } = walk;
  refuseLargeSound({ ...first, numSamples: walk.numSamples }, options.limits, 'the frames make');
  const sound = new SoundCollector('mp3', options, walk.numSamples);
  const decoder = new MPEGDecoder();
  await decoder.ready;
  try {
    // No further: in tags and what else may follow mpg123 would look for frames, and find some.
    for (let offset = walk.firstFrameAt; offset < walk.end; offset += PIECE_BYTES) {
      const piece = bytes.subarray(offset, Math.min(walk.end, offset + PIECE_BYTES));
      // mpg123 gives two equal channels for one.
      sound.add(decoder.decode(piece), first.numChannels);
    }
  } finally {
    decoder.free();
  }
  tellWhatIsMissing(sound, bytes, walk);
  return sound.finish();
}

function tellWhatIsMissing(sound: SoundCollector, bytes: Uint8Array, walk: FrameWalk): void {
  const { numSamples: frameSamples, sampleRateHz } = walk.first;
  const numDeclared = declaredFrames(bytes, walk.firstFrameAt, walk.first);
  // The frame that declares how many there are is not one of them.
  const numMissing = numDeclared === null ? null : Math.max(0, numDeclared - (walk.numFrames - 1));
  // What stands in place of frames is not missing once more.
  const numReplaced = Math.min(numMissing ?? Infinity, Math.round(walk.numBytesSkipped / walk.first.numBytes));
  if (walk.numBytesSkipped > 0) {
    sound.lose(`${walk.numBytesSkipped} bytes between frames are no frames`, null, numReplaced * frameSamples);
  }
  const numFailed = walk.numFrames - Math.ceil(sound.numSamples / frameSamples);
  if (numFailed > MOST_FRAMES_TRIMMED) {
    sound.lose(`${numFailed} of ${walk.numFrames} frames gave no sound`, null, numFailed * frameSamples);
  }
  const atSeconds = sound.numSamples / sampleRateHz;
  const numAtEnd = (numMissing ?? 0) - numReplaced;
  if (numAtEnd > 0) {
    sound.lose(`${numAtEnd} of ${numDeclared} frames are missing`, atSeconds, numAtEnd * frameSamples);
  } else if (walk.isCutShort) {
    sound.lose('the last frame is cut short', atSeconds, frameSamples);
  } else {
    const rest = describeRest(bytes, walk.end);
    if (rest !== null) sound.lose(rest, atSeconds);
  }
}

/** How many frames the Xing or Info tag in the first frame says there are; null if there is no tag. */
function declaredFrames(bytes: Uint8Array, frameAt: number, header: FrameHeader): number | null {
  const isMpeg1 = header.numSamples === 1152;
  const sideInformationBytes = isMpeg1 ? (header.numChannels === 1 ? 17 : 32) : header.numChannels === 1 ? 9 : 17;
  const tagAt = frameAt + 4 + sideInformationBytes;
  if (!hasAscii(bytes, tagAt, 'Xing') && !hasAscii(bytes, tagAt, 'Info')) return null;
  return (uint32be(bytes, tagAt + 4) & HAS_FRAME_COUNT) === 0 ? null : uint32be(bytes, tagAt + 8);
}
