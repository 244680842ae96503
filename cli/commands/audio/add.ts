/** `chartlife audio add`: a folder of one's own audio files into spectrograms. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import type { Lake } from '../../../data/lake/types.ts';
import { readSettings } from '../../../runtime/settings.ts';
import type { AddSummary } from '../../audio/addFolder.ts';
import type { CommandBuilder } from '../../commandWork.ts';
import type { CommandContext } from '../../context.ts';
import { todayOf, withLake } from '../../homeLake.ts';
import { throwIfInterrupted } from '../../homeSystem.ts';
import { withoutControls } from '../../output/displayWidth.ts';
import { count, plural } from '../../output/numbers.ts';
import { shellWord } from '../../output/shellWord.ts';

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
        onProgress: (numDone, numFiles) =>
          progress.update(numDone, interruption.signal.aborted ? 'ending after these' : undefined, numFiles),
      }),
    );
  } finally {
    progress.finish();
    await pool.close();
  }
  if (summary.numLeft > 0) {
    await context.note(describeInterruption(summary));
    const map = options.map === undefined ? '' : ` --map ${shellWord(options.map)}`;
    await context.suggest(`chartlife audio add ${shellWord(dir)}${map}`, 'goes on from there');
    throwIfInterrupted(context);
  }
  const numNeverCharted = await withLake(context, { mode: 'read' }, (lake) =>
    countNeverCharted(lake, path.resolve(cwd, dir), options.map && path.resolve(cwd, options.map)),
  );
  if (context.isJson) await context.printJson({ ...summary, numNeverCharted });
  else await context.print(describe(summary, numNeverCharted));
  await context.suggest('chartlife audio verify', 'read everything back');
}

function describeInterruption({ numComputed, numLeft }: AddSummary): string {
  const stored = `${plural(numComputed, 'new spectrogram')} ${numComputed === 1 ? 'is' : 'are'} in the lake`;
  return `Interrupted: ${stored}, ${plural(numLeft, 'file')} ${numLeft === 1 ? 'was' : 'were'} not looked at.`;
}

/** How many of the folder's tracks no chart and no page names: an id may be mistyped. They are added all the same. */
async function countNeverCharted(lake: Lake, dir: string, mapPath: string | undefined): Promise<number> {
  const { listFolder } = await import('../../../sources/previews/folder.ts');
  const { files } = await listFolder(dir, mapPath);
  let numUnknown = 0;
  for (const { trackId } of files) {
    const { title, artistNames } = await lake.trackToHear(trackId);
    if (title === null && artistNames.length === 0) numUnknown++;
  }
  return numUnknown;
}

function describe(summary: AddSummary, numNeverCharted: number): string[] {
  const { putAside } = summary;
  const seconds = summary.seconds > 0 ? `, ${(summary.numComputed / summary.seconds).toFixed(1)} files/s` : '';
  return [
    `${plural(summary.numFiles, 'file')}: ${plural(summary.numComputed, 'new spectrogram')}${seconds}, ` +
      `${count(summary.numUnchanged)} there already, ${count(putAside.length)} put aside`,
    ...(summary.numDamaged === 0
      ? []
      : [`${plural(summary.numDamaged, 'file')} damaged in part: see losses in the table preview`]),
    ...(numNeverCharted === 0
      ? []
      : [
          `${plural(numNeverCharted, 'track')} of these ${numNeverCharted === 1 ? 'has' : 'have'} never charted, as far as ` +
            'the lake knows: see that the ids are right',
        ]),
    // A row of the map may name no file at all.
    ...putAside
      .slice(0, MAX_LISTED)
      .map(({ file, why }) => `  ${withoutControls(file === '' ? why : `${file}: ${why}`)}`),
    ...(putAside.length > MAX_LISTED ? [`  … ${count(putAside.length - MAX_LISTED)} more: --json has all`] : []),
  ];
}
