/** Files of weights and of spectrograms to files of vectors. */
import { mkdir, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { writeNpy } from '../../audio/npy.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import { embedSpectrograms } from '../../models/ast/embedSpectrograms.ts';
import { type BackendDescription, loadTensorflow } from '../../models/backend/loadTensorflow.ts';
import { nativeCacheAt, nativeCacheRoot } from '../../runtime/nativeParts.ts';
import { tensorflowVariant } from '../../runtime/tensorflowVariant.ts';
import type { CommandContext } from '../context.ts';
import { readAstConfig, readSpectrograms, refuseFolder } from './inputs.ts';

export interface EmbedFiles {
  readonly weights: string;
  readonly config: string;
  readonly input: string;
  /** A folder, there or not yet. */
  readonly out: string;
  readonly threads?: number | undefined;
}

export interface Embedded {
  readonly numSamples: number;
  readonly numFrames: number;
  readonly outputs: readonly { readonly file: string; readonly shape: readonly number[] }[];
  readonly backend: BackendDescription;
}

/** @throws ChartlifeError InvalidInput where the files do not fit each other; SetupMissing; DiskFull */
export async function embedFiles(context: CommandContext, files: EmbedFiles): Promise<Embedded> {
  const { cwd, env } = context.effects;
  const at = (file: string): string => path.resolve(cwd, file);
  await refuseFolder(at(files.weights), files.weights);
  const config = await readAstConfig(at(files.config), files.config);
  const spectrograms = await readSpectrograms(at(files.input), files.input, config);
  await makeFolder(at(files.out), files.out);
  const backend = loadTensorflow({
    cache: nativeCacheAt(nativeCacheRoot(env)),
    variant: tensorflowVariant(env),
    numThreads: files.threads ?? os.availableParallelism(),
    environment: process.env,
  });
  const { numSamples } = spectrograms;
  const progress = context.startProgress('computing', 'spectrogram', numSamples);
  const { pooler, logits } = await embedSpectrograms({
    weightsPath: at(files.weights),
    config,
    ...spectrograms,
    onDone: (numDone) => progress.update(numDone),
  }).finally(() => progress.finish());
  const outputs = [
    { file: path.join(files.out, 'pooler.npy'), shape: [numSamples, config.hiddenSize], values: pooler },
    { file: path.join(files.out, 'logits.npy'), shape: [numSamples, config.numLabels], values: logits },
  ];
  for (const { file, shape, values } of outputs) await writeNpy(at(file), { shape, values });
  return {
    numSamples,
    numFrames: config.numFrames,
    outputs: outputs.map(({ file, shape }) => ({ file, shape })),
    backend,
  };
}

/** Before the work, so that a place that can't be written to costs none. */
async function makeFolder(folder: string, name: string): Promise<void> {
  const known = await stat(folder).catch(() => null);
  if (known !== null && !known.isDirectory()) {
    throw new ChartlifeError('InvalidInput', `${name} is not a folder`, {
      next: 'Give a folder for pooler.npy and logits.npy, there or not yet.',
      details: { path: name },
    });
  }
  await mkdir(folder, { recursive: true });
}
