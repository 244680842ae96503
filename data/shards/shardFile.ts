/**
 * A shard's file, held open: compared with its name once, then read by rows, one read each.
 *
 * Arrow is given bytes that lie in memory whole, and never the file. Left to read by itself it trusts the lengths that a
 * file states, where one flipped bit took the process down, and asks for ever for the rest of a file that was cut short.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type RecordBatch, RecordBatchReader } from 'apache-arrow';
import { ChartlifeError, isChartlifeError } from '../../contracts/errors.ts';
import { systemErrorCode } from '../../runtime/files.ts';
import { FORMAT_VERSION, SHARD_METADATA } from './shardFormat.ts';

export interface ShardFile {
  readonly numRows: number;
  /** As the file states it: which settings made it. */
  readonly featureVersion: string;
  readonly featureSettingsJson: string;
  /** @throws ChartlifeError LakeUnusable for a row that it does not have, or if it changed since it was compared */
  readRow(rowInShard: number): Promise<RecordBatch>;
  close(): Promise<void>;
}

/** What a file looked like when its bytes were compared with its name. */
export interface FileState {
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

/** Where a row lies, metadata and values together, in bytes. */
interface RowPlace {
  readonly offset: number;
  readonly numBytes: number;
}

interface ShardIndex {
  /** Arrow's description of the columns: before a row's bytes it makes them a stream. */
  readonly schemaMessage: Uint8Array;
  readonly metadata: ReadonlyMap<string, string>;
  readonly rows: readonly RowPlace[];
}

const HASHED_AT_ONCE_BYTES = 2 ** 20;
const MAGIC = 'ARROW1';
/** The magic, padded. */
const HEAD_BYTES = 8;
/** The footer's length as an int32, and the magic. */
const TAIL_BYTES = 10;

/**
 * @param compared What was compared before, by SHA-256; such a file is not read whole again.
 * @throws ChartlifeError LakeUnusable where it is missing, damaged, or no shard
 */
export async function openShardFile(
  filePath: string,
  sha256: string,
  compared: Map<string, FileState>,
): Promise<ShardFile> {
  let handle: FileHandle;
  try {
    handle = await open(filePath, 'r');
  } catch (error) {
    throw shardUnusable(
      filePath,
      systemErrorCode(error) === 'ENOENT' ? 'is missing' : `can't be read: ${error}`,
      error,
    );
  }
  try {
    const state = await handle.stat();
    if (!isSame(compared.get(sha256), state)) {
      if ((await hashOf(handle)) !== sha256)
        throw shardUnusable(filePath, 'is damaged: its bytes hash to another name');
      const { ino, size, mtimeMs } = state;
      compared.set(sha256, { ino, size, mtimeMs });
    }
    const { schemaMessage, metadata, rows } = await readIndex(handle, state.size);
    return {
      numRows: rows.length,
      featureVersion: metadata.get(SHARD_METADATA.featureVersion) ?? '',
      featureSettingsJson: metadata.get(SHARD_METADATA.featureSettings) ?? '',
      async readRow(rowInShard) {
        const place = rows[rowInShard];
        if (place === undefined) {
          throw shardUnusable(filePath, `has ${rows.length} rows, and row ${rowInShard} was asked for`);
        }
        const bytes = await readBehind(schemaMessage, handle, place);
        if (bytes === null || !isSame(state, await handle.stat())) {
          throw shardUnusable(filePath, `changed before row ${rowInShard} was read`);
        }
        for (const batch of RecordBatchReader.from(bytes).open()) return batch;
        throw shardUnusable(filePath, `holds nothing in row ${rowInShard}`);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw isChartlifeError(error) ? error : shardUnusable(filePath, 'is no shard', error);
  }
}

export function shardUnusable(filePath: string, what: string, cause?: unknown): ChartlifeError {
  return new ChartlifeError('LakeUnusable', `the shard ${filePath} ${what}`, {
    next: 'Run `chartlife audio verify`, then `chartlife audio fetch`: what is lost is made again.',
    details: { path: filePath },
    ...(cause === undefined ? {} : { cause }),
  });
}

function isSame(before: FileState | undefined, now: FileState): boolean {
  return before?.ino === now.ino && before.size === now.size && before.mtimeMs === now.mtimeMs;
}

async function hashOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const chunk = new Uint8Array(HASHED_AT_ONCE_BYTES);
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** Any error means: no shard. */
async function readIndex(handle: FileHandle, size: number): Promise<ShardIndex> {
  const head = await readExactly(handle, 0, HEAD_BYTES);
  const tail = await readExactly(handle, size - TAIL_BYTES, TAIL_BYTES);
  const footerBytes = tail.readInt32LE(0);
  const footerStart = size - TAIL_BYTES - footerBytes;
  if (!isMagic(head) || !isMagic(tail.subarray(4)) || footerBytes < 0 || footerStart < HEAD_BYTES) {
    throw new RangeError('it does not begin and end as an Arrow file');
  }
  // What stands before the footer and what stands behind it make a file without rows, whose footer tells where they lie.
  const ends = Buffer.concat([head, await readExactly(handle, footerStart, footerBytes + TAIL_BYTES)]);
  const { footer } = RecordBatchReader.from(ends).open();
  if (footer?.schema.metadata.get(SHARD_METADATA.formatVersion) !== FORMAT_VERSION) {
    throw new RangeError(`it is not of format ${FORMAT_VERSION}`);
  }
  const rows = [...footer.recordBatches()].map(({ offset, metaDataLength, bodyLength }) => ({
    offset,
    numBytes: metaDataLength + bodyLength,
  }));
  if (!rows.every(({ offset, numBytes }) => offset >= HEAD_BYTES && numBytes > 0 && offset + numBytes <= footerStart)) {
    throw new RangeError('it places rows outside of itself');
  }
  const rowsStart = rows[0]?.offset ?? footerStart;
  const schemaMessage = await readExactly(handle, HEAD_BYTES, rowsStart - HEAD_BYTES);
  return { schemaMessage, metadata: footer.schema.metadata, rows };
}

function isMagic(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, MAGIC.length) === MAGIC;
}

async function readExactly(handle: FileHandle, offset: number, numBytes: number): Promise<Buffer> {
  const bytes = await readBehind(new Uint8Array(0), handle, { offset, numBytes });
  if (bytes === null) throw new RangeError('it is too short');
  return bytes;
}

/** The bytes at a place, behind others, in memory of their own; null if the file ends before they do. */
async function readBehind(front: Uint8Array, handle: FileHandle, place: RowPlace): Promise<Buffer | null> {
  if (place.offset < 0) return null;
  const bytes = Buffer.allocUnsafeSlow(front.length + place.numBytes);
  bytes.set(front);
  for (let numRead = 0; numRead < place.numBytes; ) {
    const at = front.length + numRead;
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, place.offset + numRead);
    if (bytesRead === 0) return null;
    numRead += bytesRead;
  }
  return bytes;
}
