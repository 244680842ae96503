/**
 * A folder of the user's own audio. Which track a file is, a CSV says or the file's name, which holds the track's id:
 * `6KFWubocLBhrLs31RpEdR9.mp3`, `03 Location [6KFWubocLBhrLs31RpEdR9].flac`.
 */
import path from 'node:path';
import { type TrackId, tryParseTrackId } from '../../contracts/ids.ts';
import type { PreviewSource } from '../previewSource.ts';
import { readInside, scanFolder } from './folderScan.ts';
import { type MappedFile, readTrackMap } from './trackMap.ts';

/** The CSV that is read where nobody names another and the folder has it. */
export const DEFAULT_MAP_NAME = 'tracks.csv';
/** How long a listing is believed: files that come later are found too, and not every track costs a walk. */
const LISTING_MAX_AGE_MS = 60_000;

const ID_IN_NAME = /(?<![A-Za-z0-9])[A-Za-z0-9]{22}(?![A-Za-z0-9])/g;
/** What lies beside audio, also under its name. */
const COMPANION = /\.(?:jpe?g|png|gif|webp|pdf|txt|md|html?|xml|json|csv|tsv|nfo|log|lrc|cue|m3u8?|pls|sfv|db|ini)$/i;

export interface FolderListing {
  /** One a track, in the order of the files' names. Paths start with the folder as it was given. */
  readonly files: readonly FolderFile[];
  readonly unmatched: readonly { readonly path: string; readonly why: string }[];
}

export interface FolderFile {
  readonly path: string;
  readonly trackId: TrackId;
}

/**
 * What the folder and those below it offer. Hidden files, and those that usually lie beside audio, are passed over in
 * silence, every other file that is taken for no track is named.
 *
 * @param mapPath a CSV with the columns `file` and `track_id`; what it says goes before names. Files of one name alone
 *   may lie in any folder below.
 * @throws ChartlifeError InvalidInput: the folder or the CSV can't be read.
 */
export async function listFolder(dir: string, mapPath?: string): Promise<FolderListing> {
  const { files, passedOver } = await scanFolder(dir);
  const csvPath = mapPath ?? (files.includes(DEFAULT_MAP_NAME) ? path.join(dir, DEFAULT_MAP_NAME) : null);
  const map = mapFiles(dir, files, csvPath === null ? [] : await readTrackMap(csvPath));

  const fileOf = new Map<TrackId, string>();
  const unmatched = [...passedOver, ...map.unmatched];
  // What the CSV says goes before names: also before the name of another file, which comes first in the alphabet.
  const inOrder = [...files.filter((file) => map.answers.has(file)), ...files.filter((file) => !map.answers.has(file))];
  for (const file of inOrder) {
    const answer = map.answers.get(file) ?? (COMPANION.test(file) ? null : trackInName(file));
    if (answer === null) continue;
    if ('why' in answer) {
      unmatched.push({ file, why: answer.why });
      continue;
    }
    const first = fileOf.get(answer.trackId);
    if (first === undefined) fileOf.set(answer.trackId, file);
    else unmatched.push({ file, why: `of the same track as ${first}` });
  }
  return {
    files: [...fileOf]
      .sort(([, a], [, b]) => (a < b ? -1 : 1))
      .map(([trackId, file]) => ({ path: path.join(dir, file), trackId })),
    unmatched: unmatched.map(({ file, why }) => ({ path: path.join(dir, file), why })),
  };
}

export interface FolderSourceOptions {
  readonly dir: string;
  /** As for {@link listFolder}. */
  readonly mapPath?: string;
}

/** The source reads no file before a track is asked for; a folder that is gone by then is InvalidInput. */
export function createFolderSource({ dir, mapPath }: FolderSourceOptions): PreviewSource {
  let listing: { readonly fileOf: Promise<ReadonlyMap<TrackId, string>>; readonly atMs: number } | null = null;
  const list = async (): Promise<ReadonlyMap<TrackId, string>> => {
    const { files } = await listFolder(dir, mapPath);
    return new Map(files.map((file) => [file.trackId, path.relative(dir, file.path)]));
  };
  const listed = async (): Promise<ReadonlyMap<TrackId, string>> => {
    const isOld = listing === null || performance.now() - listing.atMs > LISTING_MAX_AGE_MS;
    const current = listing === null || isOld ? { fileOf: list(), atMs: performance.now() } : listing;
    listing = current;
    try {
      return await current.fileOf;
    } catch (error) {
      if (listing === current) listing = null;
      throw error;
    }
  };
  return {
    origin: 'folder',
    async find({ trackId }, signal) {
      signal.throwIfAborted();
      const file = (await listed()).get(trackId);
      if (file === undefined) return { outcome: 'absent', why: 'the folder has no file of the track', details: null };
      const read = await readInside(dir, file, signal);
      if (read.outcome === 'unreadable') return { outcome: 'absent', why: `its file: ${read.why}`, details: null };
      const { bytes } = read;
      const noAddress = { urlHost: null, addressSha256: null };
      return { outcome: 'found', bytes, ...noAddress, match: null, details: null, isSynthetic: false };
    },
    close: async () => undefined,
  };
}

type Answer = { readonly trackId: TrackId } | { readonly why: string };

function trackInName(file: string): Answer {
  const ids = new Set(path.posix.basename(file).match(ID_IN_NAME) ?? []);
  const [id] = ids;
  const trackId = id === undefined ? null : tryParseTrackId(id);
  if (trackId === null) return { why: 'its name holds no track id' };
  return ids.size === 1 ? { trackId } : { why: `its name holds ${ids.size} track ids` };
}

interface FileMap {
  readonly answers: ReadonlyMap<string, Answer>;
  /** Rows that lead to no file. */
  readonly unmatched: readonly { readonly file: string; readonly why: string }[];
}

function mapFiles(dir: string, files: readonly string[], rows: readonly MappedFile[]): FileMap {
  // File systems differ in how they write an accent; a CSV may come from another one.
  const byPath = groupBy(files, (file) => file.normalize());
  const byName = groupBy(files, (file) => path.posix.basename(file).normalize());
  const answers = new Map<string, Answer>();
  const unmatched: { file: string; why: string }[] = [];
  for (const row of rows) {
    if (row.file === '') {
      unmatched.push({ file: '', why: `line ${row.line} of the map: it names no file` });
      continue;
    }
    const file = path.isAbsolute(row.file)
      ? path.relative(path.resolve(dir), row.file)
      : path.posix.normalize(row.file);
    const name = file.normalize();
    const [found, ...others] = byPath.get(name) ?? byName.get(name) ?? [];
    const leadsOut = file === '..' || file.startsWith('../');
    if (leadsOut) unmatched.push({ file, why: `line ${row.line} of the map: it lies outside the folder` });
    else if (found === undefined) unmatched.push({ file, why: `line ${row.line} of the map: no such file` });
    else if (others.length > 0)
      unmatched.push({ file, why: `line ${row.line} of the map: ${others.length + 1} files are called so` });
    else if (!answers.has(found)) answers.set(found, answerOf(row));
    else unmatched.push({ file, why: `line ${row.line} of the map: a line before it names the same file` });
  }
  return { answers, unmatched };
}

function answerOf({ line, trackId, idText }: MappedFile): Answer {
  return trackId === null ? { why: `line ${line} of the map: "${idText}" is no track id` } : { trackId };
}

function groupBy(files: readonly string[], keyOf: (file: string) => string): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const file of files) groups.set(keyOf(file), [...(groups.get(keyOf(file)) ?? []), file]);
  return groups;
}
