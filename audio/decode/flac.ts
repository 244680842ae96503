/** Native FLAC. Only whole frames go to the decoder, and silence stands for the others: no pictures, no tags, no damage. */
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { ChartlifeError } from '../../contracts/errors.ts';
import { byteAt, uint16be, uint32be } from './bytes.ts';
import { type DecodedAudio, type DecodeOptions, SoundCollector } from './decoded.ts';
import { describeRest } from './endTags.ts';
import { type FlacFrame, walkFlacFrames } from './flacFrames.ts';
import { rescaleFlac } from './flacScale.ts';
import { refuseLargeSound } from './limits.ts';

/** A few bytes of FLAC can hold 65,535 samples of silence in each channel, so little goes in at a time. */
const PIECE_BYTES = 8_192;
const STREAMINFO_BYTES = 34;
const IS_LAST_BLOCK = 0x80;

/** @throws ChartlifeError AudioTooLarge, AudioUndecodable */
export async function decodeFlac(bytes: Uint8Array, start: number, options: DecodeOptions): Promise<DecodedAudio> {
  const { streamInfoAt, framesAt } = readBlocks(bytes, start);
  const stream = readStreamInfo(bytes, streamInfoAt);
  refuseLargeSound(stream, options.limits, 'the header declares');
  const frames = walkFlacFrames(bytes, framesAt, stream.blockSamples);
  const sound = new SoundCollector('flac', options, stream.numSamples);
  let end = framesAt;
  let position = 0;
  let numDecoded = 0;
  for (const run of runsOf(frames)) {
    const first = run[0]!;
    if (first.start > end) {
      // A position past the declared end is of another stream, joined to this one.
      const isOfStream = stream.numSamples === 0 || first.position < stream.numSamples;
      const numMissing = isOfStream ? Math.max(0, first.position - position) : 0;
      refuseLargeSound({ ...stream, numSamples: numMissing }, options.limits, 'a hole is');
      const what = `${first.start - end} bytes are no whole frame; silence stands for them`;
      sound.lose(what, sound.numSamples / stream.sampleRateHz, numMissing);
      silence(sound, numMissing, stream);
    }
    numDecoded += await decodeRun(bytes, run, sound, stream);
    const last = run.at(-1)!;
    end = last.end;
    position = last.position + last.numSamples;
  }
  tellWhatIsMissing(sound, stream, describeRest(bytes, end));
  // Silence alone is no answer: it stands for what could not be decoded.
  return numDecoded > 0 ? sound.finish() : new SoundCollector('flac', options).finish();
}

/** Frames without anything between them. */
function* runsOf(frames: readonly FlacFrame[]): Generator<FlacFrame[]> {
  let run: FlacFrame[] = [];
  for (const frame of frames) {
    if (run.length > 0 && run.at(-1)!.end !== frame.start) {
      yield run;
      run = [];
    }
    run.push(frame);
  }
  if (run.length > 0) yield run;
}

/** By a decoder of its own: one that has seen a hole tells of damage that is none. Gives how many samples it gave. */
async function decodeRun(
  bytes: Uint8Array,
  run: readonly FlacFrame[],
  sound: SoundCollector,
  stream: FlacStream,
): Promise<number> {
  let numDecoded = 0;
  let decoder = new FLACDecoder();
  await decoder.ready;
  try {
    for (const frames of piecesOf(run)) {
      const piece = await decoder.decodeFrames(frames.map(({ start, end }) => bytes.subarray(start, end)));
      const numSamples = frames.reduce((sum, frame) => sum + frame.numSamples, 0);
      sound.add({ channelData: rescaleFlac(piece).channelData, sampleRate: piece.sampleRate });
      const numGiven = piece.channelData[0]?.length ?? 0;
      const numMissing = numSamples - numGiven;
      numDecoded += numGiven;
      if (numMissing <= 0 && piece.errors.length === 0) continue;
      const why = piece.errors[0]?.message ?? `${numMissing} samples can't be decoded`;
      sound.lose(why, sound.numSamples / stream.sampleRateHz, Math.max(0, numMissing));
      silence(sound, numMissing, stream);
      decoder.free();
      decoder = new FLACDecoder();
      await decoder.ready;
    }
  } finally {
    decoder.free();
  }
  return numDecoded;
}

function* piecesOf(run: readonly FlacFrame[]): Generator<FlacFrame[]> {
  let piece: FlacFrame[] = [];
  for (const frame of run) {
    if (piece.length > 0 && frame.end - piece[0]!.start > PIECE_BYTES) {
      yield piece;
      piece = [];
    }
    piece.push(frame);
  }
  if (piece.length > 0) yield piece;
}

/** Before the first sound too, where the collector does not know the stream yet. */
function silence(sound: SoundCollector, numSamples: number, { numChannels, sampleRateHz }: FlacStream): void {
  if (numSamples <= 0) return;
  if (sound.numSamples > 0) sound.addSilence(numSamples);
  else {
    const samples = new Float32Array(numSamples);
    sound.add({ channelData: Array.from({ length: numChannels }, () => samples), sampleRate: sampleRateHz });
  }
}

function tellWhatIsMissing(sound: SoundCollector, stream: FlacStream, rest: string | null): void {
  const numMissing = stream.numSamples - sound.numSamples;
  const atSeconds = sound.numSamples / stream.sampleRateHz;
  if (numMissing > 0) sound.lose(`${numMissing} of ${stream.numSamples} samples are missing`, atSeconds, numMissing);
  else if (rest !== null) sound.lose(rest, atSeconds);
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

interface FlacStream {
  readonly sampleRateHz: number;
  readonly numChannels: number;
  /** 0 where the encoder did not know. */
  readonly numSamples: number;
  /** The most that a frame holds: all but the last, where their headers count frames. */
  readonly blockSamples: number;
}

function readStreamInfo(bytes: Uint8Array, offset: number): FlacStream {
  const packed = uint32be(bytes, offset + 10);
  const numSamples = (packed & 15) * 2 ** 32 + uint32be(bytes, offset + 14);
  const blockSamples = uint16be(bytes, offset + 2);
  return { sampleRateHz: packed >>> 12, numChannels: ((packed >>> 9) & 7) + 1, numSamples, blockSamples };
}
