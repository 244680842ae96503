/** Files as the planner sees them. */
import type { CsvHead, ParquetHead } from '../../../contracts/imports.ts';

/** A CSV file of these lines; cells are split at commas, without quotes. */
export function csvHead(path: string, ...lines: readonly string[]): CsvHead {
  const text = lines.join('\n');
  return { type: 'csv', path, sizeBytes: text.length, delimiter: ',', records: lines.map((line) => line.split(',')) };
}

export function parquetHead(
  path: string,
  columns: Readonly<Record<string, string>>,
  ...rows: readonly (readonly (string | null)[])[]
): ParquetHead {
  return {
    type: 'parquet',
    path,
    sizeBytes: 1_000,
    numRows: rows.length,
    columns: Object.entries(columns).map(([name, sqlType]) => ({ name, sqlType })),
    rows,
  };
}
