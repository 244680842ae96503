/**
 * A shard: spectrograms in Arrow's IPC file format, one a record batch, so that one of them is read by itself.
 *
 *     track_id utf8 | source utf8 | is_synthetic bool | audio_sha256 utf8 | num_frames int32
 *     values list<fixed_size_list<float16>[numMelBins]>      natural logarithms, frame after frame
 *
 * The same rows give the same bytes: nothing in a shard says when or where it was written.
 */
import {
  Bool,
  type Data,
  Field,
  FixedSizeList,
  Float16,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
} from 'apache-arrow';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { TrackId } from '../../contracts/ids.ts';
import type { PreviewOrigin } from '../../contracts/previews.ts';
import { sha256Hex } from '../../runtime/files.ts';
import { ArrowFileWriter } from '../arrowFileWriter.ts';
import { toFloat16 } from './float16.ts';

/** Raised when a reader of today would misread what is written tomorrow. */
export const FORMAT_VERSION = '1';

export const SHARD_METADATA = {
  formatVersion: 'chartlife.format_version',
  featureVersion: 'chartlife.feature_version',
  featureSettings: 'chartlife.feature_settings',
} as const;

export interface ShardRow {
  readonly trackId: TrackId;
  readonly source: PreviewOrigin;
  readonly isSynthetic: boolean;
  /** Of the audio file's bytes. */
  readonly audioSha256: string;
  readonly numFrames: number;
  /** numFrames x numMelBins, frame after frame. */
  readonly values: Float32Array;
}

export interface ShardSettings {
  readonly featureVersion: string;
  readonly featureSettingsJson: string;
  readonly numMelBins: number;
}

export interface EncodedShard {
  readonly bytes: Uint8Array;
  /** In the order of the rows: of the float16 values, little-endian. */
  readonly valuesSha256: readonly string[];
}

/** @throws ChartlifeError InvalidInput for no rows, a track that stands twice, values that are not frames, a NaN */
export function encodeShard(rows: readonly ShardRow[], settings: ShardSettings): EncodedShard {
  requireRows(rows, settings.numMelBins);
  const schema = shardSchema(settings);
  const writer = new ArrowFileWriter();
  writer.reset(undefined, schema);
  const valuesSha256: string[] = [];
  for (const row of rows) {
    const halves = toFloat16(row.values);
    valuesSha256.push(sha256Hex(bytesOf(halves)));
    writer.write(recordBatch(schema, row, halves));
  }
  writer.close();
  return { bytes: writer.toUint8Array(true), valuesSha256 };
}

/** The bytes of float16 values, as they lie in a file: Node runs on little-endian machines alone. */
export function bytesOf(halves: Uint16Array): Uint8Array {
  return new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);
}

function shardSchema({ featureVersion, featureSettingsJson, numMelBins }: ShardSettings): Schema {
  const frame = new FixedSizeList(numMelBins, new Field('mel', new Float16(), false));
  return new Schema(
    [
      new Field('track_id', new Utf8(), false),
      new Field('source', new Utf8(), false),
      new Field('is_synthetic', new Bool(), false),
      new Field('audio_sha256', new Utf8(), false),
      new Field('num_frames', new Int32(), false),
      new Field('values', new List(new Field('frame', frame, false)), false),
    ],
    new Map<string, string>([
      [SHARD_METADATA.formatVersion, FORMAT_VERSION],
      [SHARD_METADATA.featureVersion, featureVersion],
      [SHARD_METADATA.featureSettings, featureSettingsJson],
    ]),
  );
}

function recordBatch(schema: Schema, row: ShardRow, halves: Uint16Array): RecordBatch {
  const frames = new FixedSizeList(halves.length / row.numFrames, new Field('mel', new Float16(), false));
  const values = makeData({
    type: new List(new Field('frame', frames, false)),
    length: 1,
    nullCount: 0,
    valueOffsets: Int32Array.of(0, row.numFrames),
    child: makeData({
      type: frames,
      length: row.numFrames,
      nullCount: 0,
      child: makeData({ type: new Float16(), length: halves.length, nullCount: 0, data: halves }),
    }),
  });
  const children: Data[] = [
    textData(row.trackId),
    textData(row.source),
    makeData({ type: new Bool(), length: 1, nullCount: 0, data: Uint8Array.of(row.isSynthetic ? 1 : 0) }),
    textData(row.audioSha256),
    makeData({ type: new Int32(), length: 1, nullCount: 0, data: Int32Array.of(row.numFrames) }),
    values,
  ];
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: 1, nullCount: 0, children }));
}

function textData(text: string): Data<Utf8> {
  const data = new TextEncoder().encode(text);
  return makeData({ type: new Utf8(), length: 1, nullCount: 0, valueOffsets: Int32Array.of(0, data.length), data });
}

function requireRows(rows: readonly ShardRow[], numMelBins: number): void {
  if (rows.length === 0) throw invalid('a shard has at least one spectrogram');
  if (!isCount(numMelBins)) throw invalid(`frames of ${numMelBins} mel bins hold nothing`);
  const seen = new Set<string>();
  for (const { trackId, numFrames, values } of rows) {
    if (seen.has(trackId)) throw invalid(`track ${trackId} stands twice in one shard`);
    seen.add(trackId);
    if (!isCount(numFrames) || values.length !== numFrames * numMelBins) {
      throw invalid(`${values.length} values of track ${trackId} are not ${numFrames} frames of ${numMelBins}`);
    }
  }
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

function invalid(message: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', message, { next: 'Give each track once, with whole frames.' });
}
