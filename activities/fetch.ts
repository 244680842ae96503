/** One page from the source into the archive: the only activity that talks to the outside. */
import { sleep } from '@temporalio/activity';
import { isChartlifeError } from '../contracts/errors.ts';
import type { FetchPageInput, FetchPageResult, PageRef, PageTarget } from '../contracts/payloads.ts';
import type { SourceSettings } from '../contracts/settings.ts';
import type { ArchiveEntry, PageArchive } from '../data/archive/pageArchive.ts';
import { chartUrl, trackUrl } from '../sources/kworb/urls.ts';
import type { PageFetcher } from '../sources/pageFetcher.ts';
import { REPLICA_TODAY_HEADER } from '../sources/replica/headers.ts';
import { defineActivity } from './defineActivity.ts';
import { notBeforeTomorrow } from './fetchPause.ts';

export interface FetchPorts {
  readonly fetcher: PageFetcher;
  readonly archive: PageArchive;
  readonly source: SourceSettings;
  /** Each request waits up to so long, at random, beyond what the queue's rate limit asks for. */
  readonly jitterMs: number;
}

export interface FetchActivities {
  fetchPage(input: FetchPageInput): Promise<FetchPageResult>;
}

/**
 * A fetched body is in the archive before the activity ends, so whoever holds its reference can read it. Asked
 * conditionally wherever the archive still holds the version before.
 */
export function createFetchActivities(ports: FetchPorts): FetchActivities {
  return {
    fetchPage: defineActivity(async ({ target, nominalDate }: FetchPageInput, signal) => {
      const url = urlOf(ports.source.baseUrl, target);
      const held = await heldVersion(ports.archive, url);
      if (ports.jitterMs > 0) await sleep(Math.random() * ports.jitterMs);
      try {
        const answer = await ports.fetcher.fetch({
          url,
          signal,
          ...(held?.etag ? { etag: held.etag } : {}),
          ...(held?.lastModified ? { lastModified: held.lastModified } : {}),
          ...(ports.source.kind === 'replica' ? { headers: { [REPLICA_TODAY_HEADER]: nominalDate } } : {}),
        });
        if (answer.outcome === 'not-modified') {
          // The fetcher answers so only to a request with validators, and those come with the version we hold.
          if (held === null) throw new Error(`${url}: not modified, but no version is held`);
          return { outcome: 'not-modified', page: pageRef(url, target, { ...held, httpStatus: 200 }) };
        }
        const { etag, lastModified, fetchedAt, httpStatus } = answer;
        const sha256 = await ports.archive.put(answer.body);
        await ports.archive.setLatest(url, { sha256, etag, lastModified, fetchedAt });
        return { outcome: 'fetched', page: pageRef(url, target, { sha256, etag, fetchedAt, httpStatus }) };
      } catch (error) {
        if (isChartlifeError(error, 'PageNotFound')) return { outcome: 'absent', url };
        throw notBeforeTomorrow(error) ?? error;
      }
    }),
  };
}

function urlOf(baseUrl: string, target: PageTarget): string {
  return target.kind === 'chart' ? chartUrl(baseUrl, target.chart) : trackUrl(baseUrl, target.trackId);
}

/** The newest version of the page, if its body is still there: else its validators would leave us with nothing. */
async function heldVersion(archive: PageArchive, url: string): Promise<ArchiveEntry | null> {
  const latest = await archive.latest(url);
  return latest !== null && (await archive.has(latest.sha256)) ? latest : null;
}

function pageRef(
  url: string,
  target: PageTarget,
  version: Pick<PageRef, 'sha256' | 'etag' | 'fetchedAt' | 'httpStatus'>,
): PageRef {
  const { sha256, etag, fetchedAt, httpStatus } = version;
  return {
    url,
    pageKind: target.kind === 'chart' ? target.chart.kind : 'track',
    sha256,
    fetchedAt,
    httpStatus,
    etag,
    ...(target.kind === 'chart' ? { region: target.chart.region } : { trackId: target.trackId }),
  };
}
