/** A file's bytes in blocks, decompressed where its name ends in .gz. */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ChartlifeError } from '../../contracts/errors.ts';
import { systemErrorCode } from '../../runtime/files.ts';

const LARGEST_BLOCK_BYTES = 4 << 20;
const SMALLEST_BLOCK_BYTES = 64 << 10;

export interface ReadBytesOptions {
  /** How much will be read, as far as is known: a small file needs no large buffer. */
  readonly numBytesExpected: number;
  /** Sees the bytes as they lie on the disk, compressed or not, before they are handed on. */
  readonly onStoredBytes?: (block: Uint8Array) => void;
}

async function* storedBlocks(filePath: string, options: ReadBytesOptions): AsyncGenerator<Uint8Array> {
  const highWaterMark = Math.min(LARGEST_BLOCK_BYTES, Math.max(SMALLEST_BLOCK_BYTES, options.numBytesExpected));
  for await (const block of createReadStream(filePath, { highWaterMark })) {
    options.onStoredBytes?.(block);
    yield block;
  }
}

function decompressed(stored: AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: LARGEST_BLOCK_BYTES });
  // What goes wrong in the first stream ends the second with the same error, which its reader meets.
  pipeline(Readable.from(stored, { objectMode: false }), gunzip, () => undefined);
  return gunzip;
}

/** @throws ChartlifeError InvalidInput: the file can't be read, or its compression is damaged. */
export async function* readBytes(filePath: string, options: ReadBytesOptions): AsyncGenerator<Uint8Array> {
  const stored = storedBlocks(filePath, options);
  try {
    yield* filePath.endsWith('.gz') ? decompressed(stored) : stored;
  } catch (error) {
    throw toInputError(error, filePath);
  }
}

/** A file that can't be read, as an error of the closed list. */
export function toInputError(error: unknown, filePath: string): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || error instanceof ChartlifeError) return error;
  return new ChartlifeError('InvalidInput', `${filePath} can't be read (${code})`, {
    next: code.startsWith('Z_')
      ? 'Its compression is damaged: fetch the file again.'
      : 'Check the path and its rights.',
    details: { path: filePath, code },
    cause: error,
  });
}
