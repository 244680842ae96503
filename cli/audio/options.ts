/** The options of all that makes spectrograms. */
import { type Command, Option } from 'commander';
import { CHANNEL_POLICIES, type ChannelPolicy, FBANK_WINDOWS, type FbankWindow } from '../../contracts/features.ts';

export interface FeatureOptions {
  readonly window: FbankWindow;
  readonly channels: ChannelPolicy;
}

const DEFAULTS: FeatureOptions = { window: 'hanning', channels: 'mean' };

export function addFeatureOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--window <window>', 'hanning as the Audio Spectrogram Transformer has it, povey as Kaldi does')
        .choices(FBANK_WINDOWS)
        .default(DEFAULTS.window),
    )
    .addOption(
      new Option('--channels <channels>', 'which channel: the mean of all, or the left alone')
        .choices(CHANNEL_POLICIES)
        .default(DEFAULTS.channels),
    );
}

/** The flags that were typed, whatever their value: empty where the defaults were left alone. */
export function typedFeatureFlags(command: Command): string[] {
  return Object.keys(DEFAULTS)
    .filter((name) => command.getOptionValueSource(name) === 'cli')
    .map((name) => `--${name}`);
}

/** What was chosen, as it is typed: empty for the defaults, else with a space before. */
export function featureFlags({ window, channels }: FeatureOptions): string {
  const flags = [
    ...(window === DEFAULTS.window ? [] : [` --window ${window}`]),
    ...(channels === DEFAULTS.channels ? [] : [` --channels ${channels}`]),
  ];
  return flags.join('');
}
