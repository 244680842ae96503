/** Stages the rows of a Parquet file, some row groups at a time. A row's line is its number, from 1. */
import { createHash } from 'node:crypto';
import { ChartlifeError } from '../../contracts/errors.ts';
import { messageOf } from '../lake/duckdbError.ts';
import { numberOf } from '../lake/values.ts';
import { readBytes } from './readBytes.ts';
import { parquetSource, sqlIdentifier } from './readHead.ts';
import type { ReadingEvents, RowFile } from './rowFile.ts';
import type { StagingDatabase } from './stagingDatabase.ts';

const SLICE_ROWS = 500_000;

/** @throws ChartlifeError InvalidInput (it can't be read), ImportRejected (it is damaged). */
export async function readParquetRows(staging: StagingDatabase, file: RowFile, events: ReadingEvents): Promise<void> {
  const { fileIndex } = file;
  const hash = createHash('sha256');
  let numBytes = 0;
  for await (const block of readBytes(file.path, { numBytesExpected: file.sizeBytes })) {
    hash.update(block);
    numBytes += block.length;
  }
  const table = parquetSource(file.path);
  const cells = file.usedColumns.map(
    (index) => `, CAST(${sqlIdentifier(file.columnNames[index] ?? '')} AS VARCHAR) AS c${index}`,
  );
  let numRows = 0;
  try {
    const [count] = await staging.rows(`SELECT count(*) AS num_rows FROM ${table}`);
    numRows = numberOf(count!, 'num_rows');
    for (let first = 0; first < numRows; first += SLICE_ROWS) {
      const last = Math.min(numRows, first + SLICE_ROWS) - 1;
      await staging.run(
        file.statement(`(
          SELECT ${fileIndex} AS file_index, file_row_number + 1 AS line${cells.join('')}
          FROM ${table} WHERE file_row_number BETWEEN ${first} AND ${last}
        )`),
      );
      events.onProgress(fileIndex, (numBytes * (last + 1)) / numRows, last + 1);
    }
  } catch (error) {
    throw parquetError(error, file.path);
  }
  events.onFileRead(fileIndex, hash.digest('hex'), numRows);
}

const DAMAGED = /parquet|snappy|zstd|gzip|thrift|magic bytes|corrupt|out of range/i;

/** Room and memory are not the file's fault; what remains is. */
function parquetError(error: unknown, filePath: string): unknown {
  const message = messageOf(error);
  if (error instanceof ChartlifeError || !DAMAGED.test(message)) return error;
  return new ChartlifeError('ImportRejected', `${filePath} can't be read as Parquet: ${message}`, {
    next: 'Fetch or write the file again: it is damaged. Nothing was imported.',
    details: { path: filePath },
    cause: error,
  });
}
