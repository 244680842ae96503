/** The answer of a query into a file or a stream, in one of the forms. */
import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
import { systemErrorCode } from '../../runtime/files.ts';
import { messageOf } from '../lake/duckdbError.ts';
import type { QueryResult } from '../query/types.ts';
import { type ArrowForm, writeArrow } from './arrow.ts';
import { writeCsv } from './csv.ts';
import type { ByteSink, ExportFormat } from './formats.ts';
import { writeJson } from './json.ts';
import { writeParquet } from './parquet.ts';

/**
 * Writes the whole file or none: a temporary name beside it, synced, renamed. Gives the number of rows.
 *
 * @throws ChartlifeError QueryFailed (the query broke midway), DiskFull, InvalidInput (no such folder).
 */
export async function exportToFile(result: QueryResult, format: ExportFormat, filePath: string): Promise<number> {
  const temporaryPath = `${filePath}.${process.pid}.tmp`;
  try {
    const numRows =
      format === 'parquet' ? await writeParquet(result, temporaryPath) : await writeFile(result, format, temporaryPath);
    const file = await open(temporaryPath, 'r');
    await file.sync().finally(() => file.close());
    await rename(temporaryPath, filePath);
    return numRows;
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw fileError(error, filePath);
  } finally {
    await rm(`${temporaryPath}.spill`, { recursive: true, force: true });
    result.close();
  }
}

/**
 * As {@link exportToFile}, into a sink. Arrow has its stream format here and its file format there. Parquet goes by way
 * of a file in `temporaryDir`: its writer needs to seek.
 */
export async function exportToSink(
  result: QueryResult,
  format: ExportFormat,
  sink: ByteSink,
  temporaryDir: string,
): Promise<number> {
  if (format !== 'parquet') {
    try {
      return await writeBytes(result, format, 'stream', sink);
    } finally {
      result.close();
    }
  }
  const filePath = path.join(temporaryDir, `answer-${process.pid}.parquet`);
  try {
    const numRows = await exportToFile(result, format, filePath);
    await sink(await readFile(filePath));
    return numRows;
  } finally {
    await rm(filePath, { force: true });
  }
}

function writeBytes(
  result: QueryResult,
  format: Exclude<ExportFormat, 'parquet'>,
  arrowForm: ArrowForm,
  sink: ByteSink,
): Promise<number> {
  switch (format) {
    case 'csv':
      return writeCsv(result, sink);
    case 'json':
      return writeJson(result, sink);
    case 'arrow':
      return writeArrow(result, arrowForm, sink);
  }
}

async function writeFile(
  result: QueryResult,
  format: Exclude<ExportFormat, 'parquet'>,
  filePath: string,
): Promise<number> {
  const file = await open(filePath, 'w');
  try {
    return await writeBytes(result, format, 'file', async (chunk) => {
      await file.writeFile(chunk);
    });
  } finally {
    await file.close();
  }
}

function fileError(error: unknown, filePath: string): unknown {
  const code = systemErrorCode(error);
  if (code === 'ENOSPC' || /no space left on device/i.test(messageOf(error))) {
    return new ChartlifeError('DiskFull', `no room left to write ${filePath}`, {
      next: 'Free some space on that disk, or give another --out.',
      details: { path: filePath },
      cause: error,
    });
  }
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR' || code === 'ENOTDIR') {
    return new ChartlifeError('InvalidInput', `${filePath} can't be written: ${messageOf(error)}`, {
      next: 'Give a file in a folder that exists and that you may write to.',
      details: { path: filePath },
      cause: error,
    });
  }
  return error;
}
