/** Whether a run is worth publishing: it must beat what needs no sound, on tracks that it was not trained on. */
import type { Decision } from '../../contracts/runs.ts';
import type { Evaluation } from './evaluate.ts';

/** Decided on the validation part, so that the test part stays a test. */
export function decide(evaluations: readonly Evaluation[]): Decision {
  const validation = evaluations.find(({ part }) => part === 'validation');
  if (validation?.stage !== 'mp3') return { isPublished: false, why: 'MP3 was not evaluated' };
  const maeOf = (errors: (typeof validation.models)[number]['errors']): number =>
    errors[0]?.mae ?? Number.POSITIVE_INFINITY;
  const [own, ...others] = validation.models;
  const best = [...others].sort((a, b) => maeOf(a.errors) - maeOf(b.errors))[0];
  if (own === undefined || best === undefined || !Number.isFinite(maeOf(own.errors))) {
    return {
      isPublished: false,
      why: 'no week on the chart is known of the validation part after those that were told',
    };
  }
  const figures = `mean error of log10 streams on the validation part: MP3 ${maeOf(own.errors).toFixed(3)}, ${best.model} ${maeOf(best.errors).toFixed(3)}`;
  return validation.beatsBaselines
    ? { isPublished: true, why: `it beats every baseline (${figures})` }
    : { isPublished: false, why: `it does not beat the baseline "${best.model}" (${figures})` };
}
