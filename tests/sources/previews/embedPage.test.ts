/** Spotify's embed page: what is read of it, what is not, and that its token goes nowhere. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseDate } from '../../../contracts/dates.ts';
import { parseArtistId, parseTrackId } from '../../../contracts/ids.ts';
import type { AudioDescriptors } from '../../../contracts/trackFacts.ts';
import { PROJECT_ROOT } from '../../../runtime/projectRoot.ts';
import { parseEmbedPage } from '../../../sources/previews/embedPage.ts';
import { renderEmbedPage } from '../../../sources/replica/embedPage.ts';
import { dataOf, embedPage, entityOf, type Fields, PREVIEW_URL, pageAround, TOKEN, TRACK_ID } from './embedPages.ts';

const REAL_PAGE = path.join(PROJECT_ROOT, '..', 'shared', 'data', 'embed', 'enfin_track.html');
const hasRealPage = existsSync(REAL_PAGE);
if (!hasRealPage) console.log('skipped: no ../shared/data/embed beside the checkout; its page is not committed');

const DESCRIPTORS: AudioDescriptors = {
  ...{ tempoBpm: 120, beatsPerBar: 4, pitchClass: 0, isMajor: true, loudnessDb: -8, energy: 0.5, valence: 0.5 },
  ...{ danceability: 0.5, acousticness: 0.5, instrumentalness: 0.5, speechiness: 0.5, liveness: 0.5 },
};

const parse = (html: string): ReturnType<typeof parseEmbedPage> => parseEmbedPage(html, TRACK_ID);

describe('a page with a preview', () => {
  it('gives its whole address and all that the page says of the track', () => {
    expect(parse(embedPage())).toEqual({
      previewUrl: PREVIEW_URL,
      whyNoPreview: null,
      isSynthetic: false,
      details: {
        title: 'A title',
        artists: [
          { id: '6eUKZXaKkcviH0Ku9w2n3V', name: 'First' },
          { id: '1vCWHaC5f2uS3yhpwWbIA6', name: 'Zweite Künstlerin' },
        ],
        releaseDate: { date: '2017-03-03', precision: 'day' },
        durationMs: 233_713,
        isExplicit: false,
      },
    });
  });

  it('keeps a query that belongs to the address', () => {
    const url = `${PREVIEW_URL}?cid=abc&x=%2F`;
    expect(parse(embedPage({ audioPreview: { url } })).previewUrl).toBe(url);
  });

  it('is synthetic where it says so in so many words', () => {
    expect(parse(embedPage({ chartlifeReplica: { isSynthetic: true } })).isSynthetic).toBe(true);
    for (const mark of [{}, { isSynthetic: 'true' }, true, null]) {
      expect(parse(embedPage({ chartlifeReplica: mark })).isSynthetic).toBe(false);
    }
  });

  it('is read whatever the order of the script’s attributes, and from a page cut after it', () => {
    const other = embedPage().replace(
      'id="__NEXT_DATA__" type="application/json"',
      "type='application/json' id='__NEXT_DATA__'",
    );
    expect(parse(other).previewUrl).toBe(PREVIEW_URL);
    expect(parse(embedPage().split('</script>')[0] ?? '').previewUrl).toBe(PREVIEW_URL);
  });

  it('is read as the replica writes it', () => {
    const html = renderEmbedPage({
      track: {
        id: TRACK_ID,
        title: '</script> & "Röyksopp"',
        artist: { id: parseArtistId('6eUKZXaKkcviH0Ku9w2n3V'), name: 'First' },
        featured: [{ id: null, name: 'Guest' }],
      },
      facts: {
        descriptors: DESCRIPTORS,
        releaseDate: { date: parseDate('2011-01-01'), precision: 'year' },
        durationMs: 180_000,
        isExplicit: true,
      },
      previewUrl: 'http://127.0.0.1:8434/mp3-preview/1',
      isPlayable: true,
    });
    const page = parse(html);
    expect(page).toEqual({
      previewUrl: 'http://127.0.0.1:8434/mp3-preview/1',
      whyNoPreview: null,
      isSynthetic: true,
      details: {
        title: '</script> & "Röyksopp"',
        artists: [
          { id: '6eUKZXaKkcviH0Ku9w2n3V', name: 'First' },
          { id: null, name: 'Guest' },
        ],
        releaseDate: { date: '2011-01-01', precision: 'year' },
        durationMs: 180_000,
        isExplicit: true,
      },
    });
  });

  test.skipIf(!hasRealPage)('as a real one of 2026-07-11', () => {
    const html = readFileSync(REAL_PAGE, 'utf8');
    expect(parseEmbedPage(html, parseTrackId('4WYhQviUDsXVzLp6oncwJS'))).toEqual({
      previewUrl: 'https://p.scdn.co/mp3-preview/baa45dba4fd2cc2133af565bc155258180d2a150',
      whyNoPreview: null,
      isSynthetic: false,
      details: {
        title: 'Dans le vide',
        artists: [{ id: '6dbdXbyAWk2qx8Qttw0knR', name: 'Josman' }],
        releaseDate: { date: '2016-06-13', precision: 'day' },
        durationMs: 243_625,
        isExplicit: true,
      },
    });
    expect(parseEmbedPage(html, TRACK_ID).whyNoPreview).toBe('the page is about something else');
  });
});

describe('no preview, and why', () => {
  const withoutKey = (key: string): Fields => ({ [key]: undefined });
  it.each<[string, string]>([
    ['the answer is no page of HTML', ''],
    ['the answer is no page of HTML', 'upstream connect error or disconnect'],
    ['the answer is no page of HTML', '{"error":{"status":429}}'],
    ['the answer is no page of HTML', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
    ['the page has no data in it', '<!DOCTYPE html><html><body>Sorry</body></html>'],
    ['the page has no data in it', embedPage().replaceAll('__NEXT_DATA__', '__OTHER_DATA__')],
    ['the data of the page is broken', pageAround('')],
    ['the data of the page is broken', pageAround('{"props":')],
    ['the data of the page is broken', embedPage().slice(0, 400)],
    ['the page has no state', pageAround('null')],
    ['the page has no state', pageAround('{"props":{"pageProps":{"status":404}}}')],
    ['the page has no state', pageAround('{"props":{"pageProps":{"state":[]}}}')],
    ['the page names no track', pageAround(JSON.stringify(dataOf(undefined)))],
    ['the page names no track', pageAround(JSON.stringify(dataOf('track')))],
    ['the page is about something else', embedPage({ id: '0VjIjW4GlUZAMYd2vXMi3b' })],
    ['the page is about something else', embedPage({ type: 'episode' })],
    ['the page is about something else', embedPage({ ...withoutKey('id'), ...withoutKey('uri') })],
  ])('%s', (why, html) => {
    expect(parse(html)).toEqual({ previewUrl: null, whyNoPreview: why, details: null, isSynthetic: false });
  });

  it.each<[string, Fields]>([
    ['the track is not playable', { isPlayable: false }],
    ['the page has no preview', withoutKey('audioPreview')],
    ['the page has no preview', { audioPreview: null }],
    ['the page has no preview', { audioPreview: {} }],
    ['the page has no preview', { audioPreview: { url: ' ' } }],
    ['the page has no preview', { audioPreview: { url: 7 } }],
    ['the preview has no address on the web', { audioPreview: { url: 'spotify:mp3:1' } }],
    ['the preview has no address on the web', { audioPreview: { url: '/mp3-preview/1' } }],
    ['the preview has no address on the web', { audioPreview: { url: 'https://me:secret@p.scdn.co/a' } }],
  ])('%s, and the details are taken along', (why, changes) => {
    const page = parse(embedPage(changes));
    expect(page).toMatchObject({ previewUrl: null, whyNoPreview: why });
    expect(page.details).toMatchObject({ title: 'A title', durationMs: 233_713 });
  });

  it('the id is taken from the URI where it stands nowhere else', () => {
    expect(parse(embedPage(withoutKey('id'))).previewUrl).toBe(PREVIEW_URL);
  });
});

describe('details', () => {
  const detailsOf = (changes: Fields): ReturnType<typeof parseEmbedPage>['details'] =>
    parse(embedPage(changes)).details;

  it.each<[unknown, unknown]>([
    [{ isoString: '1999-12-31T00:00:00Z' }, { date: '1999-12-31', precision: 'day' }],
    [{ isoString: '1999-12-31' }, { date: '1999-12-31', precision: 'day' }],
    [{ isoString: '1999-12' }, { date: '1999-12-01', precision: 'month' }],
    [{ isoString: '1999' }, { date: '1999-01-01', precision: 'year' }],
    // A year that is all Spotify knows is written so.
    [{ isoString: '1957-01-01T00:00:00Z' }, { date: '1957-01-01', precision: 'year' }],
    [
      { isoString: '2021-01-01T00:00:00Z', precision: 'DAY' },
      { date: '2021-01-01', precision: 'day' },
    ],
    [
      { isoString: '1999-12-31T00:00:00Z', precision: 'MONTH' },
      { date: '1999-12-01', precision: 'month' },
    ],
    [
      { isoString: '1999-12-31T00:00:00Z', precision: 'year' },
      { date: '1999-01-01', precision: 'year' },
    ],
    [
      { isoString: '1999-12-31T00:00:00Z', precision: 'century' },
      { date: '1999-12-31', precision: 'day' },
    ],
    [{ isoString: '2019-02-30T00:00:00Z' }, null],
    [{ isoString: 'soon' }, null],
    [{ isoString: 1999 }, null],
    [{}, null],
    [{ isoString: '0000-01-01T00:00:00Z' }, null],
    [{ isoString: '0001' }, null],
    ['2019-01-02', null],
    [null, null],
  ])('release date of %j is %j', (releaseDate, expected) => {
    expect(detailsOf({ releaseDate })?.releaseDate).toEqual(expected);
  });

  it('are well formed and of an end, whatever the page writes', () => {
    const artists = [
      { name: 'half a pair \uD83D' },
      ...Array.from({ length: 500 }, () => ({ name: 'y'.repeat(5_000) })),
    ];
    const details = parse(
      embedPage({ title: `${'x'.repeat(999)}🎵 and more`, name: 'n', artists }).replace('"n"', '"\\udc00"'),
    ).details!;
    expect(details.title).toBe(`${'x'.repeat(999)}\uFFFD`);
    expect(details.artists).toHaveLength(100);
    expect(details.artists[0]!.name).toBe('half a pair \uFFFD');
    expect(details.artists[1]!.name).toHaveLength(1_000);
    expect(JSON.stringify(details)).not.toMatch(/\\ud[89a-f]/i);
    expect(parse(embedPage({ audioPreview: { url: `https://p.scdn.co/${'x'.repeat(9_000)}` } })).whyNoPreview).toBe(
      'the preview has no address on the web',
    );
  });

  it('are null where they are of another type', () => {
    expect(detailsOf({ title: 5, name: null, artists: 'First', duration: '233713', isExplicit: 'no' })).toEqual({
      title: null,
      artists: [],
      releaseDate: { date: '2017-03-03', precision: 'day' },
      durationMs: null,
      isExplicit: null,
    });
    for (const duration of [0, -1, null]) expect(detailsOf({ duration })?.durationMs).toBeNull();
    expect(detailsOf({ title: undefined })?.title).toBe('A name');
  });

  it('keep an artist without a link, and drop one without a name', () => {
    const artists = [
      { name: 'Linkless' },
      { uri: 'spotify:artist:6eUKZXaKkcviH0Ku9w2n3V' },
      { name: 'Odd', uri: 'x' },
      7,
    ];
    expect(detailsOf({ artists })?.artists).toEqual([
      { id: null, name: 'Linkless' },
      { id: null, name: 'Odd' },
    ]);
  });
});

describe('the session token', () => {
  /** Ways in which a text can be damaged on its way: none of them moves the token to where a title is. */
  const damage = (html: string): fc.Arbitrary<string> => {
    const place = fc.nat(html.length);
    return fc.oneof(
      place.map((at) => html.slice(0, at)),
      place.map((at) => html.slice(at)),
      fc.tuple(place, fc.string()).map(([at, text]) => html.slice(0, at) + text + html.slice(at + text.length)),
      fc.tuple(place, fc.nat(40)).map(([at, length]) => html.slice(0, at) + html.slice(at + length)),
      fc
        .tuple(place, fc.constantFrom('"', '{', '}', '\\', '<', '</script>', '\0', ','))
        .map(([at, text]) => html.slice(0, at) + text + html.slice(at)),
    );
  };
  const JSON_TEXT = JSON.stringify(dataOf(entityOf()));

  it('never comes out of a damaged page, which never makes the parser fail', () => {
    fc.assert(
      fc.property(
        fc.oneof(damage(embedPage()), damage(JSON_TEXT).map(pageAround), damage(embedPage()).chain(damage)),
        (html) => {
          expect(JSON.stringify(parse(html))).not.toContain(TOKEN.slice(0, 12));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('never comes out of a page whose fields hold anything', () => {
    const anything = fc.jsonValue();
    const entity = fc.record({
      id: fc.oneof(fc.constant(TRACK_ID), anything),
      type: fc.oneof(fc.constant('track'), anything),
      title: anything,
      artists: fc.oneof(fc.array(fc.record({ name: anything, uri: anything }, { requiredKeys: [] })), anything),
      releaseDate: fc.oneof(fc.record({ isoString: anything, precision: anything }), anything),
      duration: anything,
      isPlayable: anything,
      isExplicit: anything,
      audioPreview: fc.oneof(fc.record({ url: anything }), anything),
    });
    fc.assert(
      fc.property(entity, (changes) => {
        const page = parse(embedPage(changes));
        expect(page.previewUrl === null).toBe(page.whyNoPreview !== null);
        expect(JSON.stringify(page)).not.toContain(TOKEN);
      }),
    );
  });

  const sessionOf = (session: unknown): Fields => ({
    props: { pageProps: { state: { data: { entity: entityOf({ title: `t ${TOKEN}` }) }, settings: { session } } } },
  });
  const inAnotherScript = (script: string): string =>
    pageAround(JSON.stringify(sessionOf({}))).replace('</body>', `<script>${script}</script></body>`);
  it.each<[string, string]>([
    ['called token', pageAround(JSON.stringify(sessionOf({ token: TOKEN })))],
    ['called access_token', pageAround(JSON.stringify(sessionOf({ access_token: TOKEN })))],
    ['called AccessToken', pageAround(JSON.stringify(sessionOf({ AccessToken: TOKEN })))],
    ['in a list', pageAround(JSON.stringify(sessionOf({ accessToken: [TOKEN] })))],
    ['in an object', pageAround(JSON.stringify(sessionOf({ accessToken: { current: { value: TOKEN } } })))],
    ['with an escaped name', embedPage({ title: TOKEN }).replace('"accessToken"', '"access\\u0054oken"')],
    ['with escaped letters', embedPage({ title: TOKEN }).replace(`"accessToken":"B`, '"accessToken":"\\u0042')],
    ['in JSON within the JSON', pageAround(JSON.stringify(sessionOf({ json: JSON.stringify({ token: TOKEN }) })))],
    ['in another script', inAnotherScript(`window.session={accessToken:'${TOKEN}'}`)],
    ['in a script of JSON', inAnotherScript(`{"session":{"access_token":"${TOKEN}"}}`)],
  ])('%s is cut out of the title as well', (_what, html) => {
    const page = parse(html);
    expect(page.details?.title).toMatch(/^(?:t )?$/);
    expect(JSON.stringify(page)).not.toContain(TOKEN);
  });

  it('a page full of them, or nested deeper than a stack, is read in one pass', () => {
    const session = Array.from({ length: 300_000 }, (_, i) => ({ token: `tok${String(i).padStart(20, '0')}` }));
    expect(parse(pageAround(JSON.stringify(sessionOf(session)))).whyNoPreview).toBe(
      'the page is full of session tokens',
    );
    for (const text of ['token', 'token"', 'token:"', 'token\\"', '"token":"a']) {
      const page = inAnotherScript(text.repeat(4_000_000 / text.length));
      expect(JSON.stringify(parse(page))).toContain('previewUrl');
    }
    const deep = `${'{"a":'.repeat(3_000)}"x"${'}'.repeat(3_000)}`;
    const nested = JSON.stringify(sessionOf({})).replace('"session":{}', `"session":{"accessToken":${deep}}`);
    expect(parse(pageAround(nested)).previewUrl).toBe(PREVIEW_URL);
  });

  it('never comes out of any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parse(text).previewUrl === null));
  });

  it('is cut out wherever it stands, without harm to what is around it', () => {
    const page = parse(
      embedPage({ title: `A ${TOKEN} title`, audioPreview: { url: `${PREVIEW_URL}?token=${TOKEN}` } }),
    );
    expect(page).toMatchObject({ previewUrl: `${PREVIEW_URL}?token=`, details: { title: 'A  title' } });
    for (const odd of ['', 'e', 'BQD\\"escaped, and long enough\\\\']) {
      expect(parse(embedPage().replace(TOKEN, odd)).details?.title).toBe('A title');
    }
  });
});
