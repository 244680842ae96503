/** WAV files made by hand, right and wrong. */

export interface WaveOptions {
  readonly tag?: number;
  readonly numChannels?: number;
  readonly sampleRateHz?: number;
  readonly bitsPerSample?: number;
  /** What the header says; as many bytes as there are, by default. */
  readonly declaredBytes?: number;
  /** That a sample takes in the file; as many as its bits fill, by default. */
  readonly containerBytes?: number;
}

export function waveFile(data: Uint8Array, options: WaveOptions = {}): Uint8Array {
  const { tag = 1, numChannels = 1, sampleRateHz = 16_000, bitsPerSample = 16 } = options;
  const file = Buffer.alloc(44 + data.length);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + data.length, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(tag, 20);
  file.writeUInt16LE(numChannels, 22);
  file.writeUInt32LE(sampleRateHz, 24);
  // What a reader should not need: bytes per second and per frame, as far as they fit.
  const frameBytes = numChannels * (options.containerBytes ?? bitsPerSample / 8);
  file.writeUInt32LE((sampleRateHz * frameBytes) % 2 ** 32, 28);
  file.writeUInt16LE(frameBytes % 2 ** 16, 32);
  file.writeUInt16LE(bitsPerSample, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(options.declaredBytes ?? data.length, 40);
  file.set(data, 44);
  return file;
}

/** The same with its sizes in a chunk of their own, as files past 4 GiB have them. */
export function largeWaveFile(form: 'RF64' | 'BW64', data: Uint8Array, declaredBytes = data.length): Uint8Array {
  const file = Buffer.from(waveFile(data, { declaredBytes: 0xffff_ffff }));
  const sizes = Buffer.alloc(36);
  sizes.write('ds64', 0, 'latin1');
  sizes.writeUInt32LE(28, 4);
  sizes.writeBigUInt64LE(BigInt(72 + declaredBytes), 8);
  sizes.writeBigUInt64LE(BigInt(declaredBytes), 16);
  file.write(form, 0, 'latin1');
  file.writeUInt32LE(0xffff_ffff, 4);
  return Buffer.concat([file.subarray(0, 12), sizes, file.subarray(12)]);
}

/** 16-bit mono at 16 kHz. */
export function sineWave(numSamples: number, hz = 440): Uint8Array {
  const samples = Int16Array.from({ length: numSamples }, (_, index) =>
    Math.round(16_000 * Math.sin((2 * Math.PI * hz * index) / 16_000)),
  );
  return waveFile(new Uint8Array(samples.buffer));
}
