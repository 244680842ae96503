/** AAC in ADTS and in MP4 (M4A, and Apple Lossless there), by FAAD2. */
import { ChartlifeError } from '../../contracts/errors.ts';
import { type DecodedAudio, type DecodeOptions, SoundCollector } from './decoded.ts';
import { describeRest } from './endTags.ts';
import { refuseLargeSound } from './limits.ts';
import { readMp4Outline } from './mp4Outline.ts';
import type { FrameWalk } from './mpegFrames.ts';

const FRAME_SAMPLES = 1_024;

/** @throws ChartlifeError AudioTooLarge, AudioUndecodable */
export async function decodeAdts(bytes: Uint8Array, walk: FrameWalk, options: DecodeOptions): Promise<DecodedAudio> {
  // With spectral band replication a frame gives twice its samples.
  refuseLargeSound({ ...walk.first, numSamples: 2 * walk.numSamples }, options.limits, 'the frames make up to');
  const sound = new SoundCollector('aac', options);
  const decoded = await runDecoder(bytes.subarray(walk.firstFrameAt, walk.end));
  const { sampleRate, channelData } = decoded;
  const frameSamples = FRAME_SAMPLES * Math.max(1, Math.round(sampleRate / walk.first.sampleRateHz));
  // FAAD2 gives nothing for the first frame; silence keeps the stream's time.
  sound.add({ channelData: channelData.map(() => new Float32Array(frameSamples)), sampleRate });
  sound.add(decoded);
  tellLostFrames(sound, decoded.numFramesLost, frameSamples);
  if (walk.numBytesSkipped > 0) sound.lose(`${walk.numBytesSkipped} bytes between frames are no frames`, null);
  const rest = walk.isCutShort ? null : describeRest(bytes, walk.end);
  if (walk.isCutShort) sound.lose('the last frame is cut short', sound.numSamples / sampleRate, frameSamples);
  if (rest !== null) sound.lose(rest, sound.numSamples / sampleRate);
  return sound.finish();
}

/** @throws ChartlifeError AudioTooLarge, AudioUndecodable */
export async function decodeM4a(bytes: Uint8Array, options: DecodeOptions): Promise<DecodedAudio> {
  const outline = readMp4Outline(bytes);
  // Of the largest track, whichever that is: more than any song has.
  const declared = { sampleRateHz: 48_000, numChannels: 2, numSamples: outline.numFrames * FRAME_SAMPLES };
  refuseLargeSound(declared, options.limits, 'the sample tables declare up to');
  const sound = new SoundCollector('m4a', options);
  const decoded = await runDecoder(bytes);
  sound.add(decoded);
  tellLostFrames(sound, decoded.numFramesLost, FRAME_SAMPLES);
  if (outline.numBytesMissing > 0) {
    const share = outline.numBytesMissing / (bytes.length + outline.numBytesMissing);
    const numMissing = Math.round(share * outline.numFrames) * FRAME_SAMPLES;
    const atSeconds = sound.numSamples / decoded.sampleRate;
    sound.lose(`the file ends ${outline.numBytesMissing} bytes early`, atSeconds, numMissing);
  }
  return sound.finish();
}

interface DecodedAac {
  readonly channelData: Float32Array[];
  readonly sampleRate: number;
  readonly numFramesLost: number;
}

/** Loaded when it is needed: the one decoder under the GPL, and who may not have it can do without. */
async function runDecoder(bytes: Uint8Array): Promise<DecodedAac> {
  const { default: decode } = await loadDecoder();
  try {
    const { channelData, sampleRate, ...rest } = await decode(bytes);
    // Not in the package's types. The first frame, which FAAD2 withholds, is counted among the failed.
    const numFailed = 'errors' in rest && typeof rest.errors === 'number' ? rest.errors : 0;
    return { channelData, sampleRate, numFramesLost: Math.max(0, numFailed - 1) };
  } catch (error) {
    throw new ChartlifeError('AudioUndecodable', `the AAC data can't be decoded: ${messageOf(error)}`, {
      next: 'Get the file again, or convert it with ffmpeg.',
      cause: error,
    });
  }
}

async function loadDecoder() {
  try {
    return await import('@audio/decode-aac');
  } catch (error) {
    throw new ChartlifeError('SetupMissing', `AAC can't be decoded without @audio/decode-aac: ${messageOf(error)}`, {
      next: 'Run `npm ci`, or convert the file to another format.',
      cause: error,
    });
  }
}

function tellLostFrames(sound: SoundCollector, numFramesLost: number, frameSamples: number): void {
  if (numFramesLost === 0) return;
  sound.lose(`${numFramesLost} frames can't be decoded`, null, numFramesLost * frameSamples);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
