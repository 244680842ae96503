/** A training run as text: what it was made of, how good it is beside what needs no sound. */
import type { RegionCoverage } from '../../contracts/dataset.ts';
import type { Decision } from '../../contracts/runs.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import type { Evaluation, Mp3Evaluation } from '../../workers/trainer/evaluation.ts';
import type { FoundRuns, RunRecord } from '../../workers/trainer/runFolder.ts';
import type { RunStanding, RunStandings } from '../runStandings.ts';
import type { RunsUnderWay } from '../runsUnderWay.ts';
import { changesFromPreset } from '../trainWords.ts';
import { withoutControls, wrapWords } from './displayWidth.ts';
import { count, plural } from './numbers.ts';
import type { Styles } from './styles.ts';

/** Of what stands before a run's facts, with its indent. */
const LABEL_WIDTH = 13;

export function renderRuns(
  { records, damaged }: FoundRuns,
  standings: RunStandings,
  underWay: RunsUnderWay | null,
  styles: Styles,
): string[] {
  if (records.length + damaged.length === 0) return ['No run yet.'];
  const broken = damaged.map(
    ({ runId, error }) => `${styles.bold(runId)}  ${styles.yellow(withoutControls(error.message))}`,
  );
  const told = (record: RunRecord): string => {
    const standing = standings.get(record.runId);
    const state = stateOf(record, standing);
    if (record.decision !== undefined) return state;
    const going = underWay?.get(record.runId);
    if (going !== undefined) return `${reachedBy(record, standing)}, ${going}`;
    if ((standing?.end ?? null) === null) return underWay === null ? state : `${state}, standing still`;
    const why = whyOf(record, standing);
    return `${state}${why === null ? '' : `: ${why}`}`;
  };
  const names = records.map(({ recipe }) => recipeText(recipe));
  const nameWidth = Math.max(...names.map((name) => name.length));
  const whole = records.map((record, place) => {
    const { runId, seed, snapshotId, createdAt } = record;
    const made = createdAt.slice(0, 16).replace('T', ' ');
    return `${styles.bold(runId)}  ${names[place]?.padEnd(nameWidth)}  seed ${seed}  snapshot ${snapshotId}  ${made} UTC  ${told(record)}`;
  });
  return [...broken, ...whole];
}

/** Its preset, and how far it is from it. */
function recipeText(recipe: Recipe): string {
  const changes = changesFromPreset(recipe);
  if (changes === null) return `${recipe.name}, changed`;
  return changes.length === 0 ? recipe.name : `${recipe.name}, ${plural(changes.length, 'change')}`;
}

export function renderRun(record: RunRecord, styles: Styles, width: number, standing?: RunStanding): string[] {
  const { runId, recipe, seed, snapshotId, dataset, evaluations, decision, weightsSha256 } = record;
  const lines = [
    `${styles.bold(`run ${runId}`)}  ${recipe.name}, seed ${seed}, snapshot ${snapshotId}: ${stateOf(record, standing)}`,
  ];
  const told = (label: string, text: string): void => {
    const [first, ...rest] = wrapWords(text, Math.max(20, width - LABEL_WIDTH));
    lines.push(
      `  ${label.padEnd(LABEL_WIDTH - 2)}${first}`,
      ...rest.map((line) => `${' '.repeat(LABEL_WIDTH)}${line}`),
    );
  };
  const why = whyOf(record, standing);
  if (why !== null) told('why', why);
  const changes = changesFromPreset(recipe);
  if (changes === null) told('recipe', `not one that this version can make from ${recipe.name}: --json has it`);
  else if (changes.length > 0) told('changed', changes.join(' '));
  if (dataset !== undefined) {
    const { training, validation, test } = dataset.numTracks;
    const regions = Object.keys(dataset.regions).length;
    lines.push(
      `  tracks     ${count(training)} to learn from, ${count(validation)} to choose by, ${count(test)} to be tested on; ${regions === 1 ? 'one region' : `${regions} regions`}`,
    );
    if (dataset.numSynthetic > 0)
      lines.push(
        `  sound      synthetic for ${count(dataset.numSynthetic)} tracks: rendered by the replica, no recordings`,
      );
    lines.push(...coverageLine(dataset.coverage ?? {}));
    const { embargo, group, later, region = 0 } = dataset.numLeftOut;
    lines.push(
      `  left out   ${count(embargo)} too near the next part, ${count(group)} of artists or songs in a later part` +
        (later > 0 ? `, ${count(later)} later than the fold's end` : '') +
        (region > 0 ? `, ${count(region)} of regions without a weight` : ''),
    );
    if (dataset.numWithoutArtist > 0)
      lines.push(
        `  artists    ${count(dataset.numWithoutArtist)} tracks name none: their artists may be in other parts too`,
      );
  }
  for (const stage of ['mp2', 'mp3'] as const) {
    const test = (evaluations?.[stage] ?? []).filter(({ part }) => part === 'test');
    for (const [place, evaluation] of test.entries()) {
      if (place === 0) lines.push('');
      lines.push(...renderEvaluation(evaluation, styles));
    }
    const sha256 = weightsSha256?.[stage];
    if (sha256 !== undefined) lines.push(styles.dim(`  weights ${stage}.safetensors, sha256 ${sha256.slice(0, 16)}…`));
  }
  if (decision !== undefined) lines.push('', ...wrapWords(`${verdictOf(decision, standing)}: ${decision.why}`, width));
  return lines;
}

/** One line, or none of a run of an older version: how the tracks that could be learned from were chosen by their sound. */
function coverageLine(coverage: Readonly<Record<string, RegionCoverage>>): string[] {
  const regions = Object.entries(coverage);
  const sum = (value: (own: RegionCoverage) => number): number =>
    regions.reduce((total, [, own]) => total + value(own), 0);
  const [charted, debutKnown, withBoth] = [
    sum(({ numCharted }) => numCharted),
    sum(({ numDebutKnown }) => numDebutKnown),
    sum(({ numWithBoth }) => numWithBoth),
  ];
  if (debutKnown === 0) return [];
  const shares = regions
    .filter(([, { numDebutKnown }]) => numDebutKnown > 0)
    .map(([region, own]) => ({ region, share: own.numWithBoth / own.numDebutKnown }))
    .sort((a, b) => a.share - b.share);
  const [least, most] = [shares[0], shares.at(-1)];
  const spread =
    least === undefined || most === undefined || shares.length === 1
      ? ''
      : `, from ${percent(least.share)} (${least.region}) to ${percent(most.share)} (${most.region})`;
  const where = regions.length === 1 ? (regions[0]?.[0] ?? '') : `${regions.length} regions, each counted`;
  return [
    `  charted    ${count(charted)} tracks in ${where}; ${count(debutKnown)} have a known debut, and sound is there for ${percent(withBoth / debutKnown)} of these${spread}`,
  ];
}

/** In whole per cent, and neither 0 nor 100 where it is not all. */
function percent(share: number): string {
  if (share > 0 && share < 0.01) return 'less than 1 %';
  return share > 0.99 && share < 1 ? 'more than 99 %' : `${Math.round(100 * share)} %`;
}

/** How far it came is said of a run that ended before, too. */
function stateOf(record: RunRecord, standing: RunStanding | undefined): string {
  const end = standing?.end;
  const reached = reachedBy(record, standing);
  return end === undefined || end === null || record.decision !== undefined ? reached : `${end.state}, ${reached}`;
}

/** null where there is nothing to say. */
function whyOf({ decision }: RunRecord, standing: RunStanding | undefined): string | null {
  const why = decision === undefined ? (standing?.end?.why ?? null) : null;
  return why === null ? null : withoutControls(why);
}

function verdictOf({ isPublished }: Decision, standing: RunStanding | undefined): string {
  if (isPublished) return 'published';
  return standing?.isPublishedByHand ? 'published by hand; it would have been kept' : 'kept, not published';
}

function reachedBy({ decision, weightsSha256, normalisers }: RunRecord, standing: RunStanding | undefined): string {
  if (decision?.isPublished) return 'published';
  if (standing?.isPublishedByHand) return 'published by hand';
  if (decision !== undefined) return 'done, not published';
  if (weightsSha256?.mp3 !== undefined) return 'trained';
  if (weightsSha256?.mp2 !== undefined) return 'MP2 trained';
  return normalisers === undefined ? 'frozen' : 'begun';
}

function renderEvaluation(evaluation: Evaluation, styles: Styles): string[] {
  if (evaluation.stage === 'mp2') {
    return [
      styles.bold('MP2 on the test part'),
      ...evaluation.targets.map(({ target, numRows, mae, r2 }) =>
        mae === null || r2 === null
          ? `  ${target.padEnd(11)} of no track is it known`
          : `  ${target.padEnd(11)} R² ${r2.toFixed(3)}, mean error ${mae.toFixed(3)} in log10 streams (${count(numRows)} rows)`,
      ),
    ];
  }
  const horizons = evaluation.models[0]?.errors ?? [];
  const shown = horizons.filter(({ numWeeks }) => numWeeks > 0);
  const nameWidth = Math.max(...evaluation.models.map(({ model }) => model.length));
  return [
    styles.bold(
      `MP3 on the test part, told ${evaluation.numObserved === 0 ? 'the sound alone' : `the first ${evaluation.numObserved === 1 ? 'week' : `${evaluation.numObserved} weeks`}`}`,
    ),
    `  ${'mean error of log10 streams, by weeks since the debut'}`,
    `  ${''.padEnd(nameWidth)}${shown.map(({ horizon }) => horizon.padStart(8)).join('')}`,
    ...evaluation.models.map(
      ({ model, errors }) =>
        `  ${model.padEnd(nameWidth)}${errors
          .filter(({ numWeeks }) => numWeeks > 0)
          .map(({ mae }) => (mae === null ? '-' : mae.toFixed(3)).padStart(8))
          .join('')}`,
    ),
    `  ${'weeks'.padEnd(nameWidth)}${shown.map(({ numWeeks }) => count(numWeeks).padStart(8)).join('')}`,
    ...renderCalibration(evaluation, nameWidth),
    ...(evaluation.numObserved === 0 ? [] : renderRegions(evaluation, styles)),
  ];
}

/** Nothing of a head that gives a point alone. */
function renderCalibration({ calibration }: Mp3Evaluation, nameWidth: number): string[] {
  const shown = (calibration ?? []).filter(({ numSeen }) => numSeen > 0);
  if (shown.length === 0) return [];
  const row = (name: string, cellOf: (one: (typeof shown)[number]) => string): string =>
    `  ${name.padEnd(nameWidth)}${shown.map((one) => cellOf(one).padStart(8)).join('')}`;
  const figure = (value: number | null): string => (value === null ? '-' : value.toFixed(3));
  return [
    `  how sure: share within the band; squared error of P(on chart), beside the training part's share`,
    row('', ({ horizon }) => horizon),
    row('in the band', ({ coverage }) => (coverage === null ? '-' : `${Math.round(100 * coverage)} %`)),
    row('P(on chart)', ({ brier }) => figure(brier)),
    row('share alone', ({ brierOfShare }) => figure(brierOfShare)),
  ];
}

/** Most of a chart's regions are alike: those with most weeks are shown, `--json` has all. */
const MAX_REGIONS = 8;

/** Nothing where there is one region alone. */
function renderRegions({ models }: Mp3Evaluation, styles: Styles): string[] {
  const regions = Object.entries(models[0]?.regions ?? {})
    .map(([region, [all]]) => ({ region, numWeeks: all?.numWeeks ?? 0 }))
    .filter(({ numWeeks }) => numWeeks > 0)
    .sort((a, b) => b.numWeeks - a.numWeeks);
  if (regions.length < 2) return [];
  const shown = regions.slice(0, MAX_REGIONS);
  const nameWidth = Math.max(...models.map(({ model }) => model.length));
  const left = regions.length - shown.length;
  return [
    styles.dim(
      `  errors by region, over all weeks${left > 0 ? `; ${plural(left, 'more region')}: --json has all` : ''}`,
    ),
    `  ${''.padEnd(nameWidth)}${shown.map(({ region }) => region.padStart(8)).join('')}`,
    ...models.map(
      ({ model, regions: own }) =>
        `  ${model.padEnd(nameWidth)}${shown.map(({ region }) => (own[region]?.[0]?.mae?.toFixed(3) ?? '-').padStart(8)).join('')}`,
    ),
    `  ${'weeks'.padEnd(nameWidth)}${shown.map(({ numWeeks }) => count(numWeeks).padStart(8)).join('')}`,
  ];
}
