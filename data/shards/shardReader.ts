/**
 * Reads spectrograms out of shards: one by itself, or many in the order in which they are asked for, the next ones while
 * the last are used. Values are views of the bytes that were read, not copies.
 *
 * A shard is read whole and compared with its name before anything in it is believed, once as long as the file stays as
 * it is: Arrow's reader trusts the lengths that a file states, and a flipped bit in one of them took the process down.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type AsyncRecordBatchFileReader, RecordBatchReader } from 'apache-arrow';
import { ChartlifeError } from '../../contracts/errors.ts';
import { parseTrackId, type TrackId } from '../../contracts/ids.ts';
import { sha256Hex, systemErrorCode } from '../../runtime/files.ts';
import { bytesOf } from './shardFormat.ts';
import type { ShardStore } from './shardStore.ts';

/** Where a spectrogram lies, as the lake's table `spectrogram` says. */
export interface SpectrogramRef {
  readonly shardSha256: string;
  readonly rowInShard: number;
  /** If it is given, the values are compared with it: the lake and the shard are held to each other. */
  readonly valuesSha256?: string;
}

export interface StoredSpectrogram {
  readonly trackId: TrackId;
  readonly isSynthetic: boolean;
  readonly numFrames: number;
  readonly numMelBins: number;
  /** numFrames x numMelBins float16 values, frame after frame; `fromFloat16` makes float32 of them. */
  readonly halves: Uint16Array;
}

export interface BatchOptions {
  readonly batchSize: number;
  /** How many spectrograms are read ahead of the batch in hand. Default: one batch. */
  readonly numAhead?: number;
}

export interface ShardReader {
  /** @throws ChartlifeError LakeUnusable where the shard is missing, cut short, no shard, or not what the ref says */
  readOne(ref: SpectrogramRef): Promise<StoredSpectrogram>;
  /** In the order of the refs; the last batch may be smaller. Throws as {@link readOne}. */
  batches(refs: readonly SpectrogramRef[], options: BatchOptions): AsyncGenerator<StoredSpectrogram[]>;
  close(): Promise<void>;
}

/** Open files at once: a shard that was not used for longest is closed first. */
const MAX_OPEN_SHARDS = 32;
const HASHED_AT_ONCE_BYTES = 2 ** 20;

interface OpenShard {
  readonly handle: FileHandle;
  readonly reader: AsyncRecordBatchFileReader;
  /** One row at a time: the reader keeps its place in itself. */
  queue: Promise<unknown>;
}

interface HeldShard {
  readonly opening: Promise<OpenShard>;
  /** While somebody reads, it is not closed. */
  numUsers: number;
}

/** What a file looked like when its bytes were compared with its name. */
interface FileState {
  readonly size: number;
  readonly mtimeMs: number;
}

export function openShardReader(store: Pick<ShardStore, 'pathOf'>): ShardReader {
  return new LruShardReader(store);
}

class LruShardReader implements ShardReader {
  readonly #store: Pick<ShardStore, 'pathOf'>;
  /** The one that was used last stands last. */
  readonly #held = new Map<string, HeldShard>();
  readonly #compared = new Map<string, FileState>();

  constructor(store: Pick<ShardStore, 'pathOf'>) {
    this.#store = store;
  }

  async readOne(ref: SpectrogramRef): Promise<StoredSpectrogram> {
    const filePath = this.#store.pathOf(ref.shardSha256);
    const held = this.#hold(ref.shardSha256, filePath);
    try {
      const shard = await held.opening;
      const row = shard.queue.then(() => readRow(shard, ref, filePath));
      shard.queue = row.catch(() => undefined);
      return await row;
    } finally {
      held.numUsers--;
    }
  }

  async *batches(refs: readonly SpectrogramRef[], options: BatchOptions): AsyncGenerator<StoredSpectrogram[]> {
    const { batchSize, numAhead = batchSize } = options;
    const underWay: Promise<StoredSpectrogram>[] = [];
    let next = 0;
    const readAhead = (): void => {
      while (next < refs.length && underWay.length < batchSize + numAhead) {
        const row = this.readOne(refs[next++] as SpectrogramRef);
        // Its failure is told when its turn comes; until then nobody listens.
        row.catch(() => undefined);
        underWay.push(row);
      }
    };
    readAhead();
    while (underWay.length > 0) {
      const batch = await Promise.all(underWay.splice(0, batchSize));
      readAhead();
      yield batch;
    }
  }

  async close(): Promise<void> {
    const shards = [...this.#held.values()];
    this.#held.clear();
    for (const { opening } of shards) await opening.then(closeShard, () => undefined);
  }

  #hold(sha256: string, filePath: string): HeldShard {
    const held: HeldShard = this.#held.get(sha256) ?? {
      opening: openShard(filePath, sha256, this.#compared),
      numUsers: 0,
    };
    held.numUsers++;
    this.#held.delete(sha256);
    this.#held.set(sha256, held);
    held.opening.catch(() => {
      if (this.#held.get(sha256) === held) this.#held.delete(sha256);
    });
    this.#closeOldest();
    return held;
  }

  #closeOldest(): void {
    for (const [sha256, { opening, numUsers }] of this.#held) {
      if (this.#held.size <= MAX_OPEN_SHARDS) return;
      if (numUsers > 0) continue;
      this.#held.delete(sha256);
      // Nobody waits for it: what it held is given back when the system gets to it.
      void opening.then(closeShard, () => undefined);
    }
  }
}

async function openShard(filePath: string, sha256: string, compared: Map<string, FileState>): Promise<OpenShard> {
  let handle: FileHandle;
  try {
    handle = await open(filePath, 'r');
  } catch (error) {
    throw unusable(filePath, systemErrorCode(error) === 'ENOENT' ? 'is missing' : `can't be read: ${error}`, error);
  }
  try {
    const { size, mtimeMs } = await handle.stat();
    const known = compared.get(sha256);
    if (known?.size !== size || known.mtimeMs !== mtimeMs) {
      if ((await hashOf(handle)) !== sha256) throw unusable(filePath, 'is damaged: its bytes hash to another name');
      compared.set(sha256, { size, mtimeMs });
    }
    const reader = await RecordBatchReader.from(handle);
    await reader.open();
    if (!isFileReader(reader)) throw unusable(filePath, 'is no shard');
    return { handle, reader, queue: Promise.resolve() };
  } catch (error) {
    await handle.close();
    throw error;
  }
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

/** Arrow gives another reader where a file does not begin and end as its file format does. */
function isFileReader(reader: unknown): reader is AsyncRecordBatchFileReader {
  return reader instanceof RecordBatchReader && reader.isFile() && reader.isAsync();
}

async function closeShard({ handle, queue }: OpenShard): Promise<void> {
  await queue;
  await handle.close();
}

async function readRow(shard: OpenShard, ref: SpectrogramRef, filePath: string): Promise<StoredSpectrogram> {
  const place = `row ${ref.rowInShard}`;
  const { numRecordBatches } = shard.reader;
  if (!(ref.rowInShard >= 0 && ref.rowInShard < numRecordBatches)) {
    throw unusable(filePath, `has ${numRecordBatches} rows, and ${place} was asked for`);
  }
  let found: StoredSpectrogram | null;
  try {
    const batch = await shard.reader.readRecordBatch(ref.rowInShard);
    found = batch === null || batch === undefined ? null : spectrogramOf(batch);
  } catch (error) {
    throw unusable(filePath, `is damaged in ${place}`, error);
  }
  if (found === null) throw unusable(filePath, `holds no spectrogram in ${place}`);
  if (ref.valuesSha256 !== undefined && sha256Hex(bytesOf(found.halves)) !== ref.valuesSha256) {
    throw unusable(filePath, `holds other values in ${place} than the lake says`);
  }
  return found;
}

type Batch = NonNullable<Awaited<ReturnType<AsyncRecordBatchFileReader['readRecordBatch']>>>;

/** null where the batch does not have a shard's columns, or its parts do not fit each other. */
function spectrogramOf(batch: Batch): StoredSpectrogram | null {
  const trackId: unknown = batch.getChild('track_id')?.get(0);
  const isSynthetic: unknown = batch.getChild('is_synthetic')?.get(0);
  const numFrames: unknown = batch.getChild('num_frames')?.get(0);
  const frames = batch.getChild('values')?.data[0]?.children[0];
  const cells = frames?.children[0];
  const halves: unknown = cells?.values;
  if (batch.numRows !== 1 || typeof trackId !== 'string' || typeof isSynthetic !== 'boolean') return null;
  if (typeof numFrames !== 'number' || frames?.length !== numFrames || !(halves instanceof Uint16Array)) return null;
  const numMelBins = (cells?.length ?? 0) / numFrames;
  if (!Number.isInteger(numMelBins) || halves.length < numFrames * numMelBins) return null;
  return {
    trackId: parseTrackId(trackId),
    isSynthetic,
    numFrames,
    numMelBins,
    halves: halves.subarray(0, numFrames * numMelBins),
  };
}

function unusable(filePath: string, what: string, cause?: unknown): ChartlifeError {
  return new ChartlifeError('LakeUnusable', `the shard ${filePath} ${what}`, {
    next: 'Run `chartlife audio verify`, then `chartlife audio fetch`: what is lost is made again.',
    details: { path: filePath },
    ...(cause === undefined ? {} : { cause }),
  });
}
