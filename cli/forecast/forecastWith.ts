/** Forecasts by a run of this home, in a trainer's process of the command's own: no server is needed. */
import type { CalendarDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { Publication } from '../../contracts/runRows.ts';
import type { RunId } from '../../contracts/runs.ts';
import { openLogFile } from '../../runtime/log.ts';
import { nativeCacheAt, nativeCacheRoot } from '../../runtime/nativeParts.ts';
import { tensorflowVariant } from '../../runtime/tensorflowVariant.ts';
import type { ForecastSelection, FoundForecasts } from '../../workers/trainer/forecastRun.ts';
import { runFolderIn } from '../../workers/trainer/runFolder.ts';
import type { CommandContext } from '../context.ts';
import { lakeLocation, withExistingLake, withLake } from '../homeLake.ts';

/** @throws ChartlifeError InvalidInput where no run is published */
export async function publishedRun(context: CommandContext): Promise<Publication> {
  const [newest] = await withLake(context, { mode: 'read' }, (lake) => lake.publications());
  if (newest !== undefined) return newest;
  throw new ChartlifeError('InvalidInput', 'no run of this home is published', {
    next: 'Name a run with --run (chartlife runs list), or publish one: chartlife model publish RUN',
  });
}

/** @throws ChartlifeError RunNotFound, InvalidInput, LakeUnusable, SetupMissing: see forecastRun */
export async function forecastWith(
  context: CommandContext,
  runId: RunId,
  selection: ForecastSelection,
): Promise<FoundForecasts> {
  const [{ forecastRun }, { openLake }] = await Promise.all([
    import('../../workers/trainer/forecastRun.ts'),
    import('../../data/lake/openLake.ts'),
  ]);
  const { home, effects } = context;
  const logger = openLogFile(`${home.logsDir}/trainer.log`);
  const progress = context.startProgress('forecasting', 'forecasts', null);
  try {
    const options = {
      home,
      nativeCache: nativeCacheAt(nativeCacheRoot(effects.env)),
      variant: tensorflowVariant(effects.env),
      logger,
      openLakeAt: () => openLake(lakeLocation(context), { mode: 'read' }),
    };
    const hooks = { onBeat: () => undefined, signal: effects.interruption.signal };
    return await forecastRun(options, runFolderIn(home.runsDir, runId), hooks, selection);
  } finally {
    progress.finish();
    logger.close();
  }
}

/** So that what was said can be held against what came. */
export async function keepForecasts(
  context: CommandContext,
  runId: RunId,
  issuedOn: CalendarDate,
  { quantileLevels, forecasts }: Pick<FoundForecasts, 'quantileLevels' | 'forecasts'>,
): Promise<void> {
  if (forecasts.length === 0) return;
  await withExistingLake(context, (lake) => lake.commitForecasts({ runId, issuedOn, quantileLevels, forecasts }));
}
