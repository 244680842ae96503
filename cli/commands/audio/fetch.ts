/** `chartlife audio fetch`: sound for tracks now, without waiting for the night. */
import { Command } from 'commander';
import { addDays, type CalendarDate } from '../../../contracts/dates.ts';
import { ChartlifeError } from '../../../contracts/errors.ts';
import type { FeaturesResult } from '../../../contracts/payloads.ts';
import { readSettings } from '../../../runtime/settings.ts';
import { dateInZone } from '../../../runtime/zonedTime.ts';
import type { Control } from '../../../workers/control/control.ts';
import type { FeaturesRequest } from '../../../workers/control/features.ts';
import type { CommandBuilder } from '../../commandWork.ts';
import type { CommandContext } from '../../context.ts';
import { requireFetching, withSystem } from '../../homeSystem.ts';
import { dateOption, wholeNumberOption } from '../../options.ts';
import { soundText } from '../../output/refreshReport.ts';
import { readSampleMark } from '../../sampleHome.ts';
import { watchUntilEnd } from '../../watchUntilEnd.ts';

interface FetchOptions {
  readonly from?: CalendarDate;
  readonly all?: boolean;
  readonly limit?: number;
}

/** Without --from: as a night looks back. */
const DEFAULT_WINDOW_DAYS = 6;

export const fetchCommand: CommandBuilder = (act) =>
  new Command('fetch')
    .summary('fetch previews and compute spectrograms now')
    .description(
      'Fetch the previews of tracks that entered or came back of late, compute their spectrograms, and make again what ' +
        '`audio verify` found missing or damaged. What is there already is not fetched again. Works beside a running ' +
        '`chartlife up`; where none runs, server and workers are started for it.',
    )
    .addOption(
      dateOption(
        '--from <date>',
        `entries on this chart date or later (default: the last ${DEFAULT_WINDOW_DAYS} days)`,
      ),
    )
    .option('--all', 'every track that ever charted')
    .addOption(
      wholeNumberOption('--limit <n>', 'at most so many tracks (default: the settings’ figure for a night)', 1),
    )
    .option('--json', 'print one JSON object')
    .action(act(fetchSound));

async function fetchSound(context: CommandContext, options: FetchOptions): Promise<undefined> {
  const settings = await readSettings(context.home);
  requireFetching(settings);
  requireSource(settings.sound.sources.length);
  if (options.all === true && options.from !== undefined) {
    throw new ChartlifeError('InvalidInput', '--all and --from exclude each other', { next: 'Give one of them.' });
  }
  const mark = await readSampleMark(context.home);
  const nominalDate = mark?.today ?? dateInZone(context.effects.clock.now(), settings.timeZone);
  const enteredFrom = options.all === true ? null : (options.from ?? addDays(nominalDate, -DEFAULT_WINDOW_DAYS));
  context.effects.interruption.drainsItself();
  const request = { nominalDate, enteredFrom, ...(options.limit === undefined ? {} : { maxTracks: options.limit }) };
  const result = await withSystem(context, settings, mark?.today ?? null, (control) =>
    watchFeatures(context, control, request),
  );
  if (context.isJson) await context.printJson(result);
  else await context.print(describe(result, context, enteredFrom, options.limit ?? settings.sound.maxTracksPerNight));
  await context.suggest(
    'chartlife sql "select * from preview order by recorded_at desc limit 10"',
    'what came of each',
  );
}

function describe(
  result: FeaturesResult,
  { styles }: CommandContext,
  enteredFrom: CalendarDate | null,
  limit: number,
): string[] {
  const whose = enteredFrom === null ? 'every track that charted' : `every entry since ${enteredFrom}`;
  if (result.numListed === 0) {
    return [`Nothing to ask for: ${whose} has its spectrogram, or was asked for lately.`];
  }
  const isCapped = result.numListed >= limit;
  return [
    soundText(result, styles),
    ...(isCapped ? [`  stopped at ${limit} tracks: run it again, or with --limit, for what is left`] : []),
  ];
}

function requireSource(numSources: number): void {
  if (numSources > 0) return;
  throw new ChartlifeError('InvalidInput', 'no source of sound is turned on', {
    next: 'Turn one on: chartlife audio source spotify (its terms bind you: see chartlife audio source --help)',
  });
}

/** Starts it, or joins the one of the same tracks that runs, and shows how far it is. */
async function watchFeatures(
  context: CommandContext,
  control: Control,
  request: FeaturesRequest,
): Promise<FeaturesResult> {
  const run = await control.startFeatures(request);
  const progress = context.startProgress('sound', 'tracks', null);
  const look = async (): Promise<void> => {
    const state = await control.featuresProgress(run.workflowId);
    if (state !== null) progress.update(state.numDone, undefined, state.soFar.numListed || null);
  };
  return watchUntilEnd(context, control.awaitFeatures(run), look, () => progress.finish());
}
