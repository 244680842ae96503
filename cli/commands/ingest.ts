/** `chartlife ingest`: one refresh now, watched to its end. */

import { Command } from 'commander';
import {
  CHART_KINDS,
  type Chart,
  type ChartKind,
  chartName,
  parseChartKind,
  parseChartName,
} from '../../contracts/charts.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { RefreshResult } from '../../contracts/payloads.ts';
import type { Region } from '../../contracts/regions.ts';
import type { Settings } from '../../contracts/settings.ts';
import { readSettings } from '../../runtime/settings.ts';
import { dateInZone } from '../../runtime/zonedTime.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { requireFetching, withSystem } from '../homeSystem.ts';
import { listOption } from '../options.ts';
import { renderRefresh } from '../output/refreshReport.ts';
import { readSampleMark } from '../sampleHome.ts';
import { watchRefresh } from '../watchRefresh.ts';

interface IngestOptions {
  readonly kinds?: readonly ChartKind[];
  readonly charts?: readonly Chart[];
}

/** One refresh to start. */
interface Wanted {
  readonly cadence: ChartKind;
  /** Absent: all that the settings name. */
  readonly regions?: readonly Region[];
}

export const ingestCommand: CommandBuilder = (act) =>
  new Command('ingest')
    .summary('refresh now, without waiting for the night')
    .description(
      'Fetch, check and commit the charts of the settings now, and watch it to the end. Pages that have not changed make ' +
        'no new snapshot. Works beside a running `chartlife up`; where none runs, server and workers are started for it.',
    )
    .addOption(
      listOption<ChartKind>(
        '--kinds <list>',
        'daily, weekly or both (default: what the settings name)',
        parseChartKind,
      ),
    )
    .addOption(
      listOption<Chart>(
        '--charts <list>',
        'only these of the settings’ charts, such as us/daily',
        parseChartName,
      ).conflicts('kinds'),
    )
    .option('--json', 'print one JSON array, one object a kind')
    .action(act(ingest));

async function ingest(context: CommandContext, options: IngestOptions): Promise<undefined> {
  const settings = await readSettings(context.home);
  requireFetching(settings);
  const wanted = chooseRefreshes(settings, options);
  const mark = await readSampleMark(context.home);
  const nominalDate = mark?.today ?? dateInZone(context.effects.clock.now(), settings.timeZone);
  context.effects.interruption.drainsItself();
  const results = await withSystem(context, settings, mark?.today ?? null, async (control) => {
    const all: RefreshResult[] = [];
    for (const { cadence, regions } of wanted) {
      const result = await watchRefresh(context, control, cadence, nominalDate, regions);
      if (!context.isJson) await context.print(renderRefresh(result, context.styles, widthOf(context.effects.stdout)));
      all.push(result);
    }
    return all;
  });
  if (context.isJson) await context.printJson(results);
  await suggestNext(context, results);
}

function chooseRefreshes(settings: Settings, { kinds, charts }: IngestOptions): Wanted[] {
  const isNamed = (chart: Chart): boolean => settings.charts.some((named) => chartName(named) === chartName(chart));
  const unnamed = charts?.find((chart) => !isNamed(chart));
  if (unnamed !== undefined) throw unknownCharts(settings, '--charts', `chart ${chartName(unnamed)}`);
  const named = CHART_KINDS.filter((kind) => settings.charts.some((chart) => chart.kind === kind));
  const unnamedKind = kinds?.find((kind) => !named.includes(kind));
  if (unnamedKind !== undefined) throw unknownCharts(settings, '--kinds', `${unnamedKind} chart`);
  if (charts === undefined) {
    return named.filter((kind) => kinds?.includes(kind) ?? true).map((cadence) => ({ cadence }));
  }
  return named.flatMap((cadence) => {
    const regions = charts.filter((chart) => chart.kind === cadence).map(({ region }) => region);
    return regions.length === 0 ? [] : [{ cadence, regions: [...new Set(regions)] }];
  });
}

function unknownCharts(settings: Settings, option: string, what: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `${option}: the settings name no ${what}`, {
    next: `They name ${settings.charts.map(chartName).join(', ')}. \`chartlife up\` with other --regions or --kinds changes that.`,
    details: { option },
  });
}

async function suggestNext(context: CommandContext, results: readonly RefreshResult[]): Promise<void> {
  if (results.some((result) => result.problems.length > 0)) {
    await context.suggest('chartlife status', 'what is in quarantine, and why');
    return;
  }
  const committed = results.find(({ outcomes }) => outcomes.committed + outcomes.replaced > 0);
  if (committed !== undefined && committed.lastChartDate !== null) {
    const { cadence, lastChartDate } = committed;
    await context.suggest(
      `chartlife sql "select * from new_entry where chart_kind = '${cadence}' and chart_date = '${lastChartDate}'"`,
      'what came in',
    );
    return;
  }
  await context.suggest('chartlife sql "select * from freshness"', 'what the lake has');
}
