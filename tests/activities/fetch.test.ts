import { rm } from 'node:fs/promises';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseDate } from '../../contracts/dates.ts';
import { parseTrackId } from '../../contracts/ids.ts';
import type { FetchPageInput } from '../../contracts/payloads.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { sha256Hex } from '../../runtime/files.ts';
import { type Answer, openSite, runActivity, type Site } from './siteFixture.ts';

const US_DAILY: FetchPageInput = {
  target: { kind: 'chart', chart: { kind: 'daily', region: parseRegion('us') } },
  nominalDate: parseDate('2026-03-05'),
};
const TRACK: FetchPageInput = {
  target: { kind: 'track', trackId: parseTrackId('0kosUz0jePvjiz4ctmR6wL') },
  nominalDate: parseDate('2026-03-05'),
};

let site: Site;

beforeEach(async () => {
  site = await openSite();
});

afterEach(() => site.close());

/** Answers with the body, or "not modified" to whoever has it. */
const page =
  (body: string, etag = `"${body}"`): Answer =>
  (request, response) => {
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(200, { etag }).end(body);
  };

const fetchPage = (input: FetchPageInput, kind: 'kworb' | 'replica' = 'replica') =>
  runActivity(site.activities(kind).fetchPage, input);

async function failureOf(promise: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await promise.then(
    () => 'no error',
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApplicationFailure)) throw new Error(`no ApplicationFailure: ${String(error)}`);
  return error;
}

test('a fetched page lies in the archive under its hash, and the reference says what was asked for', async () => {
  site.answer = page('<html>v1</html>');
  const result = await fetchPage(US_DAILY);
  expect(result).toEqual({
    outcome: 'fetched',
    page: {
      url: `${site.baseUrl}/spotify/country/us_daily.html`,
      pageKind: 'daily',
      region: 'us',
      sha256: sha256Hex('<html>v1</html>'),
      etag: '"<html>v1</html>"',
      fetchedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      httpStatus: 200,
    },
  });
  expect(Buffer.from(await site.archive.get(sha256Hex('<html>v1</html>'))).toString()).toBe('<html>v1</html>');
  expect(site.requests.map(({ url }) => url)).toEqual(['/spotify/country/us_daily.html']);
});

test('the same page again is asked for conditionally and gives the same reference', async () => {
  site.answer = page('v1');
  const first = await fetchPage(US_DAILY);
  const second = await fetchPage(US_DAILY);
  expect(second).toEqual({ ...first, outcome: 'not-modified' });
  expect(site.requests.at(-1)?.headers['if-none-match']).toBe('"v1"');
  site.answer = page('v2');
  expect(await fetchPage(US_DAILY)).toMatchObject({ outcome: 'fetched', page: { sha256: sha256Hex('v2') } });
});

test('a body that the archive has lost is fetched whole', async () => {
  site.answer = page('v1');
  await fetchPage(US_DAILY);
  await rm(site.archive.pathOf(sha256Hex('v1')));
  expect(await fetchPage(US_DAILY)).toMatchObject({ outcome: 'fetched' });
  expect(site.requests.at(-1)?.headers['if-none-match']).toBeUndefined();
});

test('the replica is told which day it is to be; kworb is not', async () => {
  site.answer = page('v1');
  await fetchPage(US_DAILY, 'replica');
  await fetchPage(TRACK, 'kworb');
  expect(site.requests.map(({ url, headers }) => [url, headers['chartlife-replica-today']])).toEqual([
    ['/spotify/country/us_daily.html', '2026-03-05'],
    ['/spotify/track/0kosUz0jePvjiz4ctmR6wL.html', undefined],
  ]);
});

describe('what goes wrong', () => {
  const answer =
    (status: number, headers: Record<string, string> = {}): Answer =>
    (_request, response) =>
      response.writeHead(status, headers).end();

  test.each([404, 410])('%d: absent, a normal result', async (status) => {
    site.answer = answer(status);
    const url = `${site.baseUrl}/spotify/track/0kosUz0jePvjiz4ctmR6wL.html`;
    expect(await fetchPage(TRACK)).toEqual({ outcome: 'absent', url });
  });

  test('429: tried again when the server says', async () => {
    site.answer = answer(429, { 'retry-after': '7' });
    const failure = await failureOf(fetchPage(US_DAILY));
    expect(failure).toMatchObject({ type: 'RateLimited', nonRetryable: false, nextRetryDelay: 7_000 });
  });

  test('429 for longer than a night: not tried again tonight', async () => {
    site.answer = answer(429, { 'retry-after': '86400' });
    const failure = await failureOf(fetchPage(US_DAILY));
    expect(failure).toMatchObject({ type: 'RateLimited', nonRetryable: true });
    expect(failure.message).toContain('1440 minutes');
  });

  test('500: tried again, by the retry policy', async () => {
    site.answer = answer(500);
    const failure = await failureOf(fetchPage(US_DAILY));
    expect(failure).toMatchObject({ type: 'SourceUnavailable', nonRetryable: false });
    expect(failure.nextRetryDelay).toBeUndefined();
  });

  test('403: not tried again', async () => {
    site.answer = answer(403);
    expect(await failureOf(fetchPage(US_DAILY))).toMatchObject({ type: 'RequestRefused', nonRetryable: true });
  });

  test('a cancelled request is broken off, and counts as cancelled', async () => {
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    let isAsked = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    // Never answered.
    site.answer = () => isAsked();
    const fetching = environment.run(site.activities('replica').fetchPage, US_DAILY);
    await asked;
    environment.cancel();
    await expect(fetching).rejects.toThrow(CancelledFailure);
  });
});
