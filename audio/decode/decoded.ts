/** What decoding gives: the sound, and what of it was lost. */
import { ChartlifeError } from '../../contracts/errors.ts';
import { type AudioLimits, refuseLargeSound } from './limits.ts';

export const AUDIO_FORMATS = ['mp3', 'aac', 'm4a', 'ogg-vorbis', 'ogg-opus', 'ogg-flac', 'flac', 'wav'] as const;
export type AudioFormat = (typeof AUDIO_FORMATS)[number];

/** One damage that the decoder or the container told of. */
export interface AudioLoss {
  readonly what: string;
  /** Where in the decoded sound; null if nobody knows. */
  readonly atSeconds: number | null;
}

export interface DecodedAudio {
  readonly format: AudioFormat;
  readonly sampleRateHz: number;
  /** Of the file. */
  readonly numChannels: number;
  /** The channels that were to be kept, all of one length; full scale is 1. */
  readonly channels: readonly Float32Array[];
  /** The first `MAX_LOSSES`; empty for a sound file. */
  readonly losses: readonly AudioLoss[];
  readonly numLosses: number;
  /**
   * Per channel: how many samples the file should have given beyond what was decoded; lower bound where the container
   * does not say. Where the place is known silence stands there, so that later sound keeps its time.
   */
  readonly numSamplesLost: number;
}

export const MAX_LOSSES = 20;

/** What all the decoders' packages give, errors included. */
export interface DecodedPiece {
  readonly channelData: readonly Float32Array[];
  readonly sampleRate: number;
  readonly errors?: readonly { readonly message: string; readonly outputSamples: number }[];
}

/** Which channels to keep: all, their `mean`, or the first (`left`). */
export type KeptChannels = 'all' | 'mean' | 'left';

/** How a file is to be decoded. */
export interface DecodeOptions {
  readonly limits: AudioLimits;
  readonly keep: KeptChannels;
}

const LEAST_CAPACITY = 65_536;
/** What a header says is believed so far: three minutes; room for more is made when more comes. */
const MOST_EXPECTED = 2 ** 23;
/** Of a buffer's samples; with more than this unused the sound is copied to a buffer of its own. */
const MOST_UNUSED_SHARE = 0.1;

/**
 * Gathers pieces of one sound, within the limits. Channels are mixed piece by piece, while the piece is in the
 * processor's cache, so that a whole stereo sound need never lie in memory.
 */
export class SoundCollector {
  readonly #format: AudioFormat;
  readonly #options: DecodeOptions;
  readonly #losses: AudioLoss[] = [];
  #buffers: Float32Array[] = [];
  #capacity: number;
  #numLosses = 0;
  #sampleRateHz = 0;
  #numChannels = 0;
  #numSamples = 0;
  #numSamplesLost = 0;

  /** @param numSamplesExpected per channel, if something is known of it */
  constructor(format: AudioFormat, options: DecodeOptions, numSamplesExpected = 0) {
    this.#format = format;
    this.#options = options;
    this.#capacity = Math.max(LEAST_CAPACITY, Math.min(MOST_EXPECTED, numSamplesExpected));
  }

  /** Per channel, so far. */
  get numSamples(): number {
    return this.#numSamples;
  }

  /**
   * @param numChannels of the file, where the decoder gives more
   * @throws ChartlifeError AudioTooLarge
   */
  add(piece: DecodedPiece, numChannels: number = piece.channelData.length): void {
    for (const error of piece.errors ?? []) this.lose(error.message, error.outputSamples / (piece.sampleRate || 1));
    const length = piece.channelData[0]?.length ?? 0;
    if (length === 0) return;
    if (this.#numSamples === 0) {
      this.#sampleRateHz = piece.sampleRate;
      this.#numChannels = numChannels;
    } else if (piece.sampleRate !== this.#sampleRateHz || numChannels !== this.#numChannels) {
      this.lose(
        `changes to ${numChannels} channels at ${piece.sampleRate} Hz; that part was left out`,
        this.#numSamples / this.#sampleRateHz,
        Math.round((length * this.#sampleRateHz) / piece.sampleRate),
      );
      return;
    }
    this.#reserve(length);
    const channels = piece.channelData.slice(0, numChannels);
    if (this.#options.keep === 'mean') addMean(this.#buffers[0]!, this.#numSamples, channels);
    else for (const [index, buffer] of this.#buffers.entries()) buffer.set(channels[index]!, this.#numSamples);
    this.#numSamples += length;
  }

  /** Silence in place of what is lost, so that what follows keeps its time. */
  addSilence(numSamples: number): void {
    if (numSamples <= 0 || this.#numChannels === 0) return;
    this.#reserve(numSamples);
    this.#numSamples += numSamples;
  }

  lose(what: string, atSeconds: number | null, numSamples = 0): void {
    this.#numLosses++;
    this.#numSamplesLost += numSamples;
    if (this.#losses.length < MAX_LOSSES) this.#losses.push({ what, atSeconds });
  }

  /** @throws ChartlifeError AudioUndecodable if there is no sound at all */
  finish(): DecodedAudio {
    if (this.#numSamples === 0) {
      throw new ChartlifeError('AudioUndecodable', `the ${this.#format} data holds no sound that can be decoded`, {
        next: 'Get the file again; if it plays elsewhere, convert it with ffmpeg and report it.',
        details: { format: this.#format, errors: this.#losses.map((loss) => loss.what) },
      });
    }
    const isWasteful = this.#numSamples < this.#capacity * (1 - MOST_UNUSED_SHARE);
    return {
      format: this.#format,
      sampleRateHz: this.#sampleRateHz,
      numChannels: this.#numChannels,
      channels: this.#buffers.map((buffer) =>
        isWasteful ? buffer.slice(0, this.#numSamples) : buffer.subarray(0, this.#numSamples),
      ),
      losses: this.#losses,
      numLosses: this.#numLosses,
      numSamplesLost: this.#numSamplesLost,
    };
  }

  /** Makes room for more samples of the known number of channels, once the limits allow them. */
  #reserve(numMore: number): void {
    const numSamples = this.#numSamples + numMore;
    const size = { sampleRateHz: this.#sampleRateHz, numChannels: this.#numChannels, numSamples };
    refuseLargeSound(size, this.#options.limits, 'decodes to');
    const numKept = this.#options.keep === 'all' ? this.#numChannels : 1;
    if (this.#buffers.length === numKept && numSamples <= this.#capacity) return;
    if (numSamples > this.#capacity) this.#capacity = Math.max(numSamples, 2 * this.#capacity);
    this.#buffers = Array.from({ length: numKept }, (_, index) => {
      const buffer = new Float32Array(this.#capacity);
      const before = this.#buffers[index]?.subarray(0, this.#numSamples);
      if (before !== undefined) buffer.set(before);
      return buffer;
    });
  }
}

function addMean(to: Float32Array, offset: number, channels: readonly Float32Array[]): void {
  const [first = new Float32Array(0), second] = channels;
  if (second === undefined) {
    to.set(first, offset);
  } else if (channels.length === 2) {
    for (let index = 0; index < first.length; index++) to[offset + index] = (first[index]! + second[index]!) / 2;
  } else {
    for (let index = 0; index < first.length; index++) {
      let sum = 0;
      for (const channel of channels) sum += channel[index]!;
      to[offset + index] = sum / channels.length;
    }
  }
}
