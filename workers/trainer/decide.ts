/** Whether a run is worth publishing: it must beat what needs no sound, on tracks that it was not trained on. */
import type { Decision } from '../../contracts/runs.ts';
import { type Evaluation, judgedMp3 } from './evaluation.ts';
import type { RunRecord } from './runFolder.ts';

/** Of fewer a bootstrap says little: five tracks that happen to fit well leave no resample in doubt. */
const LEAST_TRACKS = 10;

/** Decided on the validation part, so that the test part stays a test. A gain that may be luck is none. */
export function decide(evaluations: readonly Evaluation[]): Decision {
  const validation = judgedMp3(evaluations, 'validation');
  if (validation === undefined) return { isPublished: false, why: 'MP3 was not evaluated' };
  const { gain, models } = validation;
  if (gain === null) {
    return {
      isPublished: false,
      why: 'no week on the chart is known of the validation part after those that were told',
    };
  }
  const figureOf = (name: string | undefined): string =>
    `${name} ${models.find(({ model }) => model === name)?.errors[0]?.mae?.toFixed(3)}`;
  const figures =
    `mean error of log10 streams on ${gain.numTracks} tracks of the validation part: ${figureOf(models[0]?.model)}, ${figureOf(gain.baseline)}; ` +
    `gain ${gain.value.toFixed(3)}, 95 % interval ${gain.low.toFixed(3)} to ${gain.high.toFixed(3)}`;
  if (gain.numTracks < LEAST_TRACKS) {
    return {
      isPublished: false,
      why: `${gain.numTracks} tracks are too few to tell, ${LEAST_TRACKS} the least (${figures})`,
    };
  }
  if (gain.low > 0) return { isPublished: true, why: `it beats every baseline (${figures})` };
  const why =
    gain.value > 0
      ? `it may beat the baseline "${gain.baseline}" by luck alone`
      : `it does not beat the baseline "${gain.baseline}"`;
  return { isPublished: false, why: `${why} (${figures})` };
}

/** A run that another one is compared with, or that leaves the newest charts out, is kept whatever its figures. */
export function decideRun({
  recipe,
  reproduces,
  evaluations,
}: Pick<RunRecord, 'recipe' | 'reproduces' | 'evaluations'>): Decision {
  if (reproduces !== undefined) {
    return { isPublished: false, why: `it trains run ${reproduces} again, to be compared with it` };
  }
  const decision = decide(evaluations?.mp3 ?? []);
  const { kind, fold } = recipe.split;
  if (decision.isPublished && kind !== 'debut-date') {
    return { isPublished: false, why: `its split is random and leaks what came later; ${decision.why}` };
  }
  // Its model would take the place of one that knows the charts to their end.
  if (decision.isPublished && fold > 0) {
    return { isPublished: false, why: `its fold ${fold} ends before the newest debuts; ${decision.why}` };
  }
  return decision;
}

/** Whether MP3 gains on every baseline on the validation part by more than luck; null where it was not evaluated. */
export function beatsBaselines(evaluations: RunRecord['evaluations']): boolean | null {
  const validation = judgedMp3(evaluations?.mp3, 'validation');
  return validation === undefined ? null : decide([validation]).isPublished;
}
