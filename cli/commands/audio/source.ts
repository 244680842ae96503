/** `chartlife audio source`: where the sound of tracks comes from, off until somebody turns one on. */
import path from 'node:path';
import { Command, Option } from 'commander';
import { ChartlifeError } from '../../../contracts/errors.ts';
import { CHANNEL_POLICIES, type ChannelPolicy, FBANK_WINDOWS, type FbankWindow } from '../../../contracts/features.ts';
import { PREVIEW_SOURCES, PREVIEW_TERMS, type PreviewSourceName } from '../../../contracts/previews.ts';
import type { Settings, SoundSettings } from '../../../contracts/settings.ts';
import { readSettings, writeSettings } from '../../../runtime/settings.ts';
import type { CommandBuilder } from '../../commandWork.ts';
import type { CommandContext } from '../../context.ts';
import { widthOf } from '../../effects.ts';
import { wholeNumberOption } from '../../options.ts';
import { wrapWords } from '../../output/displayWidth.ts';

interface SourceOptions {
  readonly folder?: string;
  readonly keepAudio?: boolean;
  readonly perNight?: number;
  readonly askAgainAfter?: number;
  readonly checkFoundAfter?: number;
  readonly window?: FbankWindow;
  readonly channels?: ChannelPolicy;
}

export const sourceCommand: CommandBuilder = (act) =>
  new Command('source')
    .summary('show or choose where previews come from')
    .description(
      'Show where the sound of new entries comes from, or choose it. Nothing is fetched until you turn a source on; each ' +
        'has terms that bind you. Several are asked one after the other until one has the track. The spectrogram and the ' +
        'audio’s hash are kept, the audio itself only with --keep-audio. Takes effect with the next night, without a restart.',
    )
    .argument('[names]', `${PREVIEW_SOURCES.join(', ')}, several with commas between; or off`)
    .option('--folder <dir>', 'your own audio files, for the source folder')
    .option('--keep-audio', 'keep the audio files in the home')
    .option('--no-keep-audio', 'do not keep them (as it is at first)')
    .addOption(wholeNumberOption('--per-night <n>', 'the most tracks of one night', 1))
    .addOption(wholeNumberOption('--ask-again-after <days>', 'when a track without a preview is asked for again', 1))
    .addOption(
      wholeNumberOption('--check-found-after <days>', 'when a source is asked whether it still has what was heard', 1),
    )
    .addOption(new Option('--window <name>', 'the filterbank’s window').choices(FBANK_WINDOWS))
    .addOption(new Option('--channels <policy>', 'how channels become one').choices(CHANNEL_POLICIES))
    .option('--json', 'print one JSON object')
    .action(act(source));

async function source(context: CommandContext, names: string | undefined, options: SourceOptions): Promise<undefined> {
  const settings = await readSettings(context.home);
  const sound = choose(settings.sound, names, options, context.effects.cwd);
  const isChanged = JSON.stringify(sound) !== JSON.stringify(settings.sound);
  const chosen: Settings = { ...settings, sound };
  if (isChanged) await writeSettings(context.home, chosen);
  if (context.isJson) {
    await context.printJson({ ...sound, terms: sound.sources.map((name) => PREVIEW_TERMS[name]) });
    return;
  }
  await context.print(describe(chosen));
  const width = widthOf(context.effects.stderr);
  // Off, those of all that could be turned on.
  const isOff = sound.sources.length === 0;
  for (const name of isOff ? PREVIEW_SOURCES : sound.sources) {
    await context.note(wrapWords(`Terms${isOff ? ` of ${name}` : ''}: ${PREVIEW_TERMS[name]}`, width));
  }
  if (sound.sources.length === 0) await context.suggest('chartlife audio source spotify', 'turn one on');
  else await context.suggest('chartlife audio fetch --limit 20', 'sound for the latest entries, now');
}

function choose(former: SoundSettings, names: string | undefined, options: SourceOptions, cwd: string): SoundSettings {
  const { folder, keepAudio, perNight, askAgainAfter, checkFoundAfter, window, channels } = options;
  return {
    sources: names === undefined ? former.sources : parseSources(names),
    folder: folder === undefined ? former.folder : path.resolve(cwd, folder),
    keepsAudio: keepAudio ?? former.keepsAudio,
    maxTracksPerNight: perNight ?? former.maxTracksPerNight,
    askAgainAfterDays: askAgainAfter ?? former.askAgainAfterDays,
    checkFoundAfterDays: checkFoundAfter ?? former.checkFoundAfterDays,
    window: window ?? former.window,
    channels: channels ?? former.channels,
  };
}

function parseSources(text: string): PreviewSourceName[] {
  if (text.trim() === 'off') return [];
  const names = text.split(',').map((part) => part.trim());
  return [...new Set(names.filter((name) => name !== ''))].map((name) => {
    const known = PREVIEW_SOURCES.find((candidate) => candidate === name);
    if (known !== undefined) return known;
    throw new ChartlifeError('InvalidInput', `"${name}" is not a source of sound`, {
      next: `Give ${PREVIEW_SOURCES.join(', ')}, several with commas between, or off.`,
      details: { value: name },
    });
  });
}

function describe({ sound, source: site }: Settings): string[] {
  if (sound.sources.length === 0) return ['sound     off: no previews are asked for'];
  const names = sound.sources.join(', then ');
  return [
    `sound     ${site.kind === 'replica' ? 'from the replica: synthetic, rendered on this machine' : names}`,
    ...(sound.folder === null ? [] : [`folder    ${sound.folder}`]),
    `audio     ${sound.keepsAudio ? 'kept in the home' : 'not kept; the spectrogram and the hash are'}`,
    `a night   at most ${sound.maxTracksPerNight} tracks; without a preview again after ${sound.askAgainAfterDays} days`,
    `checks    whether a source still has what was heard, after ${sound.checkFoundAfterDays} days`,
    `features  ${sound.window} window, ${sound.channels} of the channels`,
  ];
}
