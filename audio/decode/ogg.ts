/**
 * Ogg with Vorbis, Opus or FLAC. Of the streams side by side the first with sound is taken; links one after another
 * are joined. Pages that fail their checksum are left out, and silence stands for them.
 */
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis';
import { OggOpusDecoder } from 'ogg-opus-decoder';
import { ChartlifeError } from '../../contracts/errors.ts';
import { byteAt, hasAscii, int16le, uint16le, uint32be, uint32le } from './bytes.ts';
import { addConverted } from './convert.ts';
import {
  type AudioFormat,
  type DecodedAudio,
  type DecodedPiece,
  type DecodeOptions,
  SoundCollector,
} from './decoded.ts';
import { rescaleFlac } from './flacScale.ts';
import { type AudioLimits, refuseLargeSound } from './limits.ts';
import { leanHeaders } from './oggHeaders.ts';
import { type OggPage, readOggPages, renumberedPage } from './oggPages.ts';

/** A few bytes can hold seconds of silence, so little goes in at a time. */
const PIECE_BYTES = 8_192;
const OPUS_RATE_HZ = 48_000;

interface OggCodec {
  readonly format: AudioFormat;
  readonly sampleRateHz: number;
  readonly numChannels: number;
  /** Samples at the stream's start that are not to be heard. */
  readonly preSkip: number;
  /** What every sample is to be multiplied with. */
  readonly gain: number;
}

/** One link of the chosen stream: its header pages and its runs of pages without a hole. */
interface Link {
  readonly codec: OggCodec;
  readonly headers: OggPage[];
  readonly runs: OggPage[][];
  hasEnd: boolean;
}

/** @throws ChartlifeError AudioTooLarge, AudioUndecodable */
export async function decodeOgg(bytes: Uint8Array, options: DecodeOptions): Promise<DecodedAudio> {
  const { pages, numDamaged, numBytesSkipped } = readOggPages(bytes);
  const links = chooseLinks(bytes, pages);
  const [first] = links;
  if (first === undefined) {
    throw new ChartlifeError('AudioUndecodable', 'an Ogg file without Vorbis, Opus or FLAC that can be read', {
      next: 'Get the file again, or convert it with ffmpeg.',
      details: { numPages: pages.length, numDamaged },
    });
  }
  const sound = new SoundCollector(first.codec.format, options);
  if (numDamaged > 0) sound.lose(`${numDamaged} pages fail their checksum and were left out`, null);
  if (numBytesSkipped > 0) sound.lose(`${numBytesSkipped} bytes are no whole page`, null);
  for (const link of links) {
    const { sampleRateHz, numChannels } = link.codec;
    const isAlike = sampleRateHz === first.codec.sampleRateHz && numChannels === first.codec.numChannels;
    if (isAlike) await decodeLink(bytes, link, sound, options.limits);
    else await decodeOtherLink(bytes, link, sound, first.codec, options.limits);
  }
  return sound.finish();
}

/** A link of another rate or number of channels, made like the first. */
async function decodeOtherLink(
  bytes: Uint8Array,
  link: Link,
  sound: SoundCollector,
  like: OggCodec,
  limits: AudioLimits,
): Promise<void> {
  const own = new SoundCollector(link.codec.format, { limits, keep: 'all' });
  await decodeLink(bytes, link, own, limits);
  const startSeconds = sound.numSamples / like.sampleRateHz;
  if (own.numSamples === 0) sound.lose('a link without sound that can be decoded', startSeconds);
  else addConverted(sound, own.finish(), like, limits);
}

function chooseLinks(bytes: Uint8Array, pages: readonly OggPage[]): Link[] {
  const links: Link[] = [];
  let open: { readonly serial: number; readonly link: Link; next: number } | null = null;
  for (const page of pages) {
    if (page.beginsStream) {
      // While one stream of sound is open, others beside it are left out.
      const codec = open === null || open.link.hasEnd ? readCodec(bytes, page.payloadAt) : null;
      if (codec === null) continue;
      const link: Link = { codec, headers: [page], runs: [], hasEnd: false };
      open = { serial: page.serial, link, next: page.sequence + 1 };
      links.push(link);
    } else if (open !== null && page.serial === open.serial && !open.link.hasEnd) {
      addPage(open.link, page, page.sequence !== open.next);
      open.next = page.sequence + 1;
      open.link.hasEnd = page.endsStream;
    }
  }
  return links;
}

/** Header pages come first and have a granule of 0, or none where a header goes on over several pages. */
function addPage(link: Link, page: OggPage, isAfterHole: boolean): void {
  const isHeader = link.runs.length === 0 && (page.granule === 0 || page.granule === null) && !page.endsStream;
  if (isHeader) link.headers.push(page);
  else if (link.runs.length === 0 || isAfterHole) link.runs.push([page]);
  else link.runs.at(-1)?.push(page);
}

async function decodeLink(bytes: Uint8Array, link: Link, sound: SoundCollector, limits: AudioLimits): Promise<void> {
  const { codec } = link;
  const before = sound.numSamples;
  const [firstRun = []] = link.runs;
  const headers = leanHeaders(bytes, [...link.headers, ...firstRun], codec.format);
  let firstStart = 0;
  for (const [index, pages] of link.runs.entries()) {
    // Headers end where they say; granules tell it only where they are damaged.
    const run = index === 0 ? (headers.rest ?? pages) : pages;
    const endGranule = run.findLast((page) => page.granule !== null)?.granule ?? null;
    const piece = await decodeRun(bytes, headers.pages, run, codec, limits);
    if (endGranule === null) {
      for (const part of piece) sound.add(part);
      continue;
    }
    const length = piece.reduce((sum, { channelData }) => sum + (channelData[0]?.length ?? 0), 0);
    // A stream that was cut from a longer one begins late on its clock; that is no loss.
    const start = endGranule - codec.preSkip - length;
    if (index === 0) firstStart = start;
    const missing = start - firstStart - (sound.numSamples - before);
    if (index > 0 && missing > 0) {
      refuseLargeSound({ ...codec, numSamples: missing }, limits, 'a hole is');
      sound.lose('a hole; silence stands for it', sound.numSamples / codec.sampleRateHz, missing);
      sound.addSilence(missing);
    }
    for (const part of piece) sound.add(part);
  }
  if (!link.hasEnd) sound.lose('the stream ends without its end mark', sound.numSamples / codec.sampleRateHz);
}

/** A decoder of its own for each run: what it knew before the hole would not help. */
async function decodeRun(
  bytes: Uint8Array,
  headers: readonly Uint8Array[],
  pages: readonly OggPage[],
  codec: OggCodec,
  limits: AudioLimits,
): Promise<DecodedPiece[]> {
  const { decoder, decode, flush } = createDecoder(codec);
  await decoder.ready;
  const pieces: DecodedPiece[] = [];
  let numSamples = 0;
  const keep = (piece: DecodedPiece): void => {
    pieces.push(piece);
    numSamples += piece.channelData[0]?.length ?? 0;
    refuseLargeSound({ ...codec, numSamples }, limits, 'decodes to');
  };
  try {
    for (const stretch of stretches(bytes, headers, pages)) keep(await decode(stretch));
    keep(await flush());
  } finally {
    decoder.free();
  }
  return pieces;
}

/** One to whom a stretch of pages can be given at a time, and what makes its samples those of the file. */
function createDecoder({ format, gain }: OggCodec) {
  if (format === 'ogg-flac') {
    const decoder = new FLACDecoder();
    return {
      decoder,
      decode: async (stretch: Uint8Array) => rescaleFlac(await decoder.decode(stretch)),
      flush: async () => rescaleFlac(await decoder.flush()),
    };
  }
  const decoder = format === 'ogg-vorbis' ? new OggVorbisDecoder() : new OggOpusDecoder();
  return {
    decoder,
    decode: async (stretch: Uint8Array) => amplified(await decoder.decode(stretch), gain),
    flush: async () => amplified(await decoder.flush(), gain),
  };
}

/** In place. */
function amplified(piece: DecodedPiece, gain: number): DecodedPiece {
  if (gain === 1) return piece;
  for (const samples of piece.channelData) {
    for (let index = 0; index < samples.length; index++) samples[index]! *= gain;
  }
  return piece;
}

/** Whole pages, joined up to a size that is safe to decode at once: the headers by themselves, then the sound's. */
function* stretches(
  bytes: Uint8Array,
  headers: readonly Uint8Array[],
  pages: readonly OggPage[],
): Generator<Uint8Array> {
  yield Buffer.concat(headers);
  let sequence = headers.length;
  let batch: Uint8Array[] = [];
  let numBytes = 0;
  for (const page of pages) {
    const renumbered = renumberedPage(bytes, page, sequence++);
    if (numBytes > 0 && numBytes + renumbered.length > PIECE_BYTES) {
      yield Buffer.concat(batch);
      batch = [];
      numBytes = 0;
    }
    batch.push(renumbered);
    numBytes += renumbered.length;
  }
  if (numBytes > 0) yield Buffer.concat(batch);
}

function readCodec(bytes: Uint8Array, at: number): OggCodec | null {
  if (hasAscii(bytes, at, '\x01vorbis')) {
    return {
      format: 'ogg-vorbis',
      numChannels: byteAt(bytes, at + 11),
      sampleRateHz: uint32le(bytes, at + 12),
      preSkip: 0,
      gain: 1,
    };
  }
  if (hasAscii(bytes, at, 'OpusHead')) {
    return {
      format: 'ogg-opus',
      numChannels: byteAt(bytes, at + 9),
      sampleRateHz: OPUS_RATE_HZ,
      preSkip: uint16le(bytes, at + 10),
      // RFC 7845, section 5.1: decibels in 256ths.
      gain: 10 ** (int16le(bytes, at + 16) / 256 / 20),
    };
  }
  if (hasAscii(bytes, at, '\x7fFLAC')) {
    const packed = uint32be(bytes, at + 9 + 4 + 4 + 10);
    const numChannels = ((packed >>> 9) & 7) + 1;
    return { format: 'ogg-flac', numChannels, sampleRateHz: packed >>> 12, preSkip: 0, gain: 1 };
  }
  return null;
}
