/**
 * A data set as an Arrow file, one row per trajectory, so that DuckDB, Python and R read it too:
 *
 *     track_id, part, title, shard_sha256, values_sha256, region, debut utf8 | artists, featured list<utf8>
 *     row_in_shard int32 | is_synthetic bool | states fixed_size_list<uint8>[T] | log10_streams fixed_size_list<float32>[T]
 *
 * Format 1, whose runs may still be published, had artist_id utf8 in the place of artists and featured: it is read too.
 *
 * The same data set gives the same bytes, and its SHA-256 is its name.
 */
import {
  Bool,
  Field,
  FixedSizeList,
  Float32,
  Int32,
  List,
  makeData,
  makeVector,
  RecordBatch,
  Schema,
  Struct,
  type Table,
  tableFromIPC,
  Uint8,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { SPLIT_PARTS, type SplitPart, type Trajectory } from '../../contracts/dataset.ts';
import { parseDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import { parseTrackId } from '../../contracts/ids.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { canonicalJson } from '../../runtime/canonicalJson.ts';
import { ArrowFileWriter } from '../arrowFileWriter.ts';
import type { Dataset, DatasetTrack } from './dataset.ts';

/** Raised when a reader of today would misread what is written tomorrow. */
const FORMAT_VERSION = '2';
/** With the first artist's id alone. */
const OLDER_FORMAT_VERSION = '1';
const METADATA = { formatVersion: 'chartlife.format_version', facts: 'chartlife.dataset' } as const;
const TEXT_COLUMNS = ['track_id', 'part', 'title', 'shard_sha256', 'values_sha256', 'region', 'debut'] as const;

const PEOPLE_COLUMNS = ['artists', 'featured'] as const;
const PERSON = new Field('person', new Utf8(), false);

export function encodeDataset(dataset: Dataset): Uint8Array {
  const { tracks, ...facts } = dataset;
  const { numWeeks } = dataset.settings;
  const rows = tracks.flatMap((track) => track.trajectories.map((trajectory) => ({ track, trajectory })));
  const texts = rows.map(({ track, trajectory }) => textsOf(track, trajectory));
  const columns = [
    ...TEXT_COLUMNS.map(
      (_, column) =>
        vectorFromArray(
          texts.map((row) => row[column] ?? null),
          new Utf8(),
        ).data[0],
    ),
    ...PEOPLE_COLUMNS.map(
      (column) =>
        vectorFromArray(
          rows.map(({ track }) => [...track[column]]),
          new List(PERSON),
        ).data[0],
    ),
    makeVector(Int32Array.from(rows, ({ track }) => track.rowInShard)).data[0],
    vectorFromArray(
      rows.map(({ track }) => track.isSynthetic),
      new Bool(),
    ).data[0],
    listData(
      new Uint8(),
      numWeeks,
      joined(
        rows.map(({ trajectory }) => trajectory.states),
        Uint8Array,
      ),
    ),
    listData(
      new Float32(),
      numWeeks,
      joined(
        rows.map(({ trajectory }) => trajectory.log10Streams),
        Float32Array,
      ),
    ),
  ].map((data) => data ?? makeData({ type: new Utf8(), length: 0 }));
  const schema = schemaOf(numWeeks, canonicalJson(facts));
  const batch = new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children: columns }),
  );
  const writer = new ArrowFileWriter();
  writer.reset(undefined, schema);
  writer.write(batch);
  writer.close();
  return writer.toUint8Array(true);
}

/**
 * @param place names the bytes in an error, such as the file's path
 * @throws ChartlifeError LakeUnusable where they are no data set of this format
 */
export function decodeDataset(bytes: Uint8Array, place: string): Dataset {
  let table: Table;
  try {
    table = tableFromIPC(bytes);
  } catch (cause) {
    throw unusable(place, 'it is no Arrow file', cause);
  }
  const version = table.schema.metadata.get(METADATA.formatVersion);
  const facts = table.schema.metadata.get(METADATA.facts);
  if (![FORMAT_VERSION, OLDER_FORMAT_VERSION].includes(version ?? '') || facts === undefined)
    throw unusable(place, `it has format ${version}, not ${FORMAT_VERSION}`);
  const text = (column: string, row: number): string => String(table.getChild(column)?.get(row));
  const textOrNull = (column: string, row: number): string | null => {
    const value: unknown = table.getChild(column)?.get(row);
    return value === null || value === undefined ? null : String(value);
  };
  const peopleOf = (row: number): Pick<DatasetTrack, 'artists' | 'featured'> => {
    const list = (column: string): string[] => Array.from(table.getChild(column)?.get(row) ?? [], String);
    if (version === FORMAT_VERSION) return { artists: list('artists'), featured: list('featured') };
    const artistId = textOrNull('artist_id', row);
    return { artists: artistId === null ? [] : [artistId], featured: [] };
  };
  const known: Omit<Dataset, 'tracks'> = JSON.parse(facts);
  const tracks = new Map<string, DatasetTrack & { readonly trajectories: Trajectory[] }>();
  for (let row = 0; row < table.numRows; row++) {
    const trajectory: Trajectory = {
      region: parseRegion(text('region', row)),
      debut: parseDate(text('debut', row)),
      states: Uint8Array.from(table.getChild('states')?.get(row) ?? []),
      log10Streams: Float32Array.from(table.getChild('log10_streams')?.get(row) ?? []),
    };
    const trackId = parseTrackId(text('track_id', row));
    const before = tracks.get(trackId);
    if (before !== undefined) before.trajectories.push(trajectory);
    else {
      tracks.set(trackId, {
        trackId,
        part: partOf(text('part', row), place),
        title: textOrNull('title', row),
        ...peopleOf(row),
        isSynthetic: table.getChild('is_synthetic')?.get(row) === true,
        shardSha256: text('shard_sha256', row),
        rowInShard: Number(table.getChild('row_in_shard')?.get(row)),
        valuesSha256: text('values_sha256', row),
        trajectories: [trajectory],
      });
    }
  }
  return { ...known, tracks: [...tracks.values()] };
}

function textsOf(track: DatasetTrack, { region, debut }: Trajectory): (string | null)[] {
  const { trackId, part, title, shardSha256, valuesSha256 } = track;
  return [trackId, part, title, shardSha256, valuesSha256, region, debut];
}

function schemaOf(numWeeks: number, facts: string): Schema {
  return new Schema(
    [
      ...TEXT_COLUMNS.map((name) => new Field(name, new Utf8(), name === 'title')),
      ...PEOPLE_COLUMNS.map((name) => new Field(name, new List(PERSON), false)),
      new Field('row_in_shard', new Int32(), false),
      new Field('is_synthetic', new Bool(), false),
      new Field('states', new FixedSizeList(numWeeks, new Field('week', new Uint8(), false)), false),
      new Field('log10_streams', new FixedSizeList(numWeeks, new Field('week', new Float32(), false)), false),
    ],
    new Map([
      [METADATA.formatVersion, FORMAT_VERSION],
      [METADATA.facts, facts],
    ]),
  );
}

function listData(type: Uint8 | Float32, numWeeks: number, values: Uint8Array | Float32Array) {
  const weeks = new FixedSizeList(numWeeks, new Field('week', type as Uint8, false));
  const child = makeData({ type: type as Uint8, length: values.length, nullCount: 0, data: values as Uint8Array });
  return makeData({ type: weeks, length: values.length / numWeeks, nullCount: 0, child });
}

function joined<T extends Uint8Array | Float32Array>(arrays: readonly T[], Kind: new (length: number) => T): T {
  const all = new Kind(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

function partOf(name: string, place: string): SplitPart {
  const part = SPLIT_PARTS.find((known) => known === name);
  if (part === undefined) throw unusable(place, `a track is in the unknown part ${name}`);
  return part;
}

function unusable(place: string, why: string, cause?: unknown): ChartlifeError {
  return new ChartlifeError('LakeUnusable', `${place} is no data set of chartlife: ${why}`, {
    next: 'Remove the file and start the run again: it is frozen from the same snapshot.',
    details: { path: place },
    cause,
  });
}
