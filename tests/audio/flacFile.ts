/** FLAC files made by hand: blocks of one value each, so that nothing need be encoded. */

export interface FlacOptions {
  readonly bitsPerSample?: 8 | 16 | 24;
  readonly numChannels?: number;
  /** What the header says; as many as there are, by default, and 0 for unknown. */
  readonly numSamples?: number;
}

/** Each frame holds so many samples. */
export const FLAC_BLOCK = 192;
const RATE_HZ = 44_100;
const BIT_DEPTH_CODES = { 8: 1, 16: 4, 24: 6 } as const;

export function flacFile(values: readonly number[], options: FlacOptions = {}): Buffer {
  return Buffer.concat([flacHeader(values.length * FLAC_BLOCK, options), ...flacFrames(values, options)]);
}

export function flacHeader(numSamples: number, options: FlacOptions = {}): Buffer {
  const { bitsPerSample = 16, numChannels = 1 } = options;
  const declared = options.numSamples ?? numSamples;
  const info = Buffer.alloc(34);
  info.writeUInt16BE(FLAC_BLOCK, 0);
  info.writeUInt16BE(FLAC_BLOCK, 2);
  info.writeUInt32BE(((RATE_HZ << 12) >>> 0) + ((numChannels - 1) << 9) + ((bitsPerSample - 1) << 4), 10);
  info.writeUInt32BE(declared, 14);
  return Buffer.concat([Buffer.from('fLaC'), Buffer.from([0x80, 0, 0, 34]), info]);
}

/** Frames from number 0 on, below 128 of them. */
export function flacFrames(values: readonly number[], options: FlacOptions = {}): Buffer[] {
  const { bitsPerSample = 16, numChannels = 1 } = options;
  return values.map((value, number) => {
    const header = [0xff, 0xf8, 0x19, ((numChannels - 1) << 4) | (BIT_DEPTH_CODES[bitsPerSample] << 1), number];
    const sample = Buffer.alloc(bitsPerSample / 8);
    sample.writeIntBE(value, 0, sample.length);
    const subframes = Array.from({ length: numChannels }, () => [0, ...sample]).flat();
    const body = [...header, crc(header, 8, 0x07), ...subframes];
    const check = crc(body, 16, 0x8005);
    return Buffer.from([...body, check >> 8, check & 0xff]);
  });
}

function crc(bytes: readonly number[], numBits: number, polynomial: number): number {
  const highBit = 1 << (numBits - 1);
  let rest = 0;
  for (const byte of bytes) {
    rest ^= byte << (numBits - 8);
    for (let bit = 0; bit < 8; bit++)
      rest = ((rest & highBit) === 0 ? rest << 1 : (rest << 1) ^ polynomial) & (2 * highBit - 1);
  }
  return rest;
}
