/**
 * Reads spectrograms out of shards: one by itself, or many in the order in which they are asked for, the next ones while
 * the last are used. Values are views of the bytes that were read, not copies.
 *
 * A shard is read whole and compared with its name before anything in it is believed, once as long as the file stays as
 * it is; a file that changes later is refused, not read.
 */
import type { RecordBatch } from 'apache-arrow';
import { ChartlifeError, isChartlifeError } from '../../contracts/errors.ts';
import { parseTrackId, type TrackId } from '../../contracts/ids.ts';
import { sha256Hex } from '../../runtime/files.ts';
import { type FileState, openShardFile, type ShardFile, shardUnusable } from './shardFile.ts';
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

interface HeldShard {
  readonly opening: Promise<ShardFile>;
  /** While somebody reads, it is not closed. */
  numUsers: number;
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
      return await readSpectrogram(await held.opening, ref, filePath);
    } catch (error) {
      // Whoever asks next opens it anew: it may have been mended.
      if (this.#held.get(ref.shardSha256) === held) this.#held.delete(ref.shardSha256);
      throw error;
    } finally {
      held.numUsers--;
      if (held.numUsers === 0 && this.#held.get(ref.shardSha256) !== held) await closed(held);
    }
  }

  async *batches(refs: readonly SpectrogramRef[], options: BatchOptions): AsyncGenerator<StoredSpectrogram[]> {
    const { batchSize, numAhead = batchSize } = options;
    requireCount('batchSize', batchSize, 1);
    requireCount('numAhead', numAhead, 0);
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
    await Promise.all(shards.map(closed));
  }

  #hold(sha256: string, filePath: string): HeldShard {
    const held: HeldShard = this.#held.get(sha256) ?? {
      opening: openShardFile(filePath, sha256, this.#compared),
      numUsers: 0,
    };
    held.numUsers++;
    this.#held.delete(sha256);
    this.#held.set(sha256, held);
    this.#closeOldest();
    return held;
  }

  #closeOldest(): void {
    for (const [sha256, held] of this.#held) {
      if (this.#held.size <= MAX_OPEN_SHARDS) return;
      if (held.numUsers > 0) continue;
      this.#held.delete(sha256);
      // Nobody waits for it: what it held is given back when the system gets to it.
      void closed(held);
    }
  }
}

/** Waits for reads that are under way. What could not be opened is closed. */
function closed({ opening }: HeldShard): Promise<void> {
  return opening.then(
    (file) => file.close(),
    () => undefined,
  );
}

function requireCount(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new ChartlifeError('InvalidInput', `${name} is ${value}`, {
    next: `Give a whole number, ${least} or more.`,
    details: { [name]: String(value) },
  });
}

async function readSpectrogram(file: ShardFile, ref: SpectrogramRef, filePath: string): Promise<StoredSpectrogram> {
  const place = `row ${ref.rowInShard}`;
  let found: StoredSpectrogram | null;
  try {
    found = storedRowOf(await file.readRow(ref.rowInShard));
  } catch (error) {
    throw isChartlifeError(error, 'LakeUnusable') ? error : shardUnusable(filePath, `is damaged in ${place}`, error);
  }
  if (found === null) throw shardUnusable(filePath, `holds no spectrogram in ${place}`);
  if (ref.valuesSha256 !== undefined && sha256Hex(bytesOf(found.halves)) !== ref.valuesSha256) {
    throw shardUnusable(filePath, `holds other values in ${place} than the lake says`);
  }
  return found;
}

/** All that a shard holds of one track. */
export interface StoredRow extends StoredSpectrogram {
  readonly source: string;
  readonly audioSha256: string;
}

/** null where the batch does not have a shard's columns, or its parts do not fit each other. */
export function storedRowOf(batch: RecordBatch): StoredRow | null {
  const trackId: unknown = batch.getChild('track_id')?.get(0);
  const source: unknown = batch.getChild('source')?.get(0);
  const audioSha256: unknown = batch.getChild('audio_sha256')?.get(0);
  const isSynthetic: unknown = batch.getChild('is_synthetic')?.get(0);
  const numFrames: unknown = batch.getChild('num_frames')?.get(0);
  const frames = batch.getChild('values')?.data[0]?.children[0];
  const cells = frames?.children[0];
  const halves: unknown = cells?.values;
  if (batch.numRows !== 1 || typeof trackId !== 'string' || typeof isSynthetic !== 'boolean') return null;
  if (typeof source !== 'string' || typeof audioSha256 !== 'string') return null;
  if (typeof numFrames !== 'number' || frames?.length !== numFrames || !(halves instanceof Uint16Array)) return null;
  const numMelBins = (cells?.length ?? 0) / numFrames;
  if (!Number.isInteger(numMelBins) || halves.length < numFrames * numMelBins) return null;
  return {
    trackId: parseTrackId(trackId),
    source,
    audioSha256,
    isSynthetic,
    numFrames,
    numMelBins,
    halves: halves.subarray(0, numFrames * numMelBins),
  };
}
