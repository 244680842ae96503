/** From a lake to a data set and its file: what is known of each week, and no more. */
import { Table, tableFromIPC, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TrackExample, WEEK_STATE } from '../../../contracts/dataset.ts';
import { addDays, parseDate } from '../../../contracts/dates.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import {
  type Dataset,
  type DatasetSettings,
  freezeDataset,
  summarizeDataset,
  weeksOfYear,
} from '../../../data/dataset/dataset.ts';
import { decodeDataset, encodeDataset } from '../../../data/dataset/datasetFile.ts';
import type { Lake } from '../../../data/lake/types.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { artistOf, commit, type LakeHome, makeLake, pageOf, rowOf, trackIdOf } from '../lakeFixture.ts';
import { commitChartedTracks, FIRST_DAY, TRACK_WORDS, wordOf } from './chartedTracks.ts';

const FEATURE = { version: sha256Hex('features'), settingsJson: '{}', numMelBins: 128 };
const SETTINGS = {
  featureVersion: FEATURE.version,
  trajectories: 'daily',
  numWeeks: 8,
  split: {
    kind: 'debut-date',
    validationShare: 0.25,
    testShare: 0.25,
    embargoDays: 0,
    keepsArtistsTogether: true,
    fold: 0,
  },
  regions: { weights: {}, otherWeight: 1 },
  seed: 1,
} as const;

let home: LakeHome;
let dataset: Dataset;
beforeAll(async () => {
  home = await makeLake();
  await commitChartedTracks(home.lake);
  await commitSoundOf(home.lake, ['held', ...TRACK_WORDS, 'silent']);
  dataset = await freezeDataset(home.lake, 7, SETTINGS);
}, 120_000);
afterAll(() => home.remove());

async function commitSoundOf(lake: Lake, words: readonly string[]): Promise<void> {
  await lake.commitSound(
    {
      askedOn: FIRST_DAY,
      feature: FEATURE,
      shard: { sha256: sha256Hex('shard'), numBytes: 1_000 },
      spectrograms: words.map((name, rowInShard) => ({
        trackId: trackIdOf(name),
        source: 'replica',
        isSynthetic: true,
        audioSha256: sha256Hex(name),
        numFrames: 2_968,
        rowInShard,
        valuesSha256: sha256Hex(`values of ${name}`),
      })),
      previews: [],
    },
    [],
  );
}

it('has the tracks with sound whose begin is known, each with its place in the shards', () => {
  const names = dataset.tracks.map(({ trackId }) => trackId);
  expect(names).not.toContain(trackIdOf('held'));
  expect(names).not.toContain(trackIdOf('silent'));
  expect(names).toEqual([...names].sort());
  expect(dataset.tracks.length + dataset.numLeftOut.embargo + dataset.numLeftOut.group).toBe(TRACK_WORDS.length);
  const first = dataset.tracks.find(({ trackId }) => trackId === trackIdOf(wordOf(1)));
  expect(first).toMatchObject({
    part: 'training',
    title: 'Song 1',
    artists: [artistOf('by1x').id],
    featured: [],
    isSynthetic: true,
    shardSha256: sha256Hex('shard'),
    rowInShard: 1,
    valuesSha256: sha256Hex(`values of ${wordOf(1)}`),
  });
});

it('knows each week: on the chart with its streams, off it, or not at all', () => {
  const last = dataset.tracks.find(({ trackId }) => trackId === trackIdOf(wordOf(20)));
  const [trajectory] = last?.trajectories ?? [];
  const { on, off, unseen } = WEEK_STATE;
  expect(last?.part).toBe('test');
  expect(trajectory?.debut).toBe(addDays(FIRST_DAY, 40));
  // From day 40: ten days on the chart, then off it; of the fifth week two days are known, which is no week.
  expect([...(trajectory?.states ?? [])]).toEqual([on, on, off, off, unseen, unseen, unseen, unseen]);
  expect(trajectory?.log10Streams[0]).toBeCloseTo(Math.log10(7 * 20_000), 6);
  expect(trajectory?.log10Streams[1]).toBeCloseTo(Math.log10(3 * 20_000), 6);
  expect([...(trajectory?.log10Streams.slice(2) ?? [])]).toEqual([0, 0, 0, 0, 0, 0]);
});

it('hides from a part what came after the next began', () => {
  const { training, validation } = dataset.knownBefore;
  for (const { part, trajectories } of dataset.tracks) {
    const before = { training, validation, test: null }[part];
    if (before === null) continue;
    for (const { debut, states, log10Streams } of trajectories) {
      for (const [week, state] of states.entries()) {
        if (addDays(debut, 7 * week + 7) <= before) continue;
        expect(state).toBe(WEEK_STATE.unseen);
        expect(log10Streams[week]).toBe(0);
      }
    }
  }
  const early = dataset.tracks.find(({ trackId }) => trackId === trackIdOf(wordOf(1)));
  expect(early?.trajectories[0]?.states.filter((state) => state !== WEEK_STATE.unseen).length).toBeGreaterThan(2);
});

it('a week with one or two missed days is what its other days are; one of which they differ, or more are missed, is not seen', async () => {
  const own = await makeLake();
  try {
    // Of track 5, which is on the chart on the days 10 to 19, the second week is on and off it.
    await commitChartedTracks(own.lake, 'us', [12, 14, 20, 24, 26, 31, 32, 33, 60]);
    await commitSoundOf(own.lake, [wordOf(5), wordOf(22)]);
    const query = { featureVersion: FEATURE.version, trajectories: 'daily', numWeeks: 9 } as const;
    const [last, fifth] = (await own.lake.trainingExamples(query)).map(({ trajectories: [only] }) => only);
    const { on, off, unseen } = WEEK_STATE;
    // Missed: 12 and 14 of the first week, 20 of the second, 24 and 26 of the third, 31 to 33 of the fourth, 60 of the eighth.
    expect([...(fifth?.states ?? [])]).toEqual([on, unseen, off, unseen, off, off, off, off, unseen]);
    expect(fifth?.log10Streams[0]).toBeCloseTo(Math.log10(7 * 5_000), 6);
    expect(fifth?.log10Streams[2]).toBe(0);
    // From day 44; of its fourth week, days 65 to 71, five are known, and the charts have not come to its end.
    expect([...(last?.states ?? [])].slice(0, 4)).toEqual([on, on, off, unseen]);
  } finally {
    await own.remove();
  }
}, 60_000);

it('names everybody of a track: by id, by the id of the one artist of that name, by name', async () => {
  const own = await makeLake();
  try {
    const credit = (name: string) => ({ id: null, name });
    const word = wordOf(1);
    for (const [region, artists, featured] of [
      ['us', [artistOf('lead'), credit('Nobody Known')], [artistOf('guest')]],
      ['jp', [credit(' LEAD ')], [credit('Guest'), credit('nobody known'), credit('Twin')]],
    ] as const) {
      const rows = [rowOf(1, { trackId: trackIdOf(word), artists, featured, movement: 'new', periodsOnChart: 1 })];
      await commit(own.lake, pageOf({ region, date: FIRST_DAY, rows }));
    }
    await commitSoundOf(own.lake, [word]);
    const query = { featureVersion: FEATURE.version, trajectories: 'daily', numWeeks: 8 } as const;
    const jp = { trackId: trackIdOf('unheard'), movement: 'new', periodsOnChart: 1 } as const;
    await commit(own.lake, pageOf({ region: 'jp', date: addDays(FIRST_DAY, 1), rows: [rowOf(1, jp)] }));
    expect(await own.lake.trainingCoverage(query)).toEqual({
      jp: { numCharted: 2, numWithSound: 1, numDebutKnown: 2, numWithBoth: 1 },
      us: { numCharted: 1, numWithSound: 1, numDebutKnown: 1, numWithBoth: 1 },
    });
    expect(await own.lake.trainingExamples(query)).toMatchObject([
      {
        artists: [artistOf('lead').id, 'name:nobody known'].sort(),
        featured: [artistOf('guest').id, 'name:twin'].sort(),
      },
    ]);
  } finally {
    await own.remove();
  }
});

it('is summed up', () => {
  const summary = summarizeDataset(dataset);
  const { training, validation, test } = summary.numTracks;
  expect(training + validation + test).toBe(dataset.tracks.length);
  expect(summary).toMatchObject({
    snapshotId: 7,
    regions: { us: dataset.tracks.length },
    numSynthetic: dataset.tracks.length,
    numWithoutArtist: 0,
    // `held` was there before, `silent` has sound and never charted.
    coverage: {
      us: {
        numCharted: TRACK_WORDS.length + 1,
        numWithSound: TRACK_WORDS.length + 1,
        numDebutKnown: TRACK_WORDS.length,
        numWithBoth: TRACK_WORDS.length,
      },
    },
  });
  expect(summary.numWeeksOnChart.test).toBe(2 * test);
  expect(summary.debuts.training[1] < summary.debuts.validation[0]).toBe(true);
});

describe('the file', () => {
  it('gives back the data set, and has the same bytes each time', () => {
    const bytes = encodeDataset(dataset);
    expect(decodeDataset(bytes, 'd.arrow')).toEqual(dataset);
    expect(sha256Hex(encodeDataset(decodeDataset(bytes, 'd.arrow')))).toBe(sha256Hex(bytes));
  });

  it('of format 1, with the first artist alone, is read too', () => {
    const { schema, batches } = tableFromIPC(encodeDataset(dataset));
    const columns = new Table(schema, batches).select(
      schema.names.filter((name) => !/artists|featured/.test(String(name))),
    );
    const artists = vectorFromArray(Array<string>(columns.numRows).fill('one'), new Utf8());
    const older = columns.assign(new Table({ artist_id: artists }));
    for (const [key, value] of schema.metadata) older.schema.metadata.set(key, value);
    older.schema.metadata.set('chartlife.format_version', '1');
    const { tracks, ...facts } = decodeDataset(tableToIPC(older, 'file'), 'd.arrow');
    const { tracks: now, ...factsNow } = dataset;
    expect(facts).toEqual(factsNow);
    expect(tracks).toEqual(now.map((track) => ({ ...track, artists: ['one'], featured: [] })));
    older.schema.metadata.set('chartlife.format_version', '3');
    expect(() => decodeDataset(tableToIPC(older, 'file'), 'd.arrow')).toThrow(/it has format 3, not 2/);
  });

  it.each([
    ['no bytes', new Uint8Array(0)],
    ['other bytes', Buffer.from('PAR1 something else')],
  ])('%s are refused by name', (_, bytes) => {
    expect(() => decodeDataset(bytes, 'd.arrow')).toThrow(/^d\.arrow is no data set of chartlife/);
  });

  it('of a cut file are refused, or give a data set of the same rows', () => {
    const bytes = encodeDataset(dataset);
    for (const length of [8, 100, Math.floor(bytes.length / 2), bytes.length - 1]) {
      let decoded: Dataset | null = null;
      try {
        decoded = decodeDataset(bytes.subarray(0, length), 'd.arrow');
      } catch (error) {
        expect(error).toMatchObject({ type: 'LakeUnusable' });
      }
      if (decoded !== null) expect(decoded).toEqual(dataset);
    }
  });
});

describe('of made-up tracks', () => {
  const { on, unseen } = WEEK_STATE;
  /** One debut a day. */
  const exampleOf = (day: number, regions: readonly string[]): TrackExample => ({
    ...(dataset.tracks[0] as TrackExample),
    trackId: trackIdOf(`made${day}x`),
    title: `Song ${day}`,
    artists: [`of${day}`],
    featured: [],
    trajectories: regions.map((region) => ({
      region: parseRegion(region),
      debut: addDays(FIRST_DAY, day),
      states: Uint8Array.of(on, on, on, on, unseen, unseen, unseen, unseen),
      log10Streams: Float32Array.of(5, 5, 5, 5, 0, 0, 0, 0),
    })),
  });
  const freeze = (examples: readonly TrackExample[], changes: Partial<DatasetSettings> = {}) =>
    freezeDataset({ trainingExamples: async () => [...examples], trainingCoverage: async () => ({}) }, 7, {
      ...SETTINGS,
      ...changes,
    });
  const regions = { weights: { us: 4, jp: 2 }, otherWeight: 0 };
  const days = Array.from({ length: 40 }, (_, day) => day);
  const regionsOfDay = (day: number): string[] => [['global', 'us'], ['global'], ['jp', 'us']][day % 3] as string[];

  it('training has the regions that have a weight, the other parts have all', async () => {
    const { tracks, numLeftOut } = await freeze(
      days.map((day) => exampleOf(day, regionsOfDay(day))),
      { regions },
    );
    const regionsIn = (part: string) =>
      new Set(tracks.filter((one) => one.part === part).flatMap((one) => one.trajectories.map(({ region }) => region)));
    expect(regionsIn('training')).toEqual(new Set(['us', 'jp']));
    expect(regionsIn('validation')).toEqual(new Set(['global', 'us', 'jp']));
    expect(regionsIn('test')).toEqual(new Set(['global', 'us', 'jp']));
    // Of the days 0 to 19, those that charted in global alone: 1, 4, 7, 10, 13, 16 and 19.
    expect(numLeftOut.region).toBe(7);
    // Nothing is left without a track that training could draw.
    expect(tracks.every(({ trajectories }) => trajectories.length > 0)).toBe(true);
  });

  it('a training part whose regions have no weight is refused by its name', async () => {
    const examples = days.map((day) => exampleOf(day, day < 20 ? ['global'] : ['us']));
    await expect(freeze(examples, { regions })).rejects.toMatchObject({
      type: 'CheckFailed',
      message: expect.stringMatching(/^of the training part's 20 tracks none is left: .*regions of weight 0/),
      next: expect.stringContaining('regions.otherWeight'),
      details: { part: 'training', numTracks: 20 },
    });
  });

  it('a part of which no whole week is known is refused by its name', async () => {
    // The validation part is the three days before the test part begins.
    const split = { ...SETTINGS.split, validationShare: 0.1 };
    const examples = days.map((day) => exampleOf(day, ['us']));
    await expect(freeze(examples, { split })).rejects.toMatchObject({
      type: 'CheckFailed',
      message: `of the validation part's 4 tracks none is left: they know no whole week before ${addDays(FIRST_DAY, 30)}, where the part's charts end`,
      next: expect.stringContaining('split.validationShare'),
    });
  });
});

it('too few tracks are refused, with what to do', async () => {
  const lake = { trainingExamples: async () => [], trainingCoverage: async () => ({}) };
  await expect(freezeDataset(lake, 7, SETTINGS)).rejects.toMatchObject({
    type: 'CheckFailed',
    message: expect.stringContaining('snapshot 7 has 0 tracks with sound'),
    next: expect.stringContaining('chartlife audio fetch'),
  });
});

it.each([
  ['2026-01-05', [1, 2, 3]],
  ['2020-12-21', [51, 52, 0]],
  ['2017-01-01', [51, 0, 1]],
])('weeks of the year from %s are %j', (debut, expected) => {
  expect([...weeksOfYear(parseDate(debut), 3)]).toEqual(expected);
});
