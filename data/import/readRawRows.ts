/** The text of rows that were put aside after DuckDB read them, from a second pass over the files that have some. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { numberOf } from '../lake/values.ts';
import { CsvScanner, decodeText } from './csvScanner.ts';
import { readBytes } from './readBytes.ts';
import { spoolSource } from './readCsvRows.ts';
import { parquetSource } from './readHead.ts';
import { type CsvRowFile, isCsv, type RowFile } from './rowFile.ts';
import { Spool } from './spool.ts';
import type { StagingDatabase } from './stagingDatabase.ts';

/** Fills the table `raw` for the rows of the view `set_aside`. A row of a Parquet file is kept as JSON. */
export async function readRawRows(staging: StagingDatabase, files: readonly RowFile[]): Promise<void> {
  const spool = new Spool(path.join(staging.folder, 'raw.csv'), ',');
  try {
    for (const row of await staging.rows('SELECT DISTINCT file_index FROM set_aside ORDER BY file_index')) {
      const file = files[numberOf(row, 'file_index')];
      if (file === undefined) throw new TypeError(`there is no file ${JSON.stringify(row)}`);
      if (isCsv(file)) await spoolRawRows(staging, file, spool);
      else await stageParquetRows(staging, file);
    }
    spool.close();
    if (spool.numRecords > 0) await staging.run(`INSERT INTO raw FROM ${spoolSource(spool, ',', ['raw_row'])}`);
  } finally {
    spool.close();
    await rm(spool.path, { force: true });
  }
}

async function spoolRawRows(staging: StagingDatabase, file: CsvRowFile, spool: Spool): Promise<void> {
  const { fileIndex, layout } = file;
  const lines = await staging.numbers(
    `SELECT CAST(line AS UINTEGER) FROM set_aside WHERE file_index = ${fileIndex} ORDER BY line`,
  );
  let numFound = 0;
  const scanner = new CsvScanner(
    {
      delimiter: layout.delimiter.charCodeAt(0),
      numHeaderRecords: layout.numHeaderRecords,
      numColumns: file.columnNames.length,
    },
    {
      record: (bytes, start, end, line) => {
        if (line !== lines[numFound]) return;
        numFound += 1;
        spool.addFields(fileIndex, line, [decodeText(bytes, start, end)]);
      },
      malformed: () => undefined,
    },
  );
  for await (const block of readBytes(file.path, { numBytesExpected: file.sizeBytes })) {
    scanner.push(block);
    if (numFound === lines.length) return;
  }
  scanner.end();
}

async function stageParquetRows(staging: StagingDatabase, file: RowFile): Promise<void> {
  await staging.run(`
    INSERT INTO raw
    SELECT ${file.fileIndex}, file_row_number + 1, CAST(to_json(parquet_row) AS VARCHAR)
    FROM ${parquetSource(file.path)} AS parquet_row
    WHERE file_row_number + 1 IN (SELECT line FROM set_aside WHERE file_index = ${file.fileIndex})`);
}
