/** Stages the rows of CSV files: scans their bytes, spools the sound records and lets DuckDB read the spools. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { CsvDelimiter } from '../../contracts/imports.ts';
import { sqlText } from '../lake/sqlText.ts';
import { CsvScanner, decodeText, type MalformedReason, splitRecord } from './csvScanner.ts';
import { readBytes } from './readBytes.ts';
import type { CsvRowFile, ReadingEvents } from './rowFile.ts';
import { Spool } from './spool.ts';
import type { StagingDatabase } from './stagingDatabase.ts';

/** Large enough that DuckDB's work per spool weighs nothing, small enough that two of them fit on any disk. */
const SPOOL_BYTES = 128 << 20;
const MALFORMED_COLUMNS = ['outcome', 'detail', 'raw_row'];

/**
 * Reads the files one after the other. While DuckDB stages one spool the next is filled.
 *
 * @throws ChartlifeError InvalidInput (a file can't be read), DiskFull.
 */
export async function readCsvRows(
  staging: StagingDatabase,
  files: readonly CsvRowFile[],
  events: ReadingEvents,
): Promise<void> {
  const queue = new SpoolQueue(staging);
  // Staged at the end: such rows are few, and none of them depends on a file's columns.
  const malformed = queue.newSpool(',');
  try {
    // Files that can be read together stand together; which row stays is decided by file_index, not by this order.
    for (const file of files.toSorted((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0))) {
      await readFile(file, queue, malformed, events);
    }
    await queue.flush();
    malformed.close();
    const source = spoolSource(malformed, ',', MALFORMED_COLUMNS);
    if (malformed.numRecords > 0) await staging.run(`INSERT INTO malformed SELECT * FROM ${source}`);
  } finally {
    await queue.close();
    malformed.close();
    await rm(malformed.path, { force: true });
  }
}

async function readFile(file: CsvRowFile, queue: SpoolQueue, malformed: Spool, events: ReadingEvents): Promise<void> {
  const { fileIndex } = file;
  const delimiter = file.layout.delimiter.charCodeAt(0);
  const hash = createHash('sha256');
  let numBytes = 0;
  let numRows = 0;
  let spool = await queue.spoolFor(file);
  const scanner = new CsvScanner(
    { delimiter, numHeaderRecords: file.layout.numHeaderRecords, numColumns: file.columnNames.length },
    {
      record: (bytes, start, end, line, isStandard) => {
        numRows += 1;
        if (isStandard) spool.addBytes(fileIndex, line, bytes, start, end);
        else spool.addFields(fileIndex, line, splitRecord(bytes, start, end, delimiter));
      },
      malformed: (reason, bytes, start, end, line, numColumns) => {
        numRows += 1;
        const detail = detailOf(reason, numColumns, file.columnNames.length);
        malformed.addFields(fileIndex, line, [reason, detail, decodeText(bytes, start, end)]);
      },
    },
  );
  const blocks = readBytes(file.path, {
    numBytesExpected: file.sizeBytes,
    onStoredBytes: (block) => {
      hash.update(block);
      numBytes += block.length;
    },
  });
  for await (const block of blocks) {
    scanner.push(block);
    spool = await queue.spoolFor(file);
    events.onProgress(fileIndex, numBytes, numRows);
  }
  scanner.end();
  events.onFileRead(fileIndex, hash.digest('hex'), numRows);
}

function detailOf(reason: MalformedReason, numColumns: number | null, numWanted: number): string {
  if (reason === 'wrong-column-count') return `${numColumns} columns, not ${numWanted}`;
  if (reason === 'bad-encoding') return 'not valid UTF-8; what could not be read is shown as U+FFFD';
  return 'a quote is not closed, or text follows the closing quote';
}

/** The spool being filled, and the one before it being staged. */
class SpoolQueue {
  readonly #staging: StagingDatabase;
  #file: CsvRowFile | null = null;
  #spool: Spool | null = null;
  #underWay: Promise<void> = Promise.resolve();
  #numSpools = 0;

  constructor(staging: StagingDatabase) {
    this.#staging = staging;
  }

  newSpool(delimiter: CsvDelimiter): Spool {
    return new Spool(path.join(this.#staging.folder, `spool-${this.#numSpools++}.csv`), delimiter);
  }

  /** Where records of the file go now; the one before is handed to DuckDB when it is full or of another kind. */
  async spoolFor(file: CsvRowFile): Promise<Spool> {
    const isOpen = this.#spool !== null && this.#file?.kind === file.kind && this.#spool.numBytes < SPOOL_BYTES;
    if (!isOpen) await this.#startStaging();
    this.#file = file;
    this.#spool ??= this.newSpool(file.layout.delimiter);
    return this.#spool;
  }

  /** Stages what is left and waits for it. */
  async flush(): Promise<void> {
    await this.#startStaging();
    await this.#underWay;
  }

  /** Waits for what is under way, whatever becomes of it. */
  async close(): Promise<void> {
    this.#spool?.close();
    await this.#underWay.catch(() => undefined);
  }

  async #startStaging(): Promise<void> {
    const spool = this.#spool;
    const file = this.#file;
    if (spool === null || file === null) return;
    spool.close();
    await this.#underWay;
    this.#spool = null;
    this.#underWay = this.#stage(spool, file);
    // Met by the next wait; until then it must not end the process.
    this.#underWay.catch(() => undefined);
  }

  async #stage(spool: Spool, file: CsvRowFile): Promise<void> {
    const names = file.columnNames.map((_, index) => `c${index}`);
    const numStaged = await this.#staging.run(file.statement(spoolSource(spool, file.layout.delimiter, names)));
    if (numStaged !== spool.numRecords) {
      throw new ChartlifeError(
        'ImportRejected',
        `DuckDB staged ${numStaged} rows of ${spool.numRecords} that ${file.path} and files like it hold`,
        { next: 'This is a defect of the importer: report it with the file.', details: { path: file.path } },
      );
    }
    await rm(spool.path, { force: true });
  }
}

/** A spool as a SQL source: its dialect is ours, nothing is detected. `names`: of the columns after file and line. */
export function spoolSource(spool: Spool, delimiter: CsvDelimiter, names: readonly string[]): string {
  const columns = [`'file_index': 'INTEGER'`, `'line': 'BIGINT'`, ...names.map((name) => `'${name}': 'VARCHAR'`)];
  return `read_csv(${sqlText(spool.path)}, auto_detect = false, header = false, delim = ${sqlText(delimiter)},
    quote = '"', escape = '"', comment = '', nullstr = '', new_line = '\\n', strict_mode = true,
    max_line_size = ${8 << 20}, columns = {${columns.join(', ')}})`;
}
