/** `chartlife audio fbank`: a file's spectrogram as numbers. */
import path from 'node:path';
import { Command } from 'commander';
import { resolveFiles } from '../../audio/files.ts';
import { hear } from '../../audio/hear.ts';
import { addFeatureOptions, type FeatureOptions, featureFlags } from '../../audio/options.ts';
import type { CommandBuilder } from '../../commandWork.ts';
import type { CommandContext } from '../../context.ts';
import { plural } from '../../output/numbers.ts';
import { shellWord } from '../../output/shellWord.ts';

export const fbankCommand: CommandBuilder = (act) =>
  addFeatureOptions(new Command('fbank'))
    .summary('write the spectrogram of a sound file as numbers')
    .description(
      'Write the log-mel spectrogram of a sound file as a NumPy array: float32 [frames, 128], what ' +
        'torchaudio.compliance.kaldi.fbank gives for the same sound at 16 kHz. Of a damaged file the sound parts are ' +
        'taken, and what was lost is told.',
    )
    .argument('<in>', 'MP3, AAC, M4A, Ogg, Opus, FLAC or WAV; or .f32: raw little-endian mono samples at 16 kHz')
    .argument('<out.npy>', 'the array; read it with numpy.load')
    .option('--json', 'print the facts as one JSON object')
    .action(act(writeFbank));

async function writeFbank(
  context: CommandContext,
  input: string,
  output: string,
  options: FeatureOptions,
): Promise<undefined> {
  const { writeFbankFile } = await import('../../../audio/fbankFile.ts');
  const { describeSound } = await import('../../audio/facts.ts');
  const { inputPath, outputPath } = await resolveFiles(context, input, output);
  const { facts } = await hear(context, input, options, (pool, settings) =>
    writeFbankFile({ inputPath, outputPath, settings, pool }),
  );
  if (context.isJson) await context.printJson({ input, output, ...facts });
  else {
    const size = `${plural(facts.numFrames, 'frame')} of ${plural(facts.numMelBins, 'mel bin')}`;
    await context.print([`${output}: ${size}`, ...describeSound(facts).map((line) => `  ${line}`)]);
  }
  const picture = shellWord(`${path.parse(input).name}.png`);
  await context.suggest(
    `chartlife audio show ${shellWord(input)} --out ${picture}${featureFlags(options)}`,
    'look at it',
  );
}
