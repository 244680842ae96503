/** `chartlife model`: transformers on spectrograms, and their weights. */
import { Command } from 'commander';
import type { CommandBuilder } from '../commandWork.ts';
import { modelEmbedCommand } from './modelEmbed.ts';
import { modelListCommand, modelPublishCommand } from './modelPublish.ts';
import { modelShowCommand } from './modelShow.ts';

export const modelCommand: CommandBuilder = (act) => {
  const model = new Command('model')
    .summary('models of sound and their weights')
    .description(
      'Audio Spectrogram Transformers: what they are made of, and what they make of a spectrogram. And of the runs of the home: ' +
        'whose model issues the forecasts.',
    );
  for (const build of [modelShowCommand, modelEmbedCommand, modelListCommand, modelPublishCommand])
    model.addCommand(build(act));
  return model;
};
