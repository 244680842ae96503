/** The demo's model: some tracks of the history are heard, nano is trained on them, and one track is forecast. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { WEEK_STATE } from '../../contracts/dataset.ts';
import type { RunId } from '../../contracts/runs.ts';
import type { Settings } from '../../contracts/settings.ts';
import { writeSettings } from '../../runtime/settings.ts';
import type { Control } from '../../workers/control/control.ts';
import { runFolderIn } from '../../workers/trainer/runFolder.ts';
import { trainInputOf, watchTrain } from '../commands/train.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { drawForecast } from '../forecast/drawForecast.ts';
import { forecastWith } from '../forecast/forecastWith.ts';
import { wrapWords } from '../output/displayWidth.ts';
import { renderForecast } from '../output/forecastReport.ts';
import { plural } from '../output/numbers.ts';
import { renderRun } from '../output/runReport.ts';
import { plotRun } from '../plotRun.ts';
import { SAMPLE_TODAY } from '../sampleHome.ts';
import { watchFeatures } from '../watchFeatures.ts';

/** In the order of their ids, which is that of no debut: enough for every part, and minutes to render. */
export const NUM_TRAINING_SOUNDS = 288;

/** A demo that lost without a word would look broken. */
const EXPECTED =
  'So few tracks, whose sound is rendered from a dozen descriptors, are not expected to beat a line through the debut: the way from charts ' +
  'and sound to a forecast is what this shows. What MP3 hears where sound does tell popularity: README, Models.';

/** Renders the sound of tracks of all three years. */
export async function hearHistory(context: CommandContext, control: Control, settings: Settings): Promise<void> {
  const sound = { ...settings.sound, sources: ['spotify'] } as const;
  await writeSettings(context.home, { ...settings, sound });
  const maxTracks = NUM_TRAINING_SOUNDS;
  const heard = await watchFeatures(context, control, { nominalDate: SAMPLE_TODAY, enteredFrom: null, maxTracks });
  await writeSettings(context.home, settings);
  await context.print(`${plural(heard.numSpectrograms, 'spectrogram')} more, all of synthetic sound`);
}

/** Says how to try what it survives, and trains. */
export async function trainNano(context: CommandContext, control: Control): Promise<RunId> {
  const input = await trainInputOf(context, 'nano', { seed: 1, set: [] });
  const runDir = runFolderIn(context.home.runsDir, input.runId).path;
  await context.print([
    `Run ${input.runId}. Kill it, if you like, from another terminal:`,
    `  pkill -9 -f ${runDir}   # the trainer: no other process has its path`,
    'it goes on from its last checkpoint, to the same bits. Ctrl-C here ends the demo; to go on with the run:',
    '  npx chartlife demo --keep',
  ]);
  await watchTrain(context, control, input);
  const record = await runFolderIn(context.home.runsDir, input.runId).require();
  const losses = await plotRun(context, record, path.join(context.home.root, 'losses.svg'));
  await context.print([
    '',
    ...renderRun(record, context.styles, widthOf(context.effects.stdout)),
    '',
    `Its losses: ${losses}`,
    '',
    ...wrapWords(EXPECTED, widthOf(context.effects.stdout)),
  ]);
  return input.runId;
}

/** Of the run's test part the track that lived longest: told one week, beside what came. */
export async function forecastOne(context: CommandContext, runId: RunId): Promise<void> {
  const { decodeDataset } = await import('../../data/dataset/datasetFile.ts');
  const { datasetPath } = runFolderIn(context.home.runsDir, runId);
  const { tracks } = decodeDataset(await readFile(datasetPath), datasetPath);
  const weeksOn = (track: (typeof tracks)[number]): number =>
    Math.max(...track.trajectories.map(({ states }) => states.filter((state) => state === WEEK_STATE.on).length));
  const [longest] = tracks.filter(({ part }) => part === 'test').sort((a, b) => weeksOn(b) - weeksOn(a));
  if (longest === undefined) return;
  const selection = { select: { trackIds: [longest.trackId] }, isWanted: () => true, maxTold: 1 };
  const found = await forecastWith(context, runId, selection);
  const named = found.forecasts.map((own) => ({ ...own, title: longest.title }));
  for (const own of named) {
    const width = widthOf(context.effects.stdout);
    await context.print(renderForecast(own, found.quantileLevels, width, context.styles));
  }
  const svgPath = path.join(context.home.root, 'forecast.svg');
  const drawn = await drawForecast(svgPath, { runId, issuedOn: null, found, named });
  await context.print([...drawn.map((file) => `The fan, and what came: ${file}`)]);
}
