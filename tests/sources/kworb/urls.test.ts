import { describe, expect, test } from 'vitest';
import { parseArtistId, parseTrackId } from '../../../contracts/ids.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import {
  artistSongsUrl,
  chartUrl,
  describeUrl,
  KWORB_BASE_URL,
  regionsUrl,
  totalsUrl,
  trackUrl,
} from '../../../sources/kworb/urls.ts';

const us = parseRegion('us');
const trackId = parseTrackId('0kosUz0jePvjiz4ctmR6wL');
const artistId = parseArtistId('0EmeFodog0BfCgMzAIvKQp');

describe.each([KWORB_BASE_URL, 'http://127.0.0.1:8123/', 'http://localhost/kworb'])('addresses below %s', (base) => {
  const root = `${base.replace(/\/$/, '')}/spotify/`;

  test.each([
    [
      chartUrl(base, { kind: 'daily', region: us }),
      'country/us_daily.html',
      { pageKind: 'daily', chart: { kind: 'daily', region: 'us' } },
    ],
    [
      chartUrl(base, { kind: 'weekly', region: parseRegion('global') }),
      'country/global_weekly.html',
      { pageKind: 'weekly', chart: { kind: 'weekly', region: 'global' } },
    ],
    [
      totalsUrl(base, { kind: 'daily', region: us }),
      'country/us_daily_totals.html',
      { pageKind: 'daily-totals', chart: { kind: 'daily', region: 'us' } },
    ],
    [
      totalsUrl(base, { kind: 'weekly', region: us }),
      'country/us_weekly_totals.html',
      { pageKind: 'weekly-totals', chart: { kind: 'weekly', region: 'us' } },
    ],
    [trackUrl(base, trackId), `track/${trackId}.html`, { pageKind: 'track', trackId }],
    [artistSongsUrl(base, artistId), `artist/${artistId}_songs.html`, { pageKind: 'artist-songs', artistId }],
    [regionsUrl(base), '', { pageKind: 'regions' }],
  ])('%s is built and described', (url, page, description) => {
    expect(url).toBe(root + page);
    expect(describeUrl(url)).toEqual(description);
    expect(describeUrl(new URL(url).pathname)).toEqual(description);
    expect(describeUrl(`${url}?x=1#top`)).toEqual(description);
  });
});

test.each([
  'https://kworb.net/charts/apple_s/kr.html',
  'https://kworb.net/spotify/artists.html',
  'https://kworb.net/spotify/country/us_hourly.html',
  'https://kworb.net/spotify/country/usa_daily.html',
  'https://kworb.net/spotify/track/tooshort.html',
  `https://kworb.net/spotify/track/${trackId}`,
  `https://kworb.net/spotify/artist/${artistId}.html`,
  `https://kworb.net/spotify/artist/${artistId}_albums.html`,
  'https://kworb.net/',
  'us.html',
  'http://[broken',
  '',
])('%s is no page of ours', (url) => {
  expect(describeUrl(url)).toBeNull();
});
