/**
 * RIFF WAVE: integers of 8 to 32 bits, floats of 32 and 64, A-law and mu-law.
 *
 * Own code, since the scale counts: an integer is divided by 2^(bits - 1), as ffmpeg, torchaudio and librosa do.
 */
import { ChartlifeError } from '../../contracts/errors.ts';
import { hasAscii, uint16le, uint32le } from './bytes.ts';
import { type DecodedAudio, type DecodeOptions, SoundCollector } from './decoded.ts';
import { refuseLargeSound } from './limits.ts';

const FORMAT = { pcm: 1, float: 3, aLaw: 6, muLaw: 7, extensible: 0xfffe } as const;
/** Sizes that a program writes which does not know them yet. */
const UNKNOWN_SIZES = [0, 0xffff_ffff];

interface WaveFormat {
  readonly tag: number;
  readonly numChannels: number;
  readonly sampleRateHz: number;
  readonly bitsPerSample: number;
}

type ReadSample = (view: DataView, offset: number) => number;

/** @throws ChartlifeError AudioTooLarge for what the header declares, AudioUndecodable */
export function decodeWav(bytes: Uint8Array, options: DecodeOptions): DecodedAudio {
  const { format, dataAt, declaredBytes } = readChunks(bytes);
  const readSample = sampleReader(format);
  const frameBytes = (format.numChannels * format.bitsPerSample) / 8;
  const availableBytes = bytes.length - dataAt;
  const dataBytes = UNKNOWN_SIZES.includes(declaredBytes) ? availableBytes : declaredBytes;
  const numDeclared = Math.floor(dataBytes / frameBytes);
  refuseLargeSound({ ...format, numSamples: numDeclared }, options.limits, 'the header declares');

  const numSamples = Math.min(numDeclared, Math.floor(availableBytes / frameBytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset + dataAt, numSamples * frameBytes);
  const sampleBytes = format.bitsPerSample / 8;
  let numWild = 0;
  const channelData = Array.from({ length: format.numChannels }, (_, channel) => {
    const samples = new Float32Array(numSamples);
    for (let index = 0, offset = channel * sampleBytes; index < numSamples; index++, offset += frameBytes) {
      const value = readSample(view, offset);
      if (Number.isFinite(value)) samples[index] = value;
      else numWild++;
    }
    return samples;
  });
  const sound = new SoundCollector('wav', options, numSamples);
  sound.add({ channelData, sampleRate: format.sampleRateHz });
  if (numWild > 0) sound.lose(`${numWild} samples are not finite; silence stands for them`, null);
  if (numSamples < numDeclared) {
    const what = `the file ends ${numDeclared - numSamples} of ${numDeclared} samples early`;
    sound.lose(what, numSamples / format.sampleRateHz, numDeclared - numSamples);
  }
  return sound.finish();
}

function readChunks(bytes: Uint8Array): { format: WaveFormat; dataAt: number; declaredBytes: number } {
  let format: WaveFormat | null = null;
  for (let offset = 12; offset + 8 <= bytes.length; ) {
    const size = uint32le(bytes, offset + 4);
    if (hasAscii(bytes, offset, 'fmt ')) format = readFormat(bytes, offset + 8, size);
    if (hasAscii(bytes, offset, 'data')) {
      if (format === null) throw undecodable('the samples come before their format');
      return { format, dataAt: offset + 8, declaredBytes: size };
    }
    // Chunks are padded to whole words.
    offset += 8 + size + (size % 2);
  }
  throw undecodable('no samples (no "data" chunk)');
}

function readFormat(bytes: Uint8Array, offset: number, size: number): WaveFormat {
  const tag = uint16le(bytes, offset);
  return {
    // An extensible format's own tag begins its GUID.
    tag: tag === FORMAT.extensible && size >= 26 ? uint16le(bytes, offset + 24) : tag,
    numChannels: uint16le(bytes, offset + 2),
    sampleRateHz: uint32le(bytes, offset + 4),
    bitsPerSample: uint16le(bytes, offset + 14),
  };
}

function sampleReader({ tag, bitsPerSample }: WaveFormat): ReadSample {
  const reader = READERS[`${tag}/${bitsPerSample}`];
  if (reader === undefined) throw undecodable(`samples of ${bitsPerSample} bits in WAVE format ${tag} are not known`);
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
