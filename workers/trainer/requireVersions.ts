/** What a run's record says of versions must be true of who computes: at each of its steps, not at the first alone. */
import { ChartlifeError } from '../../contracts/errors.ts';
import type { TrainInput } from '../../contracts/runs.ts';
import { canonicalJson } from '../../runtime/canonicalJson.ts';
import { runVersions } from '../../runtime/versions.ts';

/**
 * @param asked of the run
 * @throws ChartlifeError InvalidInput where this process is of others
 */
export function requireVersions(asked: TrainInput['versions']): void {
  const own = runVersions();
  if (canonicalJson(asked) === canonicalJson(own)) return;
  const told = (versions: TrainInput['versions']): string =>
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ');
  throw new ChartlifeError('InvalidInput', `the run is of ${told(asked)}; this train worker has ${told(own)}`, {
    next: 'Give the train worker the same versions as the command line, and start the run again.',
    details: { asked: told(asked), own: told(own) },
  });
}
