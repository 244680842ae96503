/** The first rows of a file of charts: all that the planner needs to decide what it is. */
import { isUtf8 } from 'node:buffer';
import { stat } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { ChartlifeError } from '../../contracts/errors.ts';
import {
  CSV_DELIMITERS,
  type CsvDelimiter,
  type CsvHead,
  type FileHead,
  type ParquetHead,
} from '../../contracts/imports.ts';
import { messageOf } from '../lake/duckdbError.ts';
import { sqlText } from '../lake/sqlText.ts';
import { numberOf, readRows, textOf, textOrNullOf } from '../lake/values.ts';
import { CsvScanner, joinBytes, splitRecord } from './csvScanner.ts';
import { readBytes, toInputError } from './readBytes.ts';

const MAX_HEAD_BYTES = 64 << 10;
const MAX_HEAD_RECORDS = 20;

const SIGNATURES: readonly { readonly bytes: readonly number[]; readonly what: string; readonly next: string }[] = [
  { bytes: [0x50, 0x4b, 0x03, 0x04], what: 'a ZIP archive', next: 'Unpack it and give the folder: unzip FILE -d DIR.' },
  { bytes: [0x1f, 0x8b], what: 'gzip data', next: 'Name it so that it ends in .gz, or unpack it.' },
  { bytes: [0xff, 0xfe], what: 'UTF-16 text', next: 'Save it as UTF-8.' },
  { bytes: [0xfe, 0xff], what: 'UTF-16 text', next: 'Save it as UTF-8.' },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], what: 'an old Excel workbook', next: 'Save the sheet as CSV in UTF-8.' },
];

/** @throws ChartlifeError InvalidInput (it can't be read), ImportRejected (it is neither text nor Parquet). */
export async function readFileHead(filePath: string): Promise<FileHead> {
  let sizeBytes: number;
  try {
    sizeBytes = (await stat(filePath)).size;
  } catch (error) {
    throw toInputError(error, filePath);
  }
  return /\.parquet$/i.test(filePath) ? readParquetHead(filePath, sizeBytes) : readCsvHead(filePath, sizeBytes);
}

async function readCsvHead(filePath: string, sizeBytes: number): Promise<CsvHead> {
  const bytes = await firstBytes(filePath);
  const signature = SIGNATURES.find((known) => known.bytes.every((byte, index) => bytes[index] === byte));
  if (signature !== undefined) {
    throw new ChartlifeError('ImportRejected', `${filePath} is ${signature.what}, not a CSV file`, {
      next: signature.next,
      details: { path: filePath },
    });
  }
  const isWhole = bytes.length < MAX_HEAD_BYTES;
  const readings = CSV_DELIMITERS.map((delimiter) => ({ delimiter, ...readRecords(bytes, delimiter, isWhole) }));
  const best = readings.reduce((a, b) => (evenness(b.records) > evenness(a.records) ? b : a));
  if (best.notText !== null) throw notUtf8(filePath, best.notText);
  return { type: 'csv', path: filePath, sizeBytes, delimiter: best.delimiter, records: best.records };
}

async function firstBytes(filePath: string): Promise<Uint8Array> {
  const blocks: Uint8Array[] = [];
  let numBytes = 0;
  for await (const block of readBytes(filePath, { numBytesExpected: MAX_HEAD_BYTES })) {
    blocks.push(block);
    numBytes += block.length;
    if (numBytes >= MAX_HEAD_BYTES) break;
  }
  return joinBytes(blocks).subarray(0, MAX_HEAD_BYTES);
}

/** A place that is no UTF-8: the line, the byte of that line (both from 1), and what stands there. */
interface NotText {
  readonly line: number;
  readonly byteOfLine: number;
  readonly byte: number;
}

function notUtf8(filePath: string, { line, byteOfLine, byte }: NotText): ChartlifeError {
  const shown = `0x${byte.toString(16).padStart(2, '0')}`;
  return new ChartlifeError(
    'ImportRejected',
    `${filePath} is not UTF-8 text: line ${line}, byte ${byteOfLine} is ${shown}`,
    {
      next: 'Save it as CSV UTF-8 (a spreadsheet offers it under that name), or convert it: iconv -f WINDOWS-1252 -t UTF-8.',
      details: { path: filePath, line, byteOfLine, byte: shown },
    },
  );
}

/** Offset of the first byte that is no UTF-8, or is NUL; 0 if there is none. */
function firstBadByte(bytes: Uint8Array): number {
  for (let offset = 0; offset < bytes.length; ) {
    const lead = bytes[offset] ?? 0;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead === 0 || !isUtf8(bytes.subarray(offset, offset + length))) return offset;
    offset += length;
  }
  return 0;
}

/** The first records; `notText` if a line that is no UTF-8 stands where the names of the columns may have been. */
function readRecords(
  bytes: Uint8Array,
  delimiter: CsvDelimiter,
  isWhole: boolean,
): { records: string[][]; notText: NotText | null } {
  const records: string[][] = [];
  let notText: NotText | null = null;
  const scanner = new CsvScanner(
    { delimiter: delimiter.charCodeAt(0), numHeaderRecords: 0, numColumns: null },
    {
      record: (block, start, end) => {
        if (records.length < MAX_HEAD_RECORDS) records.push(splitRecord(block, start, end, delimiter.charCodeAt(0)));
      },
      malformed: (reason, block, start, end, line) => {
        // Below the names of the columns, such a row alone is put aside.
        if (reason !== 'bad-encoding' || notText !== null || records.some(({ length }) => length > 1)) return;
        const bad = block.subarray(start, end);
        const offset = firstBadByte(bad);
        notText = { line, byteOfLine: offset + 1, byte: bad[offset] ?? 0 };
      },
    },
  );
  scanner.push(bytes);
  if (isWhole) scanner.end();
  return { records, notText };
}

/** How well a delimiter explains the records: those with the commonest number of columns, if it is more than one. */
function evenness(records: readonly (readonly string[])[]): number {
  const counts = new Map<number, number>();
  for (const { length } of records) if (length > 1) counts.set(length, (counts.get(length) ?? 0) + 1);
  // More columns only decide between delimiters that fit equally many records.
  return Math.max(0, ...[...counts].map(([numColumns, numRecords]) => numRecords + numColumns / 1_000));
}

async function readParquetHead(filePath: string, sizeBytes: number): Promise<ParquetHead> {
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' });
  try {
    const connection = await instance.connect();
    try {
      return await readParquet(connection, filePath, sizeBytes);
    } catch (error) {
      throw new ChartlifeError('ImportRejected', `${filePath} can't be read as Parquet: ${messageOf(error)}`, {
        next: 'Check the file; fetch it again if it was cut short.',
        details: { path: filePath },
        cause: error,
      });
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

async function readParquet(connection: DuckDBConnection, filePath: string, sizeBytes: number): Promise<ParquetHead> {
  const source = parquetSource(filePath);
  const described = await readRows(connection, `DESCRIBE SELECT * FROM ${source}`);
  const columns = described.map((row) => ({ name: textOf(row, 'column_name'), sqlType: textOf(row, 'column_type') }));
  const [count] = await readRows(connection, `SELECT count(*) AS num_rows FROM ${source}`);
  const rows = await readRows(
    connection,
    `SELECT ${columns.map((column, index) => `CAST(${sqlIdentifier(column.name)} AS VARCHAR) AS c${index}`).join(', ')}
     FROM ${source} LIMIT ${MAX_HEAD_RECORDS}`,
  );
  return {
    type: 'parquet',
    path: filePath,
    sizeBytes,
    numRows: numberOf(count!, 'num_rows'),
    columns,
    rows: rows.map((row) => columns.map((_, index) => textOrNullOf(row, `c${index}`))),
  };
}

/** One Parquet file as a SQL source, whatever characters its name has. */
export function parquetSource(filePath: string, options = ''): string {
  return `read_parquet(${sqlText(filePath.replace(/[[*?]/g, '[$&]'))}${options})`;
}

/** A column's name as a SQL identifier. */
export function sqlIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
