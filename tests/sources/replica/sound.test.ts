/** The rendered sound: every descriptor can be measured in the decoded MP3, and nothing in it is left to chance. */
import { beforeAll, describe, expect, it } from 'vitest';
import { isChartlifeError } from '../../../contracts/errors.ts';
import type { TrackId } from '../../../contracts/ids.ts';
import type { AudioDescriptors, TrackFacts } from '../../../contracts/trackFacts.ts';
import { loadSampleTrackFacts } from '../../../data/sample/loadTrackFacts.ts';
import { LOUDNESS_TO_RMS_DB, renderPreview } from '../../../sources/replica/sound/renderPreview.ts';
import { hear, ORDINARY, TRACK_IDS, tracksAcross } from './sampleTracks.ts';
import {
  bandDb,
  bandPowers,
  centroidHz,
  chromaOf,
  mean,
  middlePitch,
  onsetLikeness,
  onsetsPerSecond,
  type Powers,
  powersOf,
  pulseOf,
  quantile,
  rankCorrelation,
  regress,
  rmsDb,
} from './soundMeasures.ts';

/** A tempo is right up to the metre: half, double, or a third and three times where beats go by threes. */
const TEMPO_FACTORS = [1, 1 / 2, 2, 1 / 3, 3];
const MOST_TEMPO_ERROR = 0.02;

const decibels = (ratio: number): number => 10 * Math.log10(ratio);

describe('tracks of the sample, 12 across the range of each measure', () => {
  interface Heard {
    readonly descriptors: AudioDescriptors;
    readonly rmsDb: number;
    readonly centroidHz: number;
    readonly tempoBpm: number;
  }
  let facts: ReadonlyMap<TrackId, TrackFacts>;
  const heard = new Map<TrackId, Heard>();
  const across = (name: 'tempoBpm' | 'loudnessDb' | 'energy'): Heard[] =>
    tracksAcross(facts, name, 12).map((trackId) => heard.get(trackId)!);

  beforeAll(async () => {
    facts = await loadSampleTrackFacts();
    for (const name of ['tempoBpm', 'loudnessDb', 'energy'] as const) {
      for (const trackId of tracksAcross(facts, name, 12)) {
        const { descriptors } = facts.get(trackId)!;
        const { samples, decoded } = await hear(trackId, descriptors);
        const powers = powersOf(samples);
        const { tempoBpm } = pulseOf(powers);
        heard.set(trackId, { descriptors, rmsDb: rmsDb(decoded), centroidHz: centroidHz(powers), tempoBpm });
      }
    }
  }, 120_000);

  it('have their tempo, within 2 % up to the metre', () => {
    const all = [...heard.values()].map(({ descriptors, tempoBpm }) => {
      const ratio = tempoBpm / descriptors.tempoBpm;
      const errors = TEMPO_FACTORS.map((factor) => ({ factor, error: Math.abs(ratio / factor - 1) }));
      return {
        ...errors.reduce((best, each) => (each.error < best.error ? each : best)),
        ...descriptors,
        found: tempoBpm,
      };
    });
    const worst = all.reduce((most, each) => (each.error > most.error ? each : most));
    const numOf = (factor: number): number => all.filter((each) => each.factor === factor).length;
    console.log(
      `tempo of ${all.length} tracks: ${TEMPO_FACTORS.map((factor) => `${numOf(factor)} at x${factor.toFixed(2)}`).join(', ')}; ` +
        `worst ${(100 * worst.error).toFixed(2)} % (${worst.tempoBpm} found as ${worst.found.toFixed(1)})`,
    );
    expect(all.length).toBeGreaterThan(30);
    expect(all.filter(({ error }) => error > MOST_TEMPO_ERROR)).toEqual([]);
    expect(numOf(1) / all.length).toBeGreaterThan(0.7);
  });

  it('have their loudness: the RMS is the descriptor less a constant', () => {
    const tracks = across('loudnessDb');
    const { correlation, slope } = regress(
      tracks.map(({ descriptors }) => descriptors.loudnessDb),
      tracks.map((track) => track.rmsDb),
    );
    const errors = tracks.map((track) => track.rmsDb - (track.descriptors.loudnessDb - LOUDNESS_TO_RMS_DB));
    const [least, most] = [Math.min(...errors), Math.max(...errors)];
    console.log(
      `loudness: correlation ${correlation.toFixed(5)}, slope ${slope.toFixed(4)}, off by ${least.toFixed(2)} to ${most.toFixed(2)} dB`,
    );
    expect(correlation).toBeGreaterThan(0.99);
    expect(Math.abs(slope - 1)).toBeLessThan(0.02);
    expect(Math.max(-least, most)).toBeLessThan(0.2);
  });

  it('are the brighter, the more energetic', () => {
    const correlationOf = (tracks: readonly Heard[]): number =>
      rankCorrelation(
        tracks.map(({ descriptors }) => descriptors.energy),
        tracks.map((track) => track.centroidHz),
      );
    const [spread, all] = [correlationOf(across('energy')), correlationOf([...heard.values()])];
    console.log(`brightness: rank correlation ${spread.toFixed(3)} across energies, ${all.toFixed(3)} of all`);
    expect(spread).toBeGreaterThan(0.95);
    expect(all).toBeGreaterThan(0.9);
  });
});

describe('one descriptor, all else alike', () => {
  type Measure = (powers: Powers) => number;
  const rising: [keyof AudioDescriptors, string, Measure][] = [
    ['energy', 'mean frequency', centroidHz],
    ['energy', 'onsets per second', onsetsPerSecond],
    ['danceability', 'clarity of the pulse', (powers) => pulseOf(powers).clarity],
    ['valence', 'pitch of the middle voices', middlePitch],
    ['acousticness', 'decay after onsets', (powers) => -swing(bandPowers(powers, 200, 2_000), 0.2, 0.8)],
    [
      'instrumentalness',
      "absence of the singer's formant",
      (powers) => (bandDb(powers, 2_000, 2_400) + bandDb(powers, 3_200, 3_800)) / 2 - bandDb(powers, 2_550, 2_950),
    ],
    ['speechiness', 'swing of the syllables', (powers) => swing(bandPowers(powers, 300, 3_000), 0.9, 0.5)],
    ['liveness', 'what fills the pauses', (powers) => -swing(bandPowers(powers, 4_000, 8_000), 0.9, 0.5)],
  ];
  const swing = (values: readonly number[], high: number, low: number): number =>
    decibels(quantile(values, high) / quantile(values, low));

  /** Several of them are of the ordinary song, or are measured twice. */
  const heard = new Map<string, Promise<readonly Powers[]>>();
  const powersAt = (descriptors: AudioDescriptors): Promise<readonly Powers[]> => {
    const key = JSON.stringify(descriptors);
    const sounds =
      heard.get(key) ??
      Promise.all(TRACK_IDS.map(async (trackId) => powersOf((await hear(trackId, descriptors)).samples)));
    heard.set(key, sounds);
    return sounds;
  };

  it.each(rising)('%s raises: %s', async (name, _, measure) => {
    const results: number[] = [];
    for (const value of [0.1, 0.5, 0.9]) {
      results.push(mean((await powersAt({ ...ORDINARY, [name]: value })).map(measure)));
    }
    console.log(`${name}: ${results.map((result) => result.toFixed(2)).join(' < ')}`);
    expect(results).toEqual(results.toSorted((a, b) => a - b));
    expect(new Set(results).size).toBe(3);
  });

  it('loudness moves the level by as many decibels, and nothing else does', async () => {
    const levelOf = async (change: Partial<AudioDescriptors>): Promise<number> =>
      rmsDb((await hear(TRACK_IDS[0]!, { ...ORDINARY, ...change })).decoded);
    const level = await levelOf({});
    for (const loudnessDb of [-30, -15, 0]) {
      const moved = (await levelOf({ loudnessDb })) - level;
      expect(Math.abs(moved - (loudnessDb - ORDINARY.loudnessDb)), `${loudnessDb} dB`).toBeLessThan(0.3);
    }
    for (const change of [{ energy: 0 }, { energy: 1 }, { speechiness: 1 }, { liveness: 1 }, { tempoBpm: 60 }]) {
      expect(Math.abs((await levelOf(change)) - level), JSON.stringify(change)).toBeLessThan(0.3);
    }
  });

  it('key turns the pitch classes, mode moves the third', async () => {
    const descriptors = { ...ORDINARY, pitchClass: 0, acousticness: 0.9 };
    const chromaAt = async (change: Partial<AudioDescriptors>): Promise<number[]> =>
      chromaOf((await hear(TRACK_IDS[1]!, { ...descriptors, ...change })).samples);
    const inC = await chromaAt({});
    for (const pitchClass of [1, 4, 7, 11]) {
      const chroma = await chromaAt({ pitchClass });
      const fits = inC.map((_, turn) => regress(inC, [...chroma.slice(turn), ...chroma.slice(0, turn)]).correlation);
      expect(fits.indexOf(Math.max(...fits))).toBe(pitchClass);
    }
    const inMinor = await chromaAt({ isMajor: false });
    expect(inC[4]!).toBeGreaterThan(inC[3]!);
    expect(inMinor[3]!).toBeGreaterThan(inMinor[4]!);
  });

  it.each([3, 4, 5])('bars of %i beats come again as bars', async (beatsPerBar) => {
    const { samples } = await hear(TRACK_IDS[0]!, { ...ORDINARY, beatsPerBar, tempoBpm: 120, danceability: 0.9 });
    const likeness = onsetLikeness(powersOf(samples));
    const afterBeats = [3, 4, 5].map((numBeats) => likeness(numBeats * 0.5));
    expect(afterBeats.indexOf(Math.max(...afterBeats))).toBe(beatsPerBar - 3);
  });
});

describe('renderPreview', () => {
  it('gives the same samples for the same track, and others for another', () => {
    const [first, second] = [TRACK_IDS[0]!, TRACK_IDS[1]!];
    const { samples, sampleRateHz } = renderPreview(first, ORDINARY);
    expect(samples.length).toBe(30 * sampleRateHz);
    renderPreview(second, { ...ORDINARY, energy: 1 });
    expect(Buffer.from(renderPreview(first, ORDINARY).samples.buffer).equals(Buffer.from(samples.buffer))).toBe(true);
    expect(regress([...samples], [...renderPreview(second, ORDINARY).samples]).correlation).toBeLessThan(0.5);
  });

  it.each([
    ['nothing at all', 0, 20],
    ['everything at once', 1, 400],
  ])('%s is sound within its bounds', (_, share, tempoBpm) => {
    const shares = Object.fromEntries(
      Object.entries(ORDINARY).flatMap(([name, value]) =>
        typeof value === 'number' && value > 0 && value < 1 ? [[name, share]] : [],
      ),
    );
    const { samples } = renderPreview(TRACK_IDS[2]!, {
      ...ORDINARY,
      ...shares,
      tempoBpm,
      loudnessDb: 1,
      beatsPerBar: 1,
    });
    expect(samples.every((sample) => Math.abs(sample) < 1)).toBe(true);
    expect(Math.abs(rmsDb(samples) - (1 - LOUDNESS_TO_RMS_DB))).toBeLessThan(0.1);
  });

  it.each<[string, Partial<AudioDescriptors>]>([
    ['no tempo', { tempoBpm: 0 }],
    ['no number', { energy: Number.NaN }],
    ['a share over 1', { liveness: 1.01 }],
    ['a key that is none', { pitchClass: 12 }],
    ['half a beat', { beatsPerBar: 3.5 }],
  ])('%s is refused', (_, change) => {
    let error: unknown;
    try {
      renderPreview(TRACK_IDS[0]!, { ...ORDINARY, ...change });
    } catch (caught) {
      error = caught;
    }
    expect(isChartlifeError(error, 'InvalidInput')).toBe(true);
  });
});
