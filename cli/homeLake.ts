/** The lake of a command's home, opened for one piece of work. Brings DuckDB in only when it is needed. */
import { type CalendarDate, dateOfInstant } from '../contracts/dates.ts';
import type { Lake, LakeLocation, OpenOptions } from '../data/lake/types.ts';
import { nativeCacheAt, nativeCacheRoot } from '../runtime/nativeParts.ts';
import type { CommandContext } from './context.ts';
import { readSampleMark } from './sampleHome.ts';

export function lakeLocation(context: CommandContext): LakeLocation {
  return {
    catalogPath: context.home.catalogPath,
    dataDir: context.home.lakeDataDir,
    extensionsDir: nativeCacheAt(nativeCacheRoot(context.effects.env)).duckdbExtensionsDir,
  };
}

/** Opens, works, closes, whatever happens. */
export async function withLake<T>(
  context: CommandContext,
  options: OpenOptions,
  work: (lake: Lake) => Promise<T>,
): Promise<T> {
  const { openLake } = await import('../data/lake/openLake.ts');
  const lake = await openLake(lakeLocation(context), options);
  try {
    return await work(lake);
  } finally {
    await lake.close();
  }
}

/** What freshness is judged by: the sample's own day in a home with the sample, else the real one in UTC. */
export async function todayOf(context: CommandContext): Promise<CalendarDate> {
  const mark = await readSampleMark(context.home);
  return mark?.today ?? dateOfInstant(context.effects.clock.now().getTime());
}

/**
 * As `withLake` for a change to a lake that must be there already: opening it to write would make an empty one.
 *
 * @throws ChartlifeError LakeUnusable where there is none.
 */
export async function withExistingLake<T>(context: CommandContext, work: (lake: Lake) => Promise<T>): Promise<T> {
  await withLake(context, { mode: 'read' }, async () => undefined);
  return withLake(context, { mode: 'write' }, work);
}
