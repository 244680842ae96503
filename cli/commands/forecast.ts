/** `chartlife forecast`: what a run's model says of the weeks to come. */
import { Command } from 'commander';
import { ChartlifeError } from '../../contracts/errors.ts';
import { parseTrackId, type TrackId } from '../../contracts/ids.ts';
import type { Region } from '../../contracts/regions.ts';
import type { RunId } from '../../contracts/runs.ts';
import type { FoundForecasts } from '../../workers/trainer/forecastRun.ts';
import { type RunRecord, runFolderIn } from '../../workers/trainer/runFolder.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { findRun } from '../findRun.ts';
import type { ForecastDrawing } from '../forecast/drawForecast.ts';
import { forecastWith, keepForecasts, publishedRun } from '../forecast/forecastWith.ts';
import { partInRun, trainingNote } from '../forecast/partInRun.ts';
import { NEW_WITHIN_DAYS, selectForecasts } from '../forecast/selection.ts';
import { lastTestedWeeks, untestedNote } from '../forecast/testedWeeks.ts';
import { todayOf } from '../homeLake.ts';
import { regionOption, wholeNumberOption } from '../options.ts';
import { type NamedForecast, renderForecast, renderForecasts } from '../output/forecastReport.ts';
import { plural } from '../output/numbers.ts';
import { shellWord } from '../output/shellWord.ts';
import { svgPathOf } from '../svgPath.ts';

interface ForecastOptions {
  readonly new?: boolean;
  readonly region?: Region;
  readonly run?: string;
  readonly told?: number;
  readonly plot?: string;
}

/** Of every run that there is; a run's own may be fewer. */
const MOST_WEEKS = 104;

export const forecastCommand: CommandBuilder = (act) =>
  new Command('forecast')
    .summary('what a model says of the weeks to come')
    .description(
      'Forecast a track week by week from its debut: how likely it is on the chart, and with how many streams. The model is told ' +
        'the track’s sound, its region and season, and the weeks that the lake knows. Whole forecasts are kept in the lake ' +
        '(table forecast), where they can be held against what came. Needs no server.',
    )
    .argument('[track]', 'a Spotify id, URI or address')
    .option('--new', `tracks that came onto a chart in the last ${NEW_WITHIN_DAYS} days`)
    .addOption(regionOption('in this region alone (default: wherever it charted)'))
    .option('--run <id>', 'by this run’s weights (default: the newest that is published)')
    .addOption(
      wholeNumberOption(
        '--told <weeks>',
        'keep later weeks from the model, to hold them against it; not kept in the lake',
        0,
        MOST_WEEKS - 1,
      ),
    )
    .option('--plot <svg>', 'of one track: draw the fan of its forecast')
    .option('--json', 'print one JSON object with every week')
    .action(act(forecast));

async function forecast(
  context: CommandContext,
  track: string | undefined,
  options: ForecastOptions,
): Promise<undefined> {
  const trackId = askedTrack(track, options);
  const plotPath = options.plot === undefined ? null : svgPathOf(context.effects.cwd, options.plot);
  const [runId, isPublished] = await chooseRun(context, options.run);
  const folder = runFolderIn(context.home.runsDir, runId);
  const record = await folder.require();
  const { numWeeks } = record.recipe.decoder;
  const { region, told } = options;
  const selection = selectForecasts({ trackId, region, told, numWeeks });
  const found = await forecastWith(context, runId, selection);
  if (trackId !== null && found.forecasts.length === 0) {
    if (selection.numWhollyKnown() > 0) throw whollyKnown(trackId, runId, numWeeks, options);
    throw await nothingToForecast(context, trackId, runId, options, found);
  }
  const part = trackId === null ? null : await partInRun(folder, trackId);
  const note = trainingNote(part, told);
  if (note !== null) await context.note(context.styles.yellow(note));
  const issuedOn = await todayOf(context);
  if (options.told === undefined) await keepForecasts(context, runId, issuedOn, found);
  const titles = new Map(found.tracks.map((own) => [own.trackId, own.title]));
  const named = found.forecasts.map((own): NamedForecast => ({ ...own, title: titles.get(own.trackId) ?? null }));
  const drawn =
    plotPath === null
      ? []
      : await draw(plotPath, { runId, issuedOn: options.told === undefined ? issuedOn : null, found, named });
  const numUnheard = trackId === null ? await countUnheard(context, record, region) : 0;
  const testedWeeks = lastTestedWeeks(record);
  if (context.isJson) {
    const { quantileLevels, numUnknownRegion } = found;
    await context.printJson({
      runId,
      isPublished,
      issuedOn,
      quantileLevels,
      testedWeeks,
      numUnknownRegion,
      ...(trackId === null ? { numUnheard } : { partInRun: part }),
      forecasts: named.map(withWeekNumbers),
      drawn,
    });
    return;
  }
  await print(context, trackId, named, found);
  if (numUnheard > 0) {
    await context.note(`${plural(numUnheard, 'new track')} left out, unheard: chartlife audio fetch`);
  }
  for (const file of drawn) await context.print(['', `drawn: ${file}`]);
  const untested = named.length === 0 ? null : untestedNote(testedWeeks, numWeeks - 1);
  if (untested !== null) await context.note(context.noteStyles.dim(`  ${untested}`));
  await context.note(
    isPublished
      ? `  by the published run ${runId}`
      : `  by run ${runId}, which is not published: see how good it is with chartlife runs show ${runId}`,
  );
  await suggestNext(context, trackId, runId, options);
}

/** A week by itself says which it is. */
function withWeekNumbers({ weeks, ...forecast }: NamedForecast) {
  return { ...forecast, weeks: weeks.map((week, place) => ({ week: forecast.numObserved + place, ...week })) };
}

async function countUnheard(context: CommandContext, record: RunRecord, region: Region | undefined): Promise<number> {
  const { countUnheardTracks } = await import('../forecast/unheardTracks.ts');
  return countUnheardTracks(context, record, region);
}

async function draw(svgPath: string, drawing: ForecastDrawing): Promise<string[]> {
  const { drawForecast } = await import('../forecast/drawForecast.ts');
  return drawForecast(svgPath, drawing);
}

async function print(
  context: CommandContext,
  trackId: TrackId | null,
  named: readonly NamedForecast[],
  { quantileLevels, numUnknownRegion }: FoundForecasts,
): Promise<void> {
  const width = widthOf(context.effects.stdout);
  const { styles } = context;
  if (trackId !== null) {
    for (const [place, own] of named.entries()) {
      if (place > 0) await context.print('');
      await context.print(renderForecast(own, quantileLevels, width, styles));
    }
  } else if (named.length === 0) {
    await context.print(`No track with a spectrogram came onto a chart in the last ${NEW_WITHIN_DAYS} days.`);
  } else {
    await context.print([
      styles.dim('chance to be on the chart, and streams a week if it is; told: whole weeks that are known'),
      ...renderForecasts(named, quantileLevels, width, styles),
    ]);
  }
  if (numUnknownRegion > 0) {
    await context.note(
      `${plural(numUnknownRegion, 'trajectory', 'trajectories')} left out: the run has not learned the region`,
    );
  }
  if (named.some(({ isSynthetic }) => isSynthetic)) {
    await context.note(styles.yellow('Synthetic sound: rendered from each track’s descriptors, no recording.'));
  }
}

/** @throws ChartlifeError InvalidInput unless one track or the new ones are asked for */
function askedTrack(track: string | undefined, { new: isNew, told, plot }: ForecastOptions): TrackId | null {
  if ((track === undefined) !== (isNew === true)) {
    throw new ChartlifeError(
      'InvalidInput',
      track === undefined ? 'no track is named' : 'a track and --new are named',
      {
        next: 'Give a track, or --new for those that came lately.',
      },
    );
  }
  if (track !== undefined) return parseTrackId(track);
  if (told !== undefined || plot !== undefined) {
    throw new ChartlifeError('InvalidInput', `${told === undefined ? '--plot' : '--told'} is of one track`, {
      next: 'Name the track.',
    });
  }
  return null;
}

async function chooseRun(context: CommandContext, run: string | undefined): Promise<[RunId, boolean]> {
  if (run === undefined) return [(await publishedRun(context)).runId, true];
  const runId = await findRun(context, run);
  const newest = await publishedRun(context).catch(() => null);
  return [runId, newest?.runId === runId];
}

function whollyKnown(trackId: TrackId, runId: RunId, numWeeks: number, { region }: ForecastOptions): ChartlifeError {
  const where = region === undefined ? '' : ` in ${region}`;
  return new ChartlifeError(
    'InvalidInput',
    `track ${trackId} has nothing to forecast${where}: run ${runId} forecasts ${numWeeks} weeks from the debut, and all are known`,
    {
      next: `Keep some from the model, to hold them against it: chartlife forecast ${shellWord(trackId)} --run ${runId} --told 1`,
      details: { trackId, runId, numWeeks },
    },
  );
}

/** Why there is none: in words, with what to do. */
async function nothingToForecast(
  context: CommandContext,
  trackId: TrackId,
  runId: RunId,
  { region }: ForecastOptions,
  { numUnknownRegion }: FoundForecasts,
): Promise<ChartlifeError> {
  const { queryRows } = await import('../queryRows.ts');
  const { withLake } = await import('../homeLake.ts');
  const where = region === undefined ? '' : ` in ${region}`;
  const [heard, charted] = await withLake(context, { mode: 'read' }, async (lake) => [
    await queryRows(lake, `SELECT feature_version FROM spectrogram WHERE track_id = '${trackId}'`),
    await queryRows(lake, `SELECT DISTINCT region FROM chart_entry WHERE track_id = '${trackId}' ORDER BY region`),
  ]);
  const refused = (why: string, next: string): ChartlifeError =>
    new ChartlifeError('InvalidInput', `track ${trackId} can't be forecast${where}: ${why}`, {
      next,
      details: { trackId },
    });
  const regions = (charted ?? []).map((row) => String(row.region));
  if (regions.length === 0)
    return refused('the lake has never seen it on a chart', 'See which are there: chartlife sql "from track"');
  if (region !== undefined && !regions.includes(region)) {
    return refused(`it charted in ${regions.join(', ')}`, 'Give one of these regions.');
  }
  if (heard?.length === 0) return refused('it has no spectrogram', 'Hear it first: chartlife audio fetch');
  if (numUnknownRegion > 0) return refused(`run ${runId} has not learned the region`, 'Name another run: --run ID');
  return refused(
    'its debut is not known, or its spectrogram is of other settings than the run’s',
    `See what is known: chartlife sql "from trajectory where track_id = '${trackId}'"`,
  );
}

async function suggestNext(
  context: CommandContext,
  trackId: TrackId | null,
  runId: RunId,
  { plot, run }: ForecastOptions,
): Promise<void> {
  const ofRun = run === undefined ? '' : ` --run ${runId}`;
  if (trackId === null) {
    await context.suggest(`chartlife sql "from forecast where run_id = '${runId}' limit 10"`, 'every week of them');
  } else if (plot === undefined) {
    await context.suggest(
      `chartlife forecast ${shellWord(trackId)} --plot forecast.svg${ofRun}`,
      'the fan as a picture',
    );
  } else {
    await context.suggest(`chartlife forecast --new${ofRun}`, 'those that came lately');
  }
}
