/** `chartlife audio add`: a folder of one's own audio files into spectrograms. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { readSettings } from '../../../runtime/settings.ts';
import type { AddSummary } from '../../audio/addFolder.ts';
import type { CommandBuilder } from '../../commandWork.ts';
import type { CommandContext } from '../../context.ts';
import { todayOf, withLake } from '../../homeLake.ts';
import { throwIfInterrupted } from '../../homeSystem.ts';
import { count, plural } from '../../output/numbers.ts';

interface AddOptions {
  readonly map?: string;
}

/** Files that are shown with their reason; `--json` has all. */
const MAX_LISTED = 20;

export const addCommand: CommandBuilder = (act) =>
  new Command('add')
    .summary('make spectrograms of your own audio files')
    .description(
      'Decode the audio files of a folder and store their spectrograms in the lake. A file belongs to the track whose id its ' +
        'name holds, or that a CSV says (columns file and track_id; ids also as URIs or addresses). What is there already ' +
        'is not computed again. The files stay where they are.',
    )
    .argument('<dir>', 'the folder; its subfolders are searched as well')
    .option('--map <csv>', 'says which file is which track')
    .option('--json', 'print one JSON object')
    .action(act(add));

async function add(context: CommandContext, dir: string, options: AddOptions): Promise<undefined> {
  const { addFolder } = await import('../../audio/addFolder.ts');
  const { AudioPool } = await import('../../../audio/decode/pool.ts');
  const { cwd, interruption } = context.effects;
  interruption.drainsItself();
  const { sound } = await readSettings(context.home);
  const progress = context.startProgress('audio', 'files', null);
  const pool = new AudioPool({ numThreads: availableParallelism() });
  let summary: AddSummary;
  try {
    summary = await withLake(context, { mode: 'write' }, async (lake) =>
      addFolder({
        lake,
        pool,
        sound,
        home: context.home,
        dir: path.resolve(cwd, dir),
        mapPath: options.map === undefined ? null : path.resolve(cwd, options.map),
        askedOn: await todayOf(context),
        signal: interruption.signal,
        onProgress: (numDone, numFiles) => progress.update(numDone, undefined, numFiles),
      }),
    );
  } finally {
    progress.finish();
    await pool.close();
  }
  throwIfInterrupted(context);
  if (context.isJson) await context.printJson(summary);
  else await context.print(describe(summary));
  await context.suggest('chartlife audio verify', 'read everything back');
}

function describe(summary: AddSummary): string[] {
  const { putAside } = summary;
  const seconds = summary.seconds > 0 ? `, ${(summary.numComputed / summary.seconds).toFixed(1)} files/s` : '';
  return [
    `${plural(summary.numFiles, 'file')}: ${plural(summary.numComputed, 'new spectrogram')}${seconds}, ` +
      `${count(summary.numUnchanged)} there already, ${count(putAside.length)} put aside`,
    ...(summary.numDamaged === 0
      ? []
      : [`${plural(summary.numDamaged, 'file')} damaged in part: see losses in the table preview`]),
    ...putAside.slice(0, MAX_LISTED).map(({ file, why }) => `  ${file}: ${why}`),
    ...(putAside.length > MAX_LISTED ? [`  … ${count(putAside.length - MAX_LISTED)} more: --json has all`] : []),
  ];
}
