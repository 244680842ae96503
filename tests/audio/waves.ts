/** WAV files made by hand, right and wrong. */

export interface WaveOptions {
  readonly tag?: number;
  readonly numChannels?: number;
  readonly sampleRateHz?: number;
  readonly bitsPerSample?: number;
  /** What the header says; as many bytes as there are, by default. */
  readonly declaredBytes?: number;
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
  file.writeUInt32LE(((sampleRateHz * numChannels * bitsPerSample) / 8) % 2 ** 32, 28);
  file.writeUInt16LE(((numChannels * bitsPerSample) / 8) % 2 ** 16, 32);
  file.writeUInt16LE(bitsPerSample, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(options.declaredBytes ?? data.length, 40);
  file.set(data, 44);
  return file;
}

/** 16-bit mono at 16 kHz. */
export function sineWave(numSamples: number, hz = 440): Uint8Array {
  const samples = Int16Array.from({ length: numSamples }, (_, index) =>
    Math.round(16_000 * Math.sin((2 * Math.PI * hz * index) / 16_000)),
  );
  return waveFile(new Uint8Array(samples.buffer));
}
