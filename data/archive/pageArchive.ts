/**
 * The bodies of all pages that were fetched, beside the lake: compressed (gzip, so that `zcat` reads them), named by
 * the SHA-256 of what is inside. And for each address the newest version's validators, for conditional requests.
 *
 *     bodies/3f/3f9a….html.gz        latest/<sha256 of the url>.json
 */
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { ChartlifeError } from '../../contracts/errors.ts';
import { sha256Hex, systemErrorCode, writeFileAtomic } from '../../runtime/files.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** The newest version of an address, as its server described it. */
export interface ArchiveEntry {
  readonly sha256: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** ISO 8601, UTC. */
  readonly fetchedAt: string;
}

export interface PageArchive {
  /** Keeps a body, once however often it comes, and gives its SHA-256. @throws ChartlifeError DiskFull. */
  put(body: Uint8Array): Promise<string>;
  /** The body, checked against its name. @throws ChartlifeError LakeUnusable if it is absent or damaged. */
  get(sha256: string): Promise<Uint8Array>;
  has(sha256: string): Promise<boolean>;
  /** Where the body lies, whether it is there or not: to be shown to a person. */
  pathOf(sha256: string): string;
  latest(url: string): Promise<ArchiveEntry | null>;
  setLatest(url: string, entry: ArchiveEntry): Promise<void>;
}

export function openPageArchive(pagesDir: string): PageArchive {
  const pathOf = (sha256: string): string =>
    path.join(path.resolve(pagesDir), 'bodies', sha256.slice(0, 2), `${sha256}.html.gz`);
  const latestPathOf = (url: string): string => path.join(path.resolve(pagesDir), 'latest', `${sha256Hex(url)}.json`);

  const has = async (sha256: string): Promise<boolean> => {
    try {
      await access(pathOf(sha256));
      return true;
    } catch {
      return false;
    }
  };

  return {
    pathOf,
    has,
    async put(body) {
      const sha256 = sha256Hex(body);
      if (!(await has(sha256))) await writeFileAtomic(pathOf(sha256), await compress(body));
      return sha256;
    },
    async get(sha256) {
      const filePath = pathOf(sha256);
      let body: Uint8Array;
      try {
        body = await decompress(await readFile(filePath));
      } catch (error) {
        throw unusable(sha256, filePath, systemErrorCode(error) === 'ENOENT' ? 'is absent' : 'is damaged', error);
      }
      if (sha256Hex(body) !== sha256) throw unusable(sha256, filePath, 'holds other bytes than its name says');
      return body;
    },
    async latest(url) {
      try {
        return readEntry(await readFile(latestPathOf(url), 'utf8'), url);
      } catch (error) {
        if (systemErrorCode(error) === 'ENOENT') return null;
        throw error;
      }
    },
    async setLatest(url, { sha256, etag, lastModified, fetchedAt }) {
      const text = JSON.stringify({ url, sha256, etag, lastModified, fetchedAt }, null, 2);
      await writeFileAtomic(latestPathOf(url), `${text}\n`);
    },
  };
}

function unusable(sha256: string, filePath: string, what: string, cause?: unknown): ChartlifeError {
  return new ChartlifeError('LakeUnusable', `the archived page ${filePath} ${what}`, {
    next: 'Restore the file from a backup, or refresh the chart: a page that is fetched again is archived again.',
    details: { sha256, path: filePath },
    cause,
  });
}

/** A note that can't be read is no reason to stop: without it the page is just fetched whole. */
function readEntry(text: string, url: string): ArchiveEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const entry = value as Record<string, unknown>;
  const { sha256, etag, lastModified, fetchedAt } = entry;
  const isTextOrNull = (field: unknown): field is string | null => field === null || typeof field === 'string';
  if (entry.url !== url || typeof sha256 !== 'string' || typeof fetchedAt !== 'string') return null;
  if (!isTextOrNull(etag) || !isTextOrNull(lastModified)) return null;
  return { sha256, etag, lastModified, fetchedAt };
}
