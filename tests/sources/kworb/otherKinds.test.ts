/** Artist songs, totals and the index of regions. */
import { describe, expect, test } from 'vitest';
import { parseArtistId } from '../../../contracts/ids.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import { parsePage } from '../../../sources/kworb/parsePage.ts';
import { goldenExcerpts } from './goldenExcerpts.ts';
import { errorOf, US } from './madeUpPages.ts';

describe('artist songs, totals and regions', () => {
  const excerpts = new Map(goldenExcerpts().map((excerpt) => [excerpt.name, new TextDecoder().decode(excerpt.bytes)]));
  const songs = excerpts.get('artist-songs-josman.html') ?? '';
  const totals = excerpts.get('totals-weekly-us.html') ?? '';
  const regions = excerpts.get('regions.html') ?? '';

  test.each([
    ['songs without their date', songs.replace('Last updated: 2026/07/06', '')],
    ['songs of an impossible date', songs.replace('2026/07/06', '2026/13/06')],
    ['another mark before a song', songs.replace('* <a', '+ <a')],
    ['songs of an artist without a name', songs.replaceAll('Spotify Top Songs', 'Songs')],
    ['totals without their period', totals.replace('Covers charts', 'Holds charts')],
    ['totals over a negative period', totals.replace('2014/08/10', '2027/08/10')],
    ['totals with another column', totals.replace('<th>T10</th>', '<th>T20</th>')],
    ['a region twice', regions.replace('country/cy_daily', 'country/es_daily')],
    ["a region with another's link", regions.replace('country/es_weekly.html', 'country/fr_weekly.html')],
    ['a region without a name', regions.replace('>Spain<', '><')],
    ['a region without a link', regions.replace('country/cy_daily.html', 'index.html')],
  ])('%s: a change of layout', (_, html) => {
    expect([songs, totals, regions]).not.toContain(html);
    expect(errorOf(() => parsePage(html)).type).toBe('LayoutChanged');
  });

  test('a table of totals alone has no period', () => {
    const table = totals.slice(totals.indexOf('<table'), totals.indexOf('</table>') + '</table>'.length);
    const page = parsePage(table, { region: parseRegion('us'), kind: 'weekly-totals' });
    expect(page).toMatchObject({ kind: 'weekly-totals', region: 'us', coversFrom: null, coversTo: null });
    const whole = parsePage(totals);
    expect('rows' in page && page.rows).toEqual('rows' in whole && whole.rows);
  });

  test("an artist's id is the page's own", () => {
    const other = parseArtistId('0EmeFodog0BfCgMzAIvKQp');
    expect(errorOf(() => parsePage(songs, { artistId: other })).type).toBe('WrongPage');
    const untabbed = songs.replaceAll(/artist\/6dbdXbyAWk2qx8Qttw0knR/g, 'artist/x');
    expect(parsePage(untabbed, {})).toMatchObject({ artistId: null });
    expect(parsePage(untabbed, { artistId: other })).toMatchObject({ artistId: other });
    expect(parsePage(untabbed, { source: `https://kworb.net/spotify/artist/${other}_songs.html` })).toMatchObject({
      artistId: other,
    });
  });

  test('totals without a head take their region from the hint', () => {
    const headless = totals.slice(totals.indexOf('Covers'), totals.indexOf('</table>') + 8);
    expect(errorOf(() => parsePage(headless))).toMatchObject({
      type: 'InvalidInput',
      details: { missing: ['region'] },
    });
    expect(parsePage(headless, { region: US })).toMatchObject({ kind: 'weekly-totals', region: 'us' });
  });
});
