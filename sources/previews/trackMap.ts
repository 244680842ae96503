/** A CSV that says which file is which track: columns by their names, ids also as URIs and addresses. */
import { open } from 'node:fs/promises';
import { ChartlifeError } from '../../contracts/errors.ts';
import { type TrackId, tryParseTrackId } from '../../contracts/ids.ts';
import { systemErrorCode } from '../../runtime/files.ts';
import { type CsvDelimiter, type CsvRecord, type CsvRecords, readCsv } from './csv.ts';

export interface MappedFile {
  /** From 1. */
  readonly line: number;
  /** As it stands there, but with `/` between folders; empty where the row has none. */
  readonly file: string;
  /** null where the cell holds no id. */
  readonly trackId: TrackId | null;
  readonly idText: string;
}

/** Names in order of preference; in any case. */
const FILE_COLUMNS = ['file', 'path', 'filename', 'file_name', 'file_path'];
const ID_COLUMNS = ['track_id', 'spotify_uri', 'uri', 'spotify_id', 'track_uri', 'url', 'id'];
const DELIMITERS: readonly CsvDelimiter[] = [',', ';', '\t'];
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The rows of the CSV.
 *
 * @throws ChartlifeError InvalidInput: it can't be read, is no CSV in UTF-8, or lacks one of the two columns.
 */
export async function readTrackMap(mapPath: string): Promise<MappedFile[]> {
  const text = await readText(mapPath);
  for (const delimiter of DELIMITERS) {
    const csv = readCsv(text, delimiter);
    const [header, ...rows] = csv.records;
    const columns = header === undefined ? null : columnsOf(header);
    if (columns === null) continue;
    refuseBroken(csv, mapPath);
    return rows.map((row) => mappedFile(row, columns));
  }
  const [header] = readCsv(text, ',').records;
  throw unusable(mapPath, 'has no line with the names of a column of files and one of track ids', {
    columns: header?.cells ?? [],
  });
}

interface Columns {
  readonly file: number;
  readonly id: number;
}

function columnsOf({ cells }: CsvRecord): Columns | null {
  const names = cells.map((cell) => cell.toLowerCase());
  const indexOf = (wanted: readonly string[]): number =>
    names.indexOf(wanted.find((name) => names.includes(name)) ?? '-');
  const columns = { file: indexOf(FILE_COLUMNS), id: indexOf(ID_COLUMNS) };
  return columns.file < 0 || columns.id < 0 ? null : columns;
}

function mappedFile({ line, cells }: CsvRecord, columns: Columns): MappedFile {
  const idText = cells[columns.id] ?? '';
  return { line, file: (cells[columns.file] ?? '').replaceAll('\\', '/'), trackId: tryParseTrackId(idText), idText };
}

async function readText(mapPath: string): Promise<string> {
  try {
    const handle = await open(mapPath, 'r');
    try {
      const { size } = await handle.stat();
      if (size > MAX_BYTES) throw unusable(mapPath, `has ${size} bytes; the limit is ${MAX_BYTES}`);
      return new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile());
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof TypeError) throw unusable(mapPath, 'is not in UTF-8');
    const code = systemErrorCode(error);
    throw code === undefined || error instanceof ChartlifeError ? error : unusable(mapPath, `can't be read (${code})`);
  }
}

function refuseBroken({ brokenLine }: CsvRecords, mapPath: string): void {
  if (brokenLine !== null) throw unusable(mapPath, `has quotation marks that don't fit on line ${brokenLine}`);
}

function unusable(
  mapPath: string,
  what: string,
  details: { readonly columns?: readonly string[] } = {},
): ChartlifeError {
  return new ChartlifeError('InvalidInput', `${mapPath} ${what}`, {
    next: 'Give a CSV in UTF-8 whose first line names a column "file" and a column "track_id".',
    details: { path: mapPath, ...details },
  });
}
