/** What is published: a gain over the best baseline that is no luck, and on the validation part alone. */
import { describe, expect, test } from 'vitest';
import type { RunId } from '../../../contracts/runs.ts';
import { withChanges } from '../../../models/recipes/changes.ts';
import { RECIPES } from '../../../models/recipes/presets.ts';
import { beatsBaselines, decide, decideRun } from '../../../workers/trainer/decide.ts';
import type { Mp3Evaluation } from '../../../workers/trainer/evaluation.ts';

const errorsOf = (model: string, mae: number): Mp3Evaluation['models'][number] => ({
  model,
  errors: [{ horizon: 'all', numWeeks: 100, mae, rmse: mae }],
  regions: {},
});

function evaluationOf(part: 'validation' | 'test', [low, value, high]: number[], numTracks = 40): Mp3Evaluation {
  return {
    stage: 'mp3',
    part,
    numObserved: 1,
    calibration: null,
    models: [errorsOf('MP3', 0.2), errorsOf('persistence', 0.5), errorsOf('power law', 0.2 + (value as number))],
    gain: { baseline: 'power law', value: value as number, low: low as number, high: high as number, numTracks },
  };
}

const GAIN = [0.02, 0.05, 0.08];
const LUCK = [-0.01, 0.03, 0.07];
const LOSS = [-0.09, -0.05, -0.01];

describe('a run', () => {
  test('is published where the whole interval is above 0, with the figures', () => {
    expect(decide([evaluationOf('validation', GAIN), evaluationOf('test', LOSS)])).toEqual({
      isPublished: true,
      why:
        'it beats every baseline (mean error of log10 streams on 40 tracks of the validation part: MP3 0.200, power law ' +
        '0.250; gain 0.050, 95 % interval 0.020 to 0.080)',
    });
  });

  test.each([
    ['a gain that may be luck', LUCK, 'it may beat the baseline "power law" by luck alone'],
    ['a gain whose interval ends at 0', [0, 0.03, 0.07], 'by luck alone'],
    ['a loss', LOSS, 'it does not beat the baseline "power law"'],
  ])('is kept for %s, whatever the test part says', (_, figures, why) => {
    const decision = decide([evaluationOf('validation', figures), evaluationOf('test', GAIN)]);
    expect(decision.isPublished).toBe(false);
    expect(decision.why).toContain(why);
  });

  test('is kept where a handful of tracks says so', () => {
    const decision = decide([evaluationOf('validation', GAIN, 9)]);
    expect(decision).toMatchObject({ isPublished: false, why: expect.stringMatching(/^9 tracks are too few to tell/) });
    expect(decide([evaluationOf('validation', GAIN, 10)]).isPublished).toBe(true);
  });

  test('is judged told the first week, whatever it forecasts told none', () => {
    const toldNone = { ...evaluationOf('validation', GAIN), numObserved: 0 };
    expect(decide([toldNone, evaluationOf('validation', LOSS)]).isPublished).toBe(false);
    expect(decide([toldNone])).toEqual({ isPublished: false, why: 'MP3 was not evaluated' });
  });

  test('is kept where nothing is known, or MP3 was not evaluated', () => {
    const nothing = { ...evaluationOf('validation', GAIN), gain: null };
    expect(decide([nothing])).toMatchObject({
      isPublished: false,
      why: expect.stringContaining('no week on the chart'),
    });
    expect(decide([])).toEqual({ isPublished: false, why: 'MP3 was not evaluated' });
    expect(decide([evaluationOf('test', GAIN)]).isPublished).toBe(false);
  });
});

describe('a run whose figures are good', () => {
  const evaluations = { mp3: [evaluationOf('validation', GAIN)] };

  test('is kept where its split is random: what came later leaks into it', () => {
    const evaluations = { mp3: [evaluationOf('validation', GAIN)] };
    expect(decideRun({ recipe: RECIPES.original, evaluations })).toEqual({
      isPublished: false,
      why: expect.stringMatching(/^its split is random and leaks what came later; it beats every baseline/),
    });
  });

  test('is kept where its fold ends before the newest debuts, and in the lake it beats the baselines', () => {
    const recipe = withChanges(RECIPES.nano, ['split.fold=1']);
    expect(decideRun({ recipe, evaluations })).toMatchObject({
      isPublished: false,
      why: expect.stringMatching(/^its fold 1 ends before the newest debuts; it beats every baseline/),
    });
    expect(decideRun({ recipe: RECIPES.nano, evaluations }).isPublished).toBe(true);
    expect(beatsBaselines(evaluations)).toBe(true);
  });

  test('is kept where it trains another again', () => {
    const reproduces = '0123456789abcdef' as RunId;
    expect(decideRun({ recipe: RECIPES.nano, evaluations, reproduces })).toMatchObject({
      isPublished: false,
      why: expect.stringContaining(reproduces),
    });
  });

  test('that were never taken beat nothing', () => {
    expect(beatsBaselines(undefined)).toBeNull();
    expect(beatsBaselines({ mp3: [evaluationOf('validation', LOSS)] })).toBe(false);
  });
});
