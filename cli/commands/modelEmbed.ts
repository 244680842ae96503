/** `chartlife model embed`: what a model makes of spectrograms. */
import { Command } from 'commander';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { wholeNumberOption } from '../options.ts';
import { shellWord } from '../output/shellWord.ts';

interface EmbedOptions {
  readonly weights: string;
  readonly config: string;
  readonly input: string;
  readonly out: string;
  readonly threads?: number;
}

/** More than any machine has; TensorFlow starts every thread it is told to. */
const MAX_THREADS = 1024;

export const modelEmbedCommand: CommandBuilder = (act) =>
  new Command('embed')
    .summary('what a model makes of spectrograms')
    .description(
      'Run an Audio Spectrogram Transformer over spectrograms, and write pooler.npy (a vector of each) and logits.npy (a ' +
        'number per label). The values are taken as they are: normalise them as the model was trained, AudioSet’s models with ' +
        '(x + 4.2677393) / (2 * 4.5689974).',
    )
    .requiredOption('--weights <safetensors>', 'the weights, named as on the hub or as in transformers 5 (required)')
    .requiredOption('--config <json>', 'the config.json that belongs to them (required)')
    .requiredOption('--input <npy>', 'float32 or float64 [frames, mel bins], or [samples, frames, mel bins] (required)')
    .requiredOption('--out <dir>', 'the folder for pooler.npy and logits.npy (required)')
    .addOption(wholeNumberOption('--threads <count>', 'threads to compute with (default: one per CPU)', 1, MAX_THREADS))
    .option('--json', 'print the facts as one JSON object')
    .action(act(embed));

async function embed(context: CommandContext, options: EmbedOptions): Promise<undefined> {
  const { embedFiles } = await import('../model/embedFiles.ts');
  const embedded = await embedFiles(context, options);
  const { outputs, backend } = embedded;
  if (context.isJson) await context.printJson(embedded);
  else {
    await context.print(outputs.map(({ file, shape }) => `${file}: ${shape.join(' x ')}`));
    const { tensorflowVersion, device, numThreads } = backend;
    await context.note(`  TensorFlow ${tensorflowVersion} on the ${device}, threads: ${numThreads}`);
  }
  await context.suggest(`chartlife model show ${shellWord(options.weights)}`, 'what the model is made of');
}
