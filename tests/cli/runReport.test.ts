/** A training run as text. */
import { describe, expect, it } from 'vitest';
import { renderRun } from '../../cli/output/runReport.ts';
import { createStyles } from '../../cli/output/styles.ts';
import type { RunId } from '../../contracts/runs.ts';
import { RECIPES } from '../../models/recipes/presets.ts';
import type { ModelErrors, Mp3Evaluation } from '../../workers/trainer/evaluation.ts';
import type { RunRecord } from '../../workers/trainer/runFolder.ts';

const errorOf = (horizon: string, numWeeks: number, mae: number | null) => ({ horizon, numWeeks, mae, rmse: mae });
const modelOf = (model: string, mae: number, regions: readonly string[]): ModelErrors => ({
  model,
  errors: [errorOf('all', 30, mae), errorOf('1-4', 30, mae), errorOf('5-13', 0, null)],
  regions: Object.fromEntries(regions.map((region, place) => [region, [errorOf('all', 10 + place, mae + place / 10)]])),
});

const calibrated = (horizon: string, numSeen: number) => ({
  ...{
    horizon,
    numSeen,
    brier: 0.1234,
    brierOfShare: 0.2,
    numOnChart: numSeen,
    coverage: numSeen === 4 ? null : 0.834,
  },
});

function recordOf(regions: readonly string[]): RunRecord {
  const mp3: Mp3Evaluation = {
    ...{ stage: 'mp3', part: 'test', numObserved: 1, gain: null },
    models: [modelOf('MP3', 0.2, regions), modelOf('power law', 0.25, regions)],
    calibration: [calibrated('all', 30), calibrated('0', 4), calibrated('5-13', 0)],
  };
  return {
    ...{ runId: '0123456789abcdef' as RunId, recipe: RECIPES.nano, snapshotId: 3, seed: 1, versions: {} },
    createdAt: '2026-11-26T12:00:00.000Z',
    evaluations: { mp3: [mp3, { ...mp3, numObserved: 0, calibration: null, models: mp3.models.slice(0, 1) }] },
  };
}
const linesOf = (regions: readonly string[]): string[] => renderRun(recordOf(regions), createStyles(false), 80);

describe('the test part of MP3', () => {
  it('shows horizons of which a week is known', () => {
    expect(linesOf(['us'])).toEqual([
      'run 0123456789abcdef  nano, seed 1, snapshot 3: frozen',
      '',
      'MP3 on the test part, told the first week',
      '  mean error of log10 streams, by weeks since the debut',
      '                all     1-4',
      '  MP3         0.200   0.200',
      '  power law   0.250   0.250',
      '  weeks          30      30',
      "  how sure: share within the band; squared error of P(on chart), beside the training part's share",
      '                all       0',
      '  in the band    83 %       -',
      '  P(on chart)   0.123   0.123',
      '  share alone   0.200   0.200',
      'MP3 on the test part, told the sound alone',
      '  mean error of log10 streams, by weeks since the debut',
      '          all     1-4',
      '  MP3   0.200   0.200',
      '  weeks      30      30',
    ]);
  });

  it('shows several regions beside each other, that with most weeks first', () => {
    expect(linesOf(['jp', 'us']).slice(-10, -5)).toEqual([
      '  errors by region, over all weeks',
      '                 us      jp',
      '  MP3         0.300   0.200',
      '  power law   0.350   0.250',
      '  weeks          11      10',
    ]);
    const codes = ['ar', 'at', 'au', 'be', 'bg', 'br', 'ca', 'ch', 'cl'];
    expect(linesOf(codes).at(-10)).toBe('  errors by region, over all weeks; 1 more region: --json has all');
  });
});

describe('the data set', () => {
  const known = {
    numTracks: { training: 700, validation: 150, test: 150 },
    regions: { us: 1_000 },
    numLeftOut: { embargo: 1, group: 2, later: 0, region: 4 },
    numSynthetic: 0,
    numWithoutArtist: 6,
  };
  const ofRegion = (numDebutKnown: number, numWithBoth: number) => ({
    ...{ numCharted: numDebutKnown + 10, numWithSound: numWithBoth + 3 },
    ...{ numDebutKnown, numWithBoth },
  });
  const linesWith = (changes: object): string[] => {
    const dataset = { ...known, ...changes } as unknown as NonNullable<RunRecord['dataset']>;
    return renderRun({ ...recordOf([]), evaluations: {}, dataset }, createStyles(false), 80).slice(1);
  };

  it('says what the tracks were chosen from, what is left out, and who names nobody', () => {
    expect(linesWith({ coverage: { us: ofRegion(1_000, 850) } })).toEqual([
      '  tracks     700 to learn from, 150 to choose by, 150 to be tested on; one region',
      '  charted    1,010 tracks in us; 1,000 have a known debut, and sound is there for 85 % of these',
      '  left out   1 too near the next part, 2 of artists or songs in a later part, 4 of regions without a weight',
      '  artists    6 tracks name none: their artists may be in other parts too',
    ]);
  });

  it('shows between which regions the share with sound lies, and nothing of what older runs have not counted', () => {
    const coverage = { jp: ofRegion(100, 40), us: ofRegion(1_000, 999), br: ofRegion(0, 0) };
    expect(linesWith({ coverage })[1]).toBe(
      '  charted    1,130 tracks in 3 regions, each counted; 1,100 have a known debut, and sound is there for 94 % of these, from 40 % (jp) to more than 99 % (us)',
    );
    const older = linesWith({
      coverage: undefined,
      numWithoutArtist: undefined,
      numLeftOut: { embargo: 1, group: 2, later: 0 },
    });
    expect(older.slice(1)).toEqual(['  left out   1 too near the next part, 2 of artists or songs in a later part']);
  });
});
