/**
 * RIFF WAVE, and RF64 and BW64 for large files: integers of up to 32 bits, floats of 32 and 64, A-law and mu-law.
 *
 * Own code, since the scale counts: an integer is divided by 2^(bits - 1), as ffmpeg, torchaudio and librosa do.
 */
import { ChartlifeError } from '../../contracts/errors.ts';
import { LARGEST_SAMPLE } from '../fbank/fbank.ts';
import { hasAscii, uint16le, uint32le, uint64le } from './bytes.ts';
import { type DecodedAudio, type DecodeOptions, SoundCollector } from './decoded.ts';
import { refuseLargeSound } from './limits.ts';

const FORMAT = { pcm: 1, float: 3, aLaw: 6, muLaw: 7, extensible: 0xfffe } as const;
/** Sizes that a program writes which does not know them yet: ffmpeg, and many more. */
const UNKNOWN_SIZES = [0, 0xffff_ffff];
/** SoX writes this to a pipe, down to whole frames. Others write 2^31 - 1, but so does damage: that is refused. */
const SOX_UNKNOWN_SIZE = 0x7fff_f000;
/** With RF64 and BW64 the sizes stand in the chunk `ds64`, 64 bits each, where the usual place holds this. */
const LARGE_FORMS = ['RF64', 'BW64'];
const SIZE_IS_IN_DS64 = 0xffff_ffff;
/** The resampler may overshoot what it is given by a few times. */
const LARGEST_HEADROOM = 1_000;

interface WaveFormat {
  readonly tag: number;
  readonly numChannels: number;
  readonly sampleRateHz: number;
  /** That a sample fills in the file: its own bits come first, zeros pad it. */
  readonly containerBits: number;
}

type ReadSample = (view: DataView, offset: number) => number;

/** @throws ChartlifeError AudioTooLarge for what the header declares, AudioUndecodable */
export function decodeWav(bytes: Uint8Array, options: DecodeOptions): DecodedAudio {
  const { format, dataAt, declaredBytes } = readChunks(bytes);
  const readSample = sampleReader(format);
  const frameBytes = (format.numChannels * format.containerBits) / 8;
  const availableBytes = bytes.length - dataAt;
  const dataBytes = isUnknown(declaredBytes, frameBytes, availableBytes) ? availableBytes : declaredBytes;
  const numDeclared = Math.floor(dataBytes / frameBytes);
  refuseLargeSound({ ...format, numSamples: numDeclared }, options.limits, 'the header declares');

  const numSamples = Math.min(numDeclared, Math.floor(availableBytes / frameBytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset + dataAt, numSamples * frameBytes);
  const sampleBytes = format.containerBits / 8;
  let numWild = 0;
  const channelData = Array.from({ length: format.numChannels }, (_, channel) => {
    const samples = new Float32Array(numSamples);
    for (let index = 0, offset = channel * sampleBytes; index < numSamples; index++, offset += frameBytes) {
      // As it is kept: a float64 past float32's range becomes infinite there. Written so that NaN is wild too.
      const value = Math.fround(readSample(view, offset));
      if (Math.abs(value) <= LARGEST_SAMPLE / LARGEST_HEADROOM) samples[index] = value;
      else numWild++;
    }
    return samples;
  });
  const sound = new SoundCollector('wav', options, numSamples);
  sound.add({ channelData, sampleRate: format.sampleRateHz });
  if (numWild > 0)
    sound.lose(`${numWild} samples are no sound (not finite, or past any loudness); silence stands for them`, null);
  if (numSamples < numDeclared) {
    const what = `the file ends ${numDeclared - numSamples} of ${numDeclared} samples early`;
    sound.lose(what, numSamples / format.sampleRateHz, numDeclared - numSamples);
  }
  return sound.finish();
}

/** True for a WAVE file of any size. */
export function isWav(bytes: Uint8Array): boolean {
  return ['RIFF', ...LARGE_FORMS].some((form) => hasAscii(bytes, 0, form)) && hasAscii(bytes, 8, 'WAVE');
}

function isUnknown(declaredBytes: number, frameBytes: number, availableBytes: number): boolean {
  if (UNKNOWN_SIZES.includes(declaredBytes)) return true;
  return declaredBytes > availableBytes && declaredBytes === SOX_UNKNOWN_SIZE - (SOX_UNKNOWN_SIZE % frameBytes);
}

function readChunks(bytes: Uint8Array): { format: WaveFormat; dataAt: number; declaredBytes: number } {
  const isLarge = LARGE_FORMS.some((form) => hasAscii(bytes, 0, form));
  let format: WaveFormat | null = null;
  let largeBytes = SIZE_IS_IN_DS64;
  for (let offset = 12; offset + 8 <= bytes.length; ) {
    const size = uint32le(bytes, offset + 4);
    if (hasAscii(bytes, offset, 'fmt ')) format = readFormat(bytes, offset + 8, size);
    // After the size of the whole file.
    if (isLarge && hasAscii(bytes, offset, 'ds64')) largeBytes = uint64le(bytes, offset + 16);
    if (hasAscii(bytes, offset, 'data')) {
      if (format === null) throw undecodable('the samples come before their format');
      const isElsewhere = isLarge && size === SIZE_IS_IN_DS64;
      return { format, dataAt: offset + 8, declaredBytes: isElsewhere ? largeBytes : size };
    }
    // Chunks are padded to whole words.
    offset += 8 + size + (size % 2);
  }
  throw undecodable('no samples (no "data" chunk)');
}

function readFormat(bytes: Uint8Array, offset: number, size: number): WaveFormat {
  const written = uint16le(bytes, offset);
  // An extensible format's own tag begins its GUID.
  const tag = written === FORMAT.extensible && size >= 26 ? uint16le(bytes, offset + 24) : written;
  const numChannels = uint16le(bytes, offset + 2);
  const sampleRateHz = uint32le(bytes, offset + 4);
  const bitsPerSample = uint16le(bytes, offset + 14);
  const frameBytes = uint16le(bytes, offset + 12);
  const hasRoom =
    frameBytes * 8 >= bitsPerSample * numChannels && uint32le(bytes, offset + 8) === frameBytes * sampleRateHz;
  // Some programs leave the bytes per frame wrong: they count where the bytes per second agree. 24 bits may stand in 32.
  const containerBits = tag === FORMAT.pcm && hasRoom ? (8 * frameBytes) / numChannels : bitsPerSample;
  return { tag, numChannels, sampleRateHz, containerBits };
}

function sampleReader({ tag, containerBits }: WaveFormat): ReadSample {
  const reader = READERS[`${tag}/${containerBits}`];
  if (reader === undefined) throw undecodable(`samples of ${containerBits} bits in WAVE format ${tag} are not known`);
  return reader;
}

const READERS: Readonly<Record<string, ReadSample>> = {
  [`${FORMAT.pcm}/8`]: (view, offset) => (view.getUint8(offset) - 128) / 2 ** 7,
  [`${FORMAT.pcm}/16`]: (view, offset) => view.getInt16(offset, true) / 2 ** 15,
  [`${FORMAT.pcm}/24`]: (view, offset) => (view.getUint16(offset, true) + view.getInt8(offset + 2) * 2 ** 16) / 2 ** 23,
  [`${FORMAT.pcm}/32`]: (view, offset) => view.getInt32(offset, true) / 2 ** 31,
  [`${FORMAT.float}/32`]: (view, offset) => view.getFloat32(offset, true),
  [`${FORMAT.float}/64`]: (view, offset) => view.getFloat64(offset, true),
  [`${FORMAT.aLaw}/8`]: (view, offset) => aLaw(view.getUint8(offset)) / 2 ** 15,
  [`${FORMAT.muLaw}/8`]: (view, offset) => muLaw(view.getUint8(offset)) / 2 ** 15,
};

/** ITU-T G.711, to 16 bits. */
function aLaw(code: number): number {
  const turned = code ^ 0x55;
  const exponent = (turned >> 4) & 7;
  const mantissa = ((turned & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 256) << (exponent - 1);
  return (turned & 0x80) === 0 ? -magnitude : magnitude;
}

/** ITU-T G.711, to 16 bits. */
function muLaw(code: number): number {
  const turned = ~code & 0xff;
  const magnitude = ((((turned & 15) << 3) + 132) << ((turned >> 4) & 7)) - 132;
  return (turned & 0x80) === 0 ? magnitude : -magnitude;
}

function undecodable(why: string): ChartlifeError {
  return new ChartlifeError('AudioUndecodable', `a WAV file that can't be read: ${why}`, {
    next: 'Get the file again, or convert it with ffmpeg.',
    details: { why },
  });
}
