/** The sound of tracks in the lake: states over time, dates taken along, what is due, and what a broken shard takes away. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseDate } from '../../../contracts/dates.ts';
import type { TrackDetails } from '../../../contracts/previews.ts';
import type { FeatureVersion, PreviewRecord, SoundBatch } from '../../../contracts/sound.ts';
import type { HearQuery } from '../../../data/lake/soundReads.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { commit, type LakeHome, makeLake, pageOf, rowsOf, rowsOfTracks, trackIdOf } from '../lakeFixture.ts';

let home: LakeHome;
beforeEach(async () => {
  home = await makeLake();
});
afterEach(() => home.remove());

const FEATURE: FeatureVersion = {
  version: sha256Hex('features'),
  settingsJson: '{"window":"hanning"}',
  numMelBins: 128,
};
const DETAILS: TrackDetails = {
  title: 'A song',
  artists: [
    { id: null, name: 'Nobody' },
    { id: null, name: 'O\'Neil "the" {Brace}' },
  ],
  releaseDate: { date: parseDate('2026-06-01'), precision: 'month' },
  durationMs: 187_000,
  isExplicit: false,
};

function found(word: string, overrides: Partial<PreviewRecord> = {}): PreviewRecord {
  return {
    trackId: trackIdOf(word),
    source: 'spotify',
    why: null,
    urlHost: 'p.scdn.co',
    addressSha256: sha256Hex(`/${word}`),
    match: null,
    details: DETAILS,
    isSynthetic: false,
    audio: {
      sha256: sha256Hex(word),
      numBytes: 360_000,
      decoded: {
        format: 'mp3',
        sampleRateHz: 44_100,
        numChannels: 2,
        seconds: 29.7,
        losses: ['a hole; silence stands for it (at 3.10 s)'],
        numLosses: 1,
        numSamplesLost: 1_152,
      },
      error: null,
      isKept: false,
    },
    ...overrides,
  };
}

function absent(word: string, overrides: Partial<PreviewRecord> = {}): PreviewRecord {
  const none = { why: 'the track is not playable', urlHost: null, addressSha256: null, audio: null };
  return found(word, { ...none, ...overrides });
}

function batchOf(previews: readonly PreviewRecord[], overrides: Partial<SoundBatch> = {}): SoundBatch {
  const heard = previews.filter(({ audio }) => audio?.error === null);
  return {
    askedOn: parseDate('2026-07-16'),
    feature: FEATURE,
    shard:
      heard.length === 0 ? null : { sha256: sha256Hex(heard.map(({ trackId }) => trackId).join()), numBytes: 1_000 },
    spectrograms: heard.map((preview, rowInShard) => ({
      trackId: preview.trackId,
      source: preview.source,
      isSynthetic: preview.isSynthetic,
      audioSha256: preview.audio?.sha256 ?? '',
      numFrames: 2_968,
      rowInShard,
      valuesSha256: sha256Hex(`values of ${preview.trackId}`),
    })),
    previews,
    ...overrides,
  };
}

const QUERY: HearQuery = {
  featureVersion: FEATURE.version,
  sources: ['spotify'],
  asOf: parseDate('2026-07-17'),
  askAgainAfterDays: 28,
  limit: 100,
};
const due = (query: Partial<HearQuery> = {}) => home.lake.tracksToHear({ ...QUERY, ...query });
const ids = (...words: string[]) => words.map(trackIdOf).sort();

test('a batch is one snapshot; the same again is none', async () => {
  const batch = batchOf([found('aa'), absent('bb')]);
  const first = await home.lake.commitSound(batch, []);
  expect(first).toMatchObject({ outcome: 'committed', numSpectrograms: 1 });
  expect(await home.lake.commitSound(batch, [])).toMatchObject({ outcome: 'unchanged', snapshotId: null });
  expect((await home.lake.snapshots()).at(-1)?.snapshotId).toBe(first.snapshotId);
});

test('every column is as it was told', async () => {
  await home.lake.commitSound(batchOf([found('aa'), absent('bb')]), []);
  expect(await rowsOf(home.lake, 'SELECT * EXCLUDE (recorded_at) FROM preview ORDER BY track_id')).toEqual([
    {
      track_id: trackIdOf('aa'),
      source: 'spotify',
      state: 'found',
      why: null,
      first_asked_on: '2026-07-16',
      last_asked_on: '2026-07-16',
      found_on: '2026-07-16',
      is_synthetic: false,
      url_host: 'p.scdn.co',
      gone_on: null,
      address_sha256: sha256Hex('/aa'),
      match_score: null,
      matched_title: null,
      matched_artist: null,
      audio_sha256: sha256Hex('aa'),
      num_bytes: 360_000,
      is_kept: false,
      audio_format: 'mp3',
      sample_rate_hz: 44_100,
      num_channels: 2,
      seconds: 29.7,
      num_losses: 1,
      num_samples_lost: 1_152,
      losses: 'a hole; silence stands for it (at 3.10 s)',
      error_type: null,
      error_message: null,
    },
    expect.objectContaining({ state: 'absent', why: 'the track is not playable', found_on: null, audio_sha256: null }),
  ]);
  expect(await rowsOf(home.lake, 'SELECT * EXCLUDE (recorded_at) FROM track_detail ORDER BY track_id LIMIT 1')).toEqual(
    [
      {
        track_id: trackIdOf('aa'),
        source: 'spotify',
        title: 'A song',
        artists: [
          { id: null, name: 'Nobody' },
          { id: null, name: 'O\'Neil "the" {Brace}' },
        ],
        release_date: '2026-06-01',
        release_date_precision: 'month',
        duration_ms: 187_000,
        is_explicit: false,
      },
    ],
  );
  expect(await home.lake.shards()).toEqual([
    {
      sha256: sha256Hex(trackIdOf('aa')),
      featureVersion: FEATURE.version,
      numBytes: 1_000,
      numRows: 1,
      numMelBins: 128,
      featureSettingsJson: FEATURE.settingsJson,
      rows: [
        {
          trackId: trackIdOf('aa'),
          source: 'spotify',
          isSynthetic: false,
          audioSha256: sha256Hex('aa'),
          rowInShard: 0,
          numFrames: 2_968,
          valuesSha256: sha256Hex(`values of ${trackIdOf('aa')}`),
        },
      ],
    },
  ]);
  expect(await rowsOf(home.lake, 'SELECT settings, num_mel_bins FROM feature_version')).toEqual([
    { settings: FEATURE.settingsJson, num_mel_bins: 128 },
  ]);
});

describe('the state of a preview', () => {
  async function stateAfter(...records: readonly PreviewRecord[]) {
    for (const [night, record] of records.entries()) {
      const askedOn = parseDate(`2026-07-${16 + night}`);
      await home.lake.commitSound(batchOf([record], { askedOn }), []);
    }
    const [row] = await rowsOf(home.lake, 'SELECT * FROM preview');
    return row;
  }

  test('never found: absent, however often it is asked for', async () => {
    expect(await stateAfter(absent('aa'), absent('aa'))).toMatchObject({
      state: 'absent',
      first_asked_on: '2026-07-16',
      last_asked_on: '2026-07-17',
      found_on: null,
    });
  });

  test('found once and no more: gone, and what was known of it stays', async () => {
    expect(await stateAfter(found('aa'), absent('aa', { why: 'no such track' }), absent('aa'))).toMatchObject({
      state: 'gone',
      why: 'the track is not playable',
      found_on: '2026-07-16',
      last_asked_on: '2026-07-18',
      audio_sha256: sha256Hex('aa'),
    });
  });

  test('back again: found', async () => {
    expect(await stateAfter(found('aa'), absent('aa'), found('aa'))).toMatchObject({ state: 'found', why: null });
  });
});

describe('release dates', () => {
  const releaseOf = () => rowsOf(home.lake, 'SELECT release_date, release_date_precision FROM track');

  test('a track without one gets it, with its precision', async () => {
    await commit(home.lake, pageOf({ rows: rowsOfTracks(['aa']) }));
    await home.lake.commitSound(batchOf([found('aa')]), []);
    expect(await releaseOf()).toEqual([{ release_date: '2026-06-01', release_date_precision: 'month' }]);
  });

  test('what the lake has stands', async () => {
    await commit(home.lake, pageOf({ rows: rowsOfTracks(['aa']) }));
    await home.lake.transaction({ author: 'test', text: 'date' }, (transaction) =>
      transaction.run(`UPDATE track SET release_date = DATE '2020-01-01', release_date_precision = 'day'`),
    );
    await home.lake.commitSound(batchOf([found('aa')]), []);
    expect(await releaseOf()).toEqual([{ release_date: '2020-01-01', release_date_precision: 'day' }]);
  });
});

describe('what is due', () => {
  beforeEach(async () => {
    await commit(home.lake, pageOf({ date: '2026-07-10', rows: rowsOfTracks(['old'], { movement: 'new' }) }));
    await commit(
      home.lake,
      pageOf({ date: '2026-07-16', rows: rowsOfTracks(['aa', 'bb', 'cc'], { movement: 'new' }) }),
    );
  });

  test('everything that charted, or only what came in since', async () => {
    expect(await due()).toEqual(ids('old', 'aa', 'bb', 'cc'));
    expect(await due({ enteredFrom: parseDate('2026-07-16') })).toEqual(ids('aa', 'bb', 'cc'));
    expect(await due({ afterTrackId: trackIdOf('aa'), limit: 1 })).toEqual(ids('bb'));
  });

  test('not what has a spectrogram, but again for other features', async () => {
    await home.lake.commitSound(batchOf([found('aa')]), []);
    expect(await due()).toEqual(ids('old', 'bb', 'cc'));
    expect(await due({ featureVersion: 'another' })).toContain(trackIdOf('aa'));
  });

  test('what had no preview, or an undecodable one, waits', async () => {
    const audio = {
      ...found('bb').audio!,
      decoded: null,
      error: { errorType: 'AudioUndecodable', message: 'noise' },
    } as const;
    await home.lake.commitSound(batchOf([absent('aa'), found('bb', { audio })]), []);
    expect(await due()).toEqual(ids('old', 'cc'));
    expect(await due({ asOf: parseDate('2026-08-12') })).toEqual(ids('old', 'cc'));
    expect(await due({ asOf: parseDate('2026-08-13') })).toEqual(ids('old', 'aa', 'bb', 'cc'));
  });

  test('a source turned on later is asked at once', async () => {
    await home.lake.commitSound(batchOf([absent('aa')]), []);
    expect(await due({ sources: ['spotify', 'deezer'] })).toContain(trackIdOf('aa'));
    await home.lake.commitSound(batchOf([absent('aa', { source: 'deezer' })]), []);
    expect(await due({ sources: ['spotify', 'deezer'] })).not.toContain(trackIdOf('aa'));
  });

  test('a track is asked for by what the charts call it', async () => {
    expect(await home.lake.trackToHear(trackIdOf('aa'))).toEqual({
      trackId: trackIdOf('aa'),
      title: 'aa',
      artistNames: ['byaa'],
    });
    expect(await home.lake.trackToHear(trackIdOf('unheardOf'))).toEqual({
      trackId: trackIdOf('unheardOf'),
      title: null,
      artistNames: [],
    });
  });
});

describe('a source that is asked again', () => {
  const later = (date: string) => ({ askedOn: parseDate(date) });
  const standing = () =>
    rowsOf(home.lake, 'SELECT state, why, last_asked_on, found_on, gone_on, seconds, address_sha256 FROM preview');
  const known = { seconds: 29.7, address_sha256: sha256Hex('/aa') };

  test('and has it still: only the dates change', async () => {
    await home.lake.commitSound(batchOf([found('aa')]), []);
    const unchanged = absent('aa', { why: null, outcome: 'unchanged', addressSha256: sha256Hex('/aa') });
    await home.lake.commitSound(batchOf([unchanged], later('2027-01-12')), []);
    expect(await standing()).toEqual([
      { state: 'found', why: null, last_asked_on: '2027-01-12', found_on: '2027-01-12', gone_on: null, ...known },
    ]);
    // An answer about what the lake does not know says nothing.
    await home.lake.commitSound(batchOf([{ ...unchanged, trackId: trackIdOf('bb') }], later('2027-01-12')), []);
    expect(await standing()).toHaveLength(1);
  });

  test('and has it no longer: gone since then, however often it is asked; until it is back', async () => {
    await home.lake.commitSound(batchOf([found('aa')]), []);
    await home.lake.commitSound(batchOf([absent('aa')], later('2027-01-12')), []);
    await home.lake.commitSound(batchOf([absent('aa')], later('2027-02-09')), []);
    expect(await standing()).toMatchObject([
      { state: 'gone', last_asked_on: '2027-02-09', found_on: '2026-07-16', gone_on: '2027-01-12', ...known },
    ]);
    await home.lake.commitSound(batchOf([found('aa')], later('2027-03-09')), []);
    expect(await standing()).toMatchObject([{ state: 'found', found_on: '2027-03-09', gone_on: null }]);
  });

  test('and does not say: failed, with why and when; what was known stays', async () => {
    const failed = (word: string) => absent(word, { why: 'RequestRefused: answered 403', outcome: 'failed' });
    await home.lake.commitSound(batchOf([failed('aa')]), []);
    expect(await standing()).toMatchObject([
      { state: 'failed', why: 'RequestRefused: answered 403', last_asked_on: '2026-07-16', found_on: null },
    ]);
    await home.lake.commitSound(batchOf([found('aa')], later('2026-08-01')), []);
    await home.lake.commitSound(batchOf([failed('aa')], later('2026-09-01')), []);
    expect(await standing()).toMatchObject([
      { state: 'failed', last_asked_on: '2026-09-01', found_on: '2026-08-01', gone_on: null, ...known },
    ]);
  });

  test('when its time has come, by the source of the spectrogram alone', async () => {
    await home.lake.commitSound(batchOf([found('aa'), found('bb'), absent('cc')]), []);
    await home.lake.commitSound(batchOf([absent('aa', { source: 'deezer' })], later('2026-12-01')), []);
    const check = (asOf: string, query: Partial<HearQuery> = {}) =>
      due({ asOf: parseDate(asOf), checkAfterDays: 180, ...query });
    expect(await check('2027-01-11')).toEqual([]);
    expect(await check('2027-01-12')).toEqual(ids('aa', 'bb'));
    expect(await check('2027-01-12', { afterTrackId: trackIdOf('aa') })).toEqual(ids('bb'));
    expect(await check('2027-01-12', { sources: ['deezer'] })).toEqual([]);
    expect(await check('2027-01-12', { sources: [] })).toEqual([]);
    expect(await check('2027-01-12', { featureVersion: 'another' })).toEqual([]);
    // Where there are newer ones of other features, those are what is known of the track.
    await home.lake.commitSound(batchOf([found('bb')], { feature: { ...FEATURE, version: 'newer' } }), []);
    expect(await check('2027-01-12')).toEqual(ids('aa'));
    expect(await check('2027-01-12', { featureVersion: 'newer' })).toEqual(ids('bb'));
    await home.lake.commitSound(batchOf([found('cc')]), []);
    // One that could not be asked comes sooner.
    await home.lake.commitSound(batchOf([absent('cc', { outcome: 'failed' })], later('2026-08-01')), []);
    expect(await check('2026-08-29')).toEqual(ids('cc'));
  });
});

describe('text that is no text', () => {
  test.each([
    ['half of a pair', 'a\ud83d', 'a\ufffd'],
    ['the other half', '\udc00b', '\ufffdb'],
    ['NUL', 'a\u0000b', 'a\ufffdb'],
  ])('%s does not keep a batch out', async (_what, title, stored) => {
    const artists = [{ id: null, name: title }];
    const batch = batchOf([found('aa', { details: { ...DETAILS, title, artists } }), absent('bb', { why: title })]);
    expect(await home.lake.commitSound(batch, [])).toMatchObject({ outcome: 'committed' });
    expect(await home.lake.commitSound(batch, [])).toMatchObject({ outcome: 'unchanged' });
    const [row] = await rowsOf(home.lake, 'SELECT title, artists FROM track_detail ORDER BY track_id LIMIT 1');
    expect(row).toEqual({ title: stored, artists: [{ id: null, name: stored }] });
  });
});

describe('a shard that was lost', () => {
  const trackIds = () => rowsOf(home.lake, 'SELECT track_id FROM spectrogram ORDER BY track_id');

  test('made again from the same sound: the same rows', async () => {
    const batch = batchOf([found('aa'), found('bb')]);
    await home.lake.commitSound(batch, []);
    const before = await rowsOf(home.lake, 'FROM spectrogram ORDER BY track_id');
    expect(await home.lake.commitSound(batch, [batch.shard!.sha256])).toMatchObject({ outcome: 'unchanged' });
    expect(await rowsOf(home.lake, 'FROM spectrogram ORDER BY track_id')).toEqual(before);
  });

  test('a track whose preview is gone loses its row; the others move to the new shard', async () => {
    const lost = batchOf([found('aa'), found('bb')]);
    await home.lake.commitSound(lost, []);
    const again = batchOf([found('aa'), absent('bb')], { askedOn: parseDate('2026-08-20') });
    await home.lake.commitSound(again, [lost.shard!.sha256]);
    expect(await trackIds()).toEqual([{ track_id: trackIdOf('aa') }]);
    expect((await home.lake.shards()).map(({ sha256 }) => sha256)).toEqual([again.shard!.sha256]);
  });

  test('one whose source says that it has it still keeps its row, to be heard again with its shard', async () => {
    const lost = batchOf([found('aa')]);
    await home.lake.commitSound(lost, []);
    const unchanged = absent('aa', { why: null, outcome: 'unchanged' });
    await home.lake.commitSound(batchOf([unchanged]), [lost.shard!.sha256]);
    expect(await trackIds()).toEqual([{ track_id: trackIdOf('aa') }]);
  });

  test('a track whose preview is gone keeps its row while the shard is whole', async () => {
    await home.lake.commitSound(batchOf([found('aa')]), []);
    await home.lake.commitSound(batchOf([absent('aa')], { askedOn: parseDate('2026-08-20') }), []);
    expect(await trackIds()).toEqual([{ track_id: trackIdOf('aa') }]);
  });
});

test('a spectrogram is found with what it is of', async () => {
  await commit(home.lake, pageOf({ rows: rowsOfTracks(['aa']) }));
  await home.lake.commitSound(batchOf([found('aa', { isSynthetic: true, source: 'replica' })]), []);
  expect(await home.lake.spectrogramOf(trackIdOf('aa'))).toMatchObject({
    title: 'aa',
    source: 'replica',
    isSynthetic: true,
    rowInShard: 0,
    numFrames: 2_968,
    featureSettingsJson: FEATURE.settingsJson,
  });
  expect(await home.lake.spectrogramOf(trackIdOf('bb'))).toBeNull();
});

test('kept audio is found again; what is not kept is not', async () => {
  await home.lake.commitSound(
    batchOf([found('aa'), found('bb', { audio: { ...found('bb').audio!, isKept: true } })]),
    [],
  );
  expect(await home.lake.keptAudio(trackIdOf('aa'))).toBeNull();
  expect(await home.lake.keptAudio(trackIdOf('bb'))).toEqual({
    source: 'spotify',
    sha256: sha256Hex('bb'),
    isSynthetic: false,
    urlHost: 'p.scdn.co',
  });
});

test('shards of older snapshots are still named, as long as those are kept', async () => {
  const lost = batchOf([found('aa')]);
  await home.lake.commitSound(lost, []);
  await home.lake.commitSound(batchOf([absent('aa')]), [lost.shard!.sha256]);
  expect(await home.lake.shards()).toEqual([]);
  expect([...(await home.lake.shardNamesEver())]).toEqual([lost.shard!.sha256]);
});

test('what was heard is known by the hash of its audio', async () => {
  await home.lake.commitSound(batchOf([found('aa')]), []);
  expect(await home.lake.heardAudio(FEATURE.version)).toEqual([
    { trackId: trackIdOf('aa'), audioSha256: sha256Hex('aa') },
  ]);
  expect(await home.lake.heardAudio('another')).toEqual([]);
});
