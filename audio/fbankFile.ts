/** A file of sound to a file with its spectrogram, for the command line. */
import type { AudioPool } from './decode/pool.ts';
import type { FeatureSettings } from './features.ts';
import { writeNpy } from './npy.ts';
import { readSoundFile, type SoundFile } from './soundFile.ts';

export interface FbankFileOptions {
  /** As {@link readSoundFile} has it. */
  readonly inputPath: string;
  /** Gets float32 [frames, mel bins]; never half written. */
  readonly outputPath: string;
  readonly settings: FeatureSettings;
  readonly pool: AudioPool;
}

/** @throws ChartlifeError as {@link readSoundFile}, and DiskFull */
export async function writeFbankFile(options: FbankFileOptions): Promise<SoundFile> {
  const sound = await readSoundFile(options.inputPath, options.settings, options.pool);
  const { numFrames, numMelBins, values } = sound.spectrogram;
  await writeNpy(options.outputPath, { shape: [numFrames, numMelBins], values });
  return sound;
}
