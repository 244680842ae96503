/** The fan of a track's forecast as an SVG file; one per region where it charted. */
import path from 'node:path';
import { WEEK_STATE } from '../../contracts/dataset.ts';
import { addDays, type CalendarDate } from '../../contracts/dates.ts';
import type { RunId } from '../../contracts/runs.ts';
import { forecastFan, type ObservedWeek } from '../../plots/forecastFan.ts';
import { writeFileAtomic } from '../../runtime/files.ts';
import type { FoundForecasts } from '../../workers/trainer/forecastRun.ts';
import type { NamedForecast } from '../output/forecastReport.ts';

export interface ForecastDrawing {
  readonly runId: RunId;
  /** null where later weeks were kept from the model: it stands then at the end of what it was told. */
  readonly issuedOn: CalendarDate | null;
  readonly found: Pick<FoundForecasts, 'tracks' | 'quantileLevels'>;
  readonly named: readonly NamedForecast[];
}

/** @returns the files that were written; where there are several regions, each has its region in the name */
export async function drawForecast(
  svgPath: string,
  { runId, issuedOn, found, named }: ForecastDrawing,
): Promise<string[]> {
  const { dir, name } = path.parse(svgPath);
  const files: string[] = [];
  for (const forecast of named) {
    const { trackId, region, title, debut, isSynthetic, numObserved, weeks } = forecast;
    const known = knownWeeks(found, forecast);
    const svg = forecastFan({
      ...{ trackId, region, runId, debut, isSynthetic },
      issuedOn: issuedOn ?? addDays(debut, 7 * numObserved),
      title: title ?? trackId,
      observed: known.filter(({ week }) => week < numObserved),
      actualLater: known.filter(({ week }) => week >= numObserved),
      quantileLevels: found.quantileLevels,
      forecast: weeks.map((own, place) => ({ ...own, week: numObserved + place })),
    });
    const file = named.length === 1 ? svgPath : path.join(dir, `${name}.${region}.svg`);
    await writeFileAtomic(file, svg);
    files.push(file);
  }
  return files;
}

function knownWeeks({ tracks }: Pick<FoundForecasts, 'tracks'>, { trackId, region }: NamedForecast): ObservedWeek[] {
  const trajectory = tracks
    .find((track) => track.trackId === trackId)
    ?.trajectories.find((own) => own.region === region);
  if (trajectory === undefined) return [];
  const { states, log10Streams } = trajectory;
  return [...states].flatMap((state, week) => {
    if (state === WEEK_STATE.unseen) return [];
    return [{ week, log10Streams: state === WEEK_STATE.on ? (log10Streams[week] as number) : null }];
  });
}
