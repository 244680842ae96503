/** Native FLAC. Only the stream's description and its frames go to the decoder: no pictures, no tags. */
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { ChartlifeError } from '../../contracts/errors.ts';
import { byteAt, uint32be } from './bytes.ts';
import { type DecodedAudio, type DecodeOptions, SoundCollector } from './decoded.ts';
import { refuseLargeSound } from './limits.ts';

/** A few bytes of FLAC can hold 65,535 samples of silence in each channel, so little goes in at a time. */
const PIECE_BYTES = 8_192;
const STREAMINFO_BYTES = 34;
const IS_LAST_BLOCK = 0x80;

/** @throws ChartlifeError AudioTooLarge, AudioUndecodable */
export async function decodeFlac(bytes: Uint8Array, start: number, options: DecodeOptions): Promise<DecodedAudio> {
  const { streamInfoAt, framesAt } = readBlocks(bytes, start);
  const size = readStreamInfo(bytes, streamInfoAt);
  refuseLargeSound(size, options.limits, 'the header declares');
  const sound = new SoundCollector('flac', options, size.numSamples);
  const decoder = new FLACDecoder();
  await decoder.ready;
  try {
    sound.add(await decoder.decode(leanHeader(bytes, streamInfoAt)));
    for (let offset = framesAt; offset < bytes.length; offset += PIECE_BYTES) {
      sound.add(await decoder.decode(bytes.subarray(offset, offset + PIECE_BYTES)));
    }
    sound.add(await decoder.flush());
  } finally {
    decoder.free();
  }
  const numMissing = size.numSamples - sound.numSamples;
  if (numMissing > 0) {
    sound.lose(`${numMissing} of ${size.numSamples} samples are missing`, null, numMissing);
  }
  return sound.finish();
}

/** `fLaC` and STREAMINFO as the last metadata block. */
function leanHeader(bytes: Uint8Array, streamInfoAt: number): Uint8Array {
  const header = new Uint8Array(8 + STREAMINFO_BYTES);
  header.set(new TextEncoder().encode('fLaC'));
  header.set([IS_LAST_BLOCK, 0, 0, STREAMINFO_BYTES], 4);
  header.set(bytes.subarray(streamInfoAt, streamInfoAt + STREAMINFO_BYTES), 8);
  return header;
}

function readBlocks(bytes: Uint8Array, start: number): { streamInfoAt: number; framesAt: number } {
  let streamInfoAt: number | null = null;
  for (let offset = start + 4; offset + 4 <= bytes.length; ) {
    const header = uint32be(bytes, offset);
    const kind = (header >>> 24) & 0x7f;
    const isLast = (byteAt(bytes, offset) & IS_LAST_BLOCK) !== 0;
    if (kind === 0 && offset + 4 + STREAMINFO_BYTES <= bytes.length) streamInfoAt = offset + 4;
    offset += 4 + (header & 0xff_ffff);
    if (isLast && streamInfoAt !== null) return { streamInfoAt, framesAt: offset };
  }
  throw new ChartlifeError('AudioUndecodable', 'a FLAC file that ends within its header', {
    next: 'Get the file again.',
    details: { numBytes: bytes.length },
  });
}

/** Zero samples mean that the encoder did not know. */
function readStreamInfo(bytes: Uint8Array, offset: number) {
  const packed = uint32be(bytes, offset + 10);
  const numSamples = (packed & 15) * 2 ** 32 + uint32be(bytes, offset + 14);
  return { sampleRateHz: packed >>> 12, numChannels: ((packed >>> 9) & 7) + 1, numSamples };
}
