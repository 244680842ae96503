/** `chartlife audio fetch`: sound for tracks now, without waiting for the night. */
import { Command } from 'commander';
import { addDays, type CalendarDate } from '../../../contracts/dates.ts';
import { ChartlifeError, ERROR_TYPES } from '../../../contracts/errors.ts';
import type { FeaturesResult } from '../../../contracts/payloads.ts';
import type { Settings } from '../../../contracts/settings.ts';
import { readSettings } from '../../../runtime/settings.ts';
import { dateInZone } from '../../../runtime/zonedTime.ts';
import type { CommandBuilder } from '../../commandWork.ts';
import type { CommandContext } from '../../context.ts';
import { widthOf } from '../../effects.ts';
import { EXIT_DONE } from '../../exitCodes.ts';
import { withSystem } from '../../homeSystem.ts';
import { dateOption, wholeNumberOption } from '../../options.ts';
import { indented, withoutControls } from '../../output/displayWidth.ts';
import { plural } from '../../output/numbers.ts';
import { soundText } from '../../output/refreshReport.ts';
import { readSampleMark } from '../../sampleHome.ts';
import { watchFeatures } from '../../watchFeatures.ts';

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
        '`chartlife up`; where none runs, server and workers are started for it. Where every track failed it ends with the ' +
        'code of what most of them failed with.',
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

async function fetchSound(context: CommandContext, options: FetchOptions): Promise<number> {
  const settings = await readSettings(context.home);
  requireSources(settings);
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
  else await context.print(describe(result, context, enteredFrom, settings, options.limit));
  await context.suggest(
    'chartlife sql "select * from preview order by recorded_at desc limit 10"',
    'what came of each',
  );
  return exitCodeOf(result);
}

/** Not 0 where nothing at all came of it: then that of the type that most tracks failed with. */
function exitCodeOf({ numListed, numFailed, failures = [] }: FeaturesResult): number {
  if (numListed === 0 || numFailed < numListed) return EXIT_DONE;
  const [first] = failures;
  const known = Object.entries(ERROR_TYPES).find(([type]) => type === first?.errorType);
  // A time limit that passed, or what nobody foresaw: in either case the sources gave nothing.
  return (known?.[1] ?? ERROR_TYPES.SourceUnavailable).exitCode;
}

function describe(
  result: FeaturesResult,
  { styles, effects }: CommandContext,
  enteredFrom: CalendarDate | null,
  settings: Settings,
  limit = settings.sound.maxTracksPerNight,
): string[] {
  const whose = enteredFrom === null ? 'every track that charted' : `every entry since ${enteredFrom}`;
  if (result.numListed === 0) {
    return [`Nothing to ask for: ${whose} has its spectrogram, or was asked for lately.`];
  }
  const isCapped = result.numListed >= limit;
  const { failures = [], numUnchanged = 0 } = result;
  const width = widthOf(effects.stdout);
  return [
    soundText(result, styles),
    ...(settings.source.kind === 'replica'
      ? ['  all of it synthetic: rendered on this machine by the replica, no recordings']
      : []),
    ...(numUnchanged > 0 ? [`  ${plural(numUnchanged, 'track')} heard before: the source has them still`] : []),
    ...failures.flatMap(({ numTracks, errorType, message }) => [
      `  ${styles.yellow(`${plural(numTracks, 'track')} failed`)}:`,
      ...indented(`${withoutControls(message)} [${errorType}]`, 4, width),
    ]),
    ...(isCapped
      ? [`  ${plural(limit, 'track')} is the limit of one run: run it again for what is left, or give a higher --limit`]
      : []),
  ];
}

/**
 * Charts need not be fetched for it: the lake may have been filled by imports.
 *
 * @throws ChartlifeError InvalidInput where no source is on, or a live one would be asked without a contact
 */
function requireSources({ sound, source }: Settings): void {
  if (sound.sources.length === 0) {
    throw new ChartlifeError('InvalidInput', 'no source of sound is turned on', {
      next: 'Turn one on: chartlife audio source spotify (its terms bind you: see chartlife audio source --help)',
    });
  }
  const live = source.kind === 'replica' ? [] : sound.sources.filter((name) => name !== 'folder');
  if (live.length === 0 || source.contact !== null) return;
  throw new ChartlifeError('InvalidInput', `no contact is named, so ${live.join(' and ')} can't be asked`, {
    next: 'Name one that sources can reach you at: chartlife up --regions us --contact you@example.org',
  });
}
