/** `chartlife audio`: sound, and what models see of it. */
import { Command } from 'commander';
import type { CommandBuilder } from '../commandWork.ts';
import { addCommand } from './audio/add.ts';
import { fbankCommand } from './audio/fbank.ts';
import { fetchCommand } from './audio/fetch.ts';
import { showCommand } from './audio/show.ts';
import { sourceCommand } from './audio/source.ts';
import { verifyCommand } from './audio/verify.ts';

const SUBCOMMANDS: readonly CommandBuilder[] = [
  sourceCommand,
  fetchCommand,
  addCommand,
  verifyCommand,
  showCommand,
  fbankCommand,
];

export const audioCommand: CommandBuilder = (act) => {
  const audio = new Command('audio')
    .summary('sound files and their spectrograms')
    .description('Sound as models see it: spectrograms of 128 mel bins, a frame every 10 ms.');
  for (const build of SUBCOMMANDS) audio.addCommand(build(act));
  return audio;
};
