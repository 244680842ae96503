/** `chartlife audio show`: a spectrogram as a picture. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { ChartlifeError } from '../../../contracts/errors.ts';
import { type TrackId, tryParseTrackId } from '../../../contracts/ids.ts';
import { resolveFiles } from '../../audio/files.ts';
import { hear } from '../../audio/hear.ts';
import { addFeatureOptions, type FeatureOptions, featureFlags, typedFeatureFlags } from '../../audio/options.ts';
import type { CommandBuilder } from '../../commandWork.ts';
import type { CommandContext } from '../../context.ts';
import { withLake } from '../../homeLake.ts';
import { shellWord } from '../../output/shellWord.ts';

interface ShowOptions extends FeatureOptions {
  readonly out: string;
}

export const showCommand: CommandBuilder = (act) => {
  const command = addFeatureOptions(new Command('show'))
    .summary('draw a spectrogram')
    .description(
      'Draw the spectrogram of a track of the lake, or of a sound file: time, frequency on the mel scale, energy in decibels ' +
        'below the loudest. A track is a Spotify id, URI or address; a file of that name comes first. A track is drawn as ' +
        'it was stored: --window and --channels are for files.',
    )
    .argument('<track|file>', 'a track id, or a sound file (.f32: raw little-endian mono samples at 16 kHz)')
    .requiredOption('--out <png>', 'the picture (required)')
    .option('--json', 'print the facts as one JSON object');
  return command.action(
    act((context: CommandContext, input: string, options: ShowOptions) =>
      show(context, input, options, typedFeatureFlags(command)),
    ),
  );
};

/** @param typedFlags those of the feature options that were typed, not taken by default */
async function show(
  context: CommandContext,
  input: string,
  options: ShowOptions,
  typedFlags: readonly string[],
): Promise<undefined> {
  const { readSoundFile } = await import('../../../audio/soundFile.ts');
  const { drawSound } = await import('../../audio/draw.ts');
  const { describeSound } = await import('../../audio/facts.ts');
  const { out: output } = options;
  const trackId = tryParseTrackId(input);
  if (trackId !== null && !existsSync(path.resolve(context.effects.cwd, input))) {
    refuseFlags(typedFlags, trackId);
    await showTrack(context, trackId, output);
    return;
  }
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

/** @throws ChartlifeError InvalidInput if there are any */
function refuseFlags(flags: readonly string[], trackId: TrackId): void {
  if (flags.length === 0) return;
  const why = `${flags.join(' and ')} can't change track ${trackId}: its spectrogram is drawn as it was stored`;
  throw new ChartlifeError('InvalidInput', why, {
    next: 'Leave them out, or give a sound file instead of a track.',
    details: { trackId, flags },
  });
}

/** As it was stored: with the window and the channels of its feature version. */
async function showTrack(context: CommandContext, trackId: TrackId, output: string): Promise<void> {
  const { drawTrack } = await import('../../audio/drawTrack.ts');
  const { outputPath } = await resolveFiles(context, trackId, output);
  const found = await withLake(context, { mode: 'read' }, (lake) => drawTrack(context, lake, trackId, outputPath));
  if (context.isJson) await context.printJson({ output, ...found });
  else {
    await context.print(output);
    await context.note(
      `  ${found.title ?? trackId}, ${found.numFrames} frames, from ${found.source}${found.isSynthetic ? ' (synthetic)' : ''}`,
    );
  }
  await context.suggest(
    `chartlife sql "select * from preview where track_id = '${trackId}'"`,
    'what is known of its sound',
  );
}
