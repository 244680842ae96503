/** Track pages: weeks told from days, names, ids. */
import { describe, expect, test } from 'vitest';
import { parseTrackId } from '../../../contracts/ids.ts';
import type { TrackPage } from '../../../contracts/pages.ts';
import type { PageHints } from '../../../sources/kworb/parsePage.ts';
import { parsePage } from '../../../sources/kworb/parsePage.ts';
import { errorOf, table } from './madeUpPages.ts';

describe('track pages', () => {
  const cell = (rank: number, streams: string): string =>
    `<span class="p">${rank}</span><span class="b"> (</span><span class="s">${streams}</span><span class="b">)</span>`;
  const history = (dates: readonly string[], streams = '100'): string =>
    table(
      ['Date', 'US'],
      [['Total', '100'], ['Peak', cell(1, '100')], ...dates.map((date) => [date, cell(1, streams)])],
      '',
    );
  const parseTrack = (
    content: string,
    hints: PageHints = { trackId: parseTrackId('0kosUz0jePvjiz4ctmR6wL') },
  ): TrackPage => {
    const page = parsePage(
      `<html><head><title>A - B - C - Spotify Chart History</title></head><body>${content}</body></html>`,
      hints,
    );
    if (page.kind !== 'track') throw new Error(`${page.kind} is no track page`);
    return page;
  };
  const numPeriods = (page: TrackPage): [number, number] => [page.weeks.length, page.days.length];
  const WEEKS = ['2026/07/02', '2026/07/09', '2026/07/16'];
  const DAYS = ['2026/07/14', '2026/07/15', '2026/07/16', '2026/07/17'];

  test.each<[string, string, [number, number]]>([
    ['weeks, days', history(WEEKS) + history(DAYS), [3, 4]],
    ['days, weeks', history(DAYS) + history(WEEKS), [3, 4]],
    ['weeks alone', history(WEEKS), [3, 0]],
    ['days alone', history(DAYS), [0, 4]],
    ['newest first', history(DAYS.toReversed()) + history(WEEKS.toReversed()), [3, 4]],
    ['days with holes', history(['2026/06/19', '2026/07/01', '2026/07/02', '2026/07/16']), [0, 4]],
    ['two days that are not Thursdays, a week apart', history(['2026/07/10', '2026/07/17']), [0, 2]],
    ['one week alone', history(['2026/07/16']), [1, 0]],
    ['one day that is no Thursday', history(['2026/07/17']), [0, 1]],
    ['one old week that ended on a Sunday', history(['2014/08/10']), [1, 0]],
    [
      'old weeks over a change of their last day',
      history(['2015/06/14', '2015/06/21', '2015/06/25', '2015/07/02']),
      [4, 0],
    ],
    [
      'weeks over more than a month, one of them odd',
      history(['2018/01/04', '2018/01/11', '2018/01/22', '2018/02/01', '2018/02/08', '2018/02/15']),
      [6, 0],
    ],
    ['one week, one day', history(['2026/07/16']) + history(['2026/07/17']), [1, 1]],
    ['one day, one week', history(['2026/07/17']) + history(['2026/07/16', '2026/07/09']), [2, 1]],
    [
      'the same Thursday in both: a week has more streams',
      history(['2026/07/16'], '100') + history(['2026/07/16', '2026/07/09'], '700'),
      [2, 1],
    ],
    ['no week yet', history([]) + history(['2026/07/16', '2026/07/17']), [0, 2]],
    ['no day left', history(WEEKS) + history([]), [3, 0]],
  ])('%s', (_, content, expected) => {
    expect(numPeriods(parseTrack(content))).toEqual(expected);
  });

  test.each([
    ['two weekly tables', history(['2016/06/09', '2016/06/16']) + history(['2015/06/11', '2015/06/18'])],
    ['three tables', history(WEEKS) + history(DAYS) + history(DAYS)],
    ['a date twice', history(['2026/07/16', '2026/07/16'])],
    ['an unknown row', history(['Average'])],
    ['no column of dates', history(WEEKS) + history(DAYS).replace('>Date<', '>Day<')],
    ['a column that is no region', history(WEEKS).replace('>US<', '>Middle Earth<')],
    ['a region twice', table(['Date', 'US', 'United States'], [['2026/07/16', '--', '--']], '')],
    ['a cell without spans', table(['Date', 'US'], [['2026/07/16', '1 (100)']], '')],
    ['a cell with more than spans', table(['Date', 'US'], [['2026/07/16', `${cell(1, '100')} new`]], '')],
    ['no rank', table(['Date', 'US'], [['2026/07/16', '<span class="s">100</span>']], '')],
    ['another number', table(['Date', 'US'], [['2026/07/16', cell(1, '100k')]], '')],
    ['a total that is none', table(['Date', 'US'], [['Total', 'many']], '')],
  ])('%s is a change of layout', (_, content) => {
    expect(errorOf(() => parseTrack(content)).type).toBe('LayoutChanged');
  });

  test('a page without an end may lack a table', () => {
    const html = `<html><head><title>A - B - Spotify Chart History</title></head><body>${history(WEEKS)}`;
    expect(errorOf(() => parsePage(html)).type).toBe('PageTruncated');
  });

  test('without a head, what there is counts', () => {
    const page = parsePage(`Title: B<br>Artist: A<br>${history(WEEKS)}`, {
      source: '/pages/0kosUz0jePvjiz4ctmR6wL.html',
    });
    expect(page).toMatchObject({ kind: 'track', trackId: '0kosUz0jePvjiz4ctmR6wL', title: 'B', artistNames: ['A'] });
  });

  test.each<[string, string, [string, string[]]]>([
    ['lines', 'Title: B - C<br>Artist: A<br>', ['B - C', ['A']]],
    ['lines that give the artist a dash', 'Title: C<br>Artist: A - B<br>', ['C', ['A - B']]],
    [
      'links',
      'Title: B - C<br>\nArtist: <a href="../artist/0EmeFodog0BfCgMzAIvKQp.html">A</a>, X & <a href="../artist/3wcj11K77LjEY1PkEazffa_songs.html">Y, Z</a><br>',
      ['B - C', ['A', 'X', 'Y, Z']],
    ],
    ['no line break', '<div>Title: B - C\nArtist: A</div>', ['B - C', ['A']]],
    ['an artist alone', '<p>Artist: A - B</p>', ['C', ['A - B']]],
    ['a title alone', '<p>Title: C</p>', ['C', ['A - B']]],
    ['nothing but the heading', '', ['B - C', ['A']]],
  ])('names from %s', (_, lines, [title, artistNames]) => {
    expect(parseTrack(lines + history(WEEKS))).toMatchObject({ title, artistNames });
  });

  test('the track is the one linked to, which the hint must not contradict', () => {
    const link = '<iframe src="https://open.spotify.com/embed/track/0kosUz0jePvjiz4ctmR6wL?utm=1"></iframe>';
    expect(parseTrack(link + history(WEEKS), {}).trackId).toBe('0kosUz0jePvjiz4ctmR6wL');
    const other: PageHints = { trackId: parseTrackId('1kosUz0jePvjiz4ctmR6wL') };
    expect(errorOf(() => parseTrack(link + history(WEEKS), other)).type).toBe('WrongPage');
    expect(parseTrack(history(WEEKS), {}).trackId).toBeNull();
    expect(
      parseTrack(history(WEEKS), { source: 'https://kworb.net/spotify/track/2kosUz0jePvjiz4ctmR6wL.html' }).trackId,
    ).toBe('2kosUz0jePvjiz4ctmR6wL');
  });
});
