/** `chartlife audio show`: a spectrogram as a picture. */
import path from 'node:path';
import { Command } from 'commander';
import { resolveFiles } from '../../audio/files.ts';
import { hear } from '../../audio/hear.ts';
import { addFeatureOptions, type FeatureOptions, featureFlags } from '../../audio/options.ts';
import type { CommandBuilder } from '../../commandWork.ts';
import type { CommandContext } from '../../context.ts';
import { shellWord } from '../../output/shellWord.ts';

interface ShowOptions extends FeatureOptions {
  readonly out: string;
}

export const showCommand: CommandBuilder = (act) =>
  addFeatureOptions(new Command('show'))
    .summary('draw a spectrogram')
    .description(
      'Draw the spectrogram of a sound file: time, frequency on the mel scale, energy in decibels below the loudest.',
    )
    .argument('<track|file>', 'a sound file, or .f32: raw little-endian mono samples at 16 kHz')
    .requiredOption('--out <png>', 'the picture')
    .option('--json', 'print the facts as one JSON object')
    .action(act(show));

async function show(context: CommandContext, input: string, options: ShowOptions): Promise<undefined> {
  const { readSoundFile } = await import('../../../audio/soundFile.ts');
  const { drawSound } = await import('../../audio/draw.ts');
  const { describeSound } = await import('../../audio/facts.ts');
  const { out: output } = options;
  const { inputPath, outputPath } = await resolveFiles(context, input, output);
  const { spectrogram, facts } = await hear(context, input, options, (pool, settings) =>
    readSoundFile(inputPath, settings, pool),
  );
  await drawSound(outputPath, path.basename(input), spectrogram, facts);
  if (context.isJson) await context.printJson({ input, output, ...facts });
  else {
    await context.print(output);
    await context.note(describeSound(facts).map((line) => `  ${line}`));
  }
  const array = shellWord(`${path.parse(input).name}.npy`);
  await context.suggest(`chartlife audio fbank ${shellWord(input)} ${array}${featureFlags(options)}`, 'its numbers');
}
