/** `chartlife model`: transformers on spectrograms, and their weights. */
import { Command } from 'commander';
import type { CommandBuilder } from '../commandWork.ts';
import { modelEmbedCommand } from './modelEmbed.ts';
import { modelShowCommand } from './modelShow.ts';

export const modelCommand: CommandBuilder = (act) => {
  const model = new Command('model')
    .summary('models of sound and their weights')
    .description('Audio Spectrogram Transformers: what they are made of, and what they make of a spectrogram.');
  for (const build of [modelShowCommand, modelEmbedCommand]) model.addCommand(build(act));
  return model;
};
