/** Which results of a search are the track that was searched for. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MATCH_THRESHOLD, matchScore, type NamedTrack } from '../../../sources/previews/matchTrack.ts';
import { normaliseName } from '../../../sources/previews/normaliseName.ts';
import { titleToSearch } from '../../../sources/previews/readTitle.ts';

/** `Artist, Guest | Title`. */
function track(text: string): NamedTrack {
  const [artists = '', title = ''] = text.split(' | ');
  return { title, artistNames: artists.split(', ') };
}

describe('the same recording', () => {
  it.each([
    ['Lorde | Royals', 'LORDE | royals'],
    ['Beyoncé | Déjà Vu', 'Beyonce | Deja Vu'],
    ['Sigur Rós | Sæglópur', 'Sigur Ros | Saeglopur'],
    ['The Weeknd | Blinding Lights', 'Weeknd | Blinding Lights'],
    ['P!nk | Who Knew', 'Pink | Who Knew'],
    ['Ty Dolla $ign | Or Nah', 'Ty Dolla Sign | Or Nah'],
    ['R.E.M. | Nightswimming', 'REM | Nightswimming'],
    ['Simon & Garfunkel | America', 'Simon and Garfunkel | America'],
    ['Guns N’ Roses | Sweet Child O’ Mine', "Guns N' Roses | Sweet Child O' Mine"],
    // Guests stand in the title, among the artists, or nowhere.
    ['Post Malone, 21 Savage | rockstar (feat. 21 Savage)', 'Post Malone | Rockstar'],
    ['Post Malone | rockstar', 'Post Malone | rockstar feat. 21 Savage'],
    ['Lil Nas X, Jack Harlow | INDUSTRY BABY (feat. Jack Harlow)', 'Lil Nas X & Jack Harlow | INDUSTRY BABY'],
    ['Shawn Mendes, Camila Cabello | Señorita', 'Camila Cabello | Senorita (with Shawn Mendes)'],
    ['DJ Snake, Justin Bieber | Let Me Love You', 'DJ Snake feat. Justin Bieber | Let Me Love You'],
    ['Earth, Wind & Fire | September', 'Earth, Wind & Fire | September'],
    // In the words of the seller.
    ['Queen | Bohemian Rhapsody - Remastered 2011', 'Queen | Bohemian Rhapsody'],
    ['The Beatles | Help! - 2015 Mono Remaster', 'The Beatles | Help!'],
    ['Eminem | Lose Yourself - From "8 Mile" Soundtrack', 'Eminem | Lose Yourself (From "8 Mile")'],
    ['Wham! | Last Christmas - Single Version', 'Wham! | Last Christmas'],
    ['Avicii | Levels - Radio Edit', 'Avicii | Levels'],
    ['deadmau5 | Strobe - Original Mix', 'deadmau5 | Strobe'],
    // A version that both name.
    ['Lil Nas X | Old Town Road - Remix', 'Lil Nas X | Old Town Road (feat. Billy Ray Cyrus) [Remix]'],
    ['Kendrick Lamar | HUMBLE. - SKRILLEX REMIX', 'Kendrick Lamar | Humble (Skrillex Remix)'],
    ['Taylor Swift | Love Story (Taylor’s Version)', "Taylor Swift | Love Story (Taylor's Version)"],
    ['Nirvana | Polly - Live', 'Nirvana | Polly (Live)'],
    // Part of the title, or left out by a store.
    ["The Rolling Stones | (I Can't Get No) Satisfaction", 'The Rolling Stones | Satisfaction'],
    // A version without brackets, and names that only sound like one.
    ['Luis Fonsi | Despacito Remix', 'Luis Fonsi | Despacito (Remix)'],
    ['Nirvana | Polly (Live)', 'Nirvana | Polly Live'],
    ['deadmau5 | Strobe Original Mix', 'deadmau5 | Strobe'],
    ['Taylor Swift | Long Live', 'Taylor Swift | LONG LIVE'],
    ['Oasis | Live Forever', 'Oasis | Live Forever'],
    ['Someone | Remix', 'Someone | Remix'],
    ['Nero | Duet', 'Nero | DUET'],
    [
      'Post Malone | Sunflower - Spider-Man: Into the Spider-Verse',
      'Post Malone | Sunflower (Spider-Man: Into the Spider-Verse)',
    ],
    // Other scripts.
    ['米津玄師 | Lemon', '米津玄師 | Lemon'],
    ['DAOKO, 米津玄師 | 打上花火', 'DAOKO × 米津玄師 | 打上花火'],
    ['YOASOBI | 夜に駆ける', 'YOASOBI | 夜に駆ける'],
    ['BTS | 봄날', 'BTS | 봄날 (Spring Day)'],
    ['BTS | Spring Day', 'BTS | 봄날 (Spring Day)'],
    ['Кино | Группа крови', 'КИНО | Группа Крови'],
    ['عمرو دياب | نور العين', 'عمرو دياب | نور العين'],
    ['Ｐｅｒｆｕｍｅ | ポリリズム', 'Perfume | ﾎﾟﾘﾘｽﾞﾑ'],
    // Names without letters.
    ['Ed Sheeran | ÷', 'Ed Sheeran | ÷'],
    ['!!! | ???', '!!! | ???'],
    // A slip of the pen.
    ['Luis Fonsi | Despacito', 'Luis Fonsi | Despaccito'],
  ])('%s = %s', (wanted, found) => {
    expect(matchScore(track(wanted), track(found))).toBeGreaterThanOrEqual(MATCH_THRESHOLD);
  });
});

describe('another recording', () => {
  it.each([
    ['Lorde | Royals', 'Lorde | Royals (Remix)'],
    ['Lil Nas X | Old Town Road', 'Lil Nas X | Old Town Road - Remix'],
    ['Lil Nas X | Old Town Road - Remix', 'Lil Nas X | Old Town Road'],
    ['Sia | Cheap Thrills', 'Sia | Cheap Thrills (Hex Cougar Remix)'],
    ['Sia | Cheap Thrills - Hex Cougar Remix', 'Sia | Cheap Thrills (Nomero Remix)'],
    ['Nirvana | Polly', 'Nirvana | Polly (Live at Reading)'],
    ['Nirvana | Polly', 'Nirvana | Polly - MTV Unplugged'],
    ['Adele | Hello', 'Adele | Hello (Acoustic)'],
    ['Adele | Hello', 'Adele | Hello (Instrumental)'],
    ['Adele | Hello', 'Karaoke Hits | Hello (Originally Performed by Adele)'],
    ['Adele | Hello', 'Adele Tribute Band | Hello'],
    ['Adele | Hello', 'Adele Karaoke | Hello'],
    ['Adele | Hello', 'Karaoke Hits & Adele | Hello'],
    ['Adele | Hello', 'Piano Dreamers | Hello'],
    ['Adele | Hello', 'Adele | Hello (In the Style of Adele) [Karaoke Version]'],
    ['Adele | Hello', 'Lionel Richie | Hello'],
    ['Adele | Hello', 'Adele | Hello - Cover'],
    ['The Weeknd | Die For You', 'The Weeknd | Die For You - Sped Up'],
    // Without brackets.
    ['The Weeknd | Blinding Lights', 'The Weeknd | Blinding Lights Remix'],
    ['The Weeknd | Blinding Lights', 'The Weeknd | Blinding Lights Live'],
    ['The Weeknd | Blinding Lights', 'The Weeknd | Blinding Lights Sped Up (feat. Nobody)'],
    ['Migos | Bad and Boujee Anthem Song', 'Migos | Bad and Boujee Anthem Song Remix'],
    ['Taylor Swift | Blank Space', 'Taylor Swift | Blank Space Taylors Version'],
    ['Taylor Swift | Long Live', 'Taylor Swift | Long Live - Live'],
    ['Taylor Swift | Long Live', 'Taylor Swift | Long'],
    ['Ed Sheeran | Perfect', 'Ed Sheeran | Perfect Duet (with Beyoncé)'],
    // In words that nobody has listed.
    ['The Weeknd | Blinding Lights', 'The Weeknd | Blinding Lights (Hardstyle)'],
    ['The Weeknd | Blinding Lights', 'The Weeknd | Blinding Lights (Lo-Fi)'],
    ['The Weeknd | Blinding Lights', 'The Weeknd | Blinding Lights (Commentary)'],
    ['The Weeknd | Blinding Lights', 'The Weeknd | Blinding Lights (Zorblax)'],
    ['Taylor Swift | Love Story', "Taylor Swift | Love Story (Taylor's Version)"],
    ['Drake | One Dance', 'Drake Bell | One Dance'],
    ['Drake | One', 'Drake | One Dance'],
    ['Justin Bieber | Sorry', 'Justin Bieber | Sorry Not Sorry'],
    ['Frank Ocean | Futura Free Pt. 1', 'Frank Ocean | Futura Free Pt. 2'],
    ['Kendrick Lamar | untitled 02', 'Kendrick Lamar | untitled 07'],
    ['Kanye West | Father Stretch My Hands Pt. II', 'Kanye West | Father Stretch My Hands Pt. III'],
    ['Calvin Harris | Feels (Kygo)', 'Calvin Harris | Feels (Noizu)'],
    ['YOASOBI | 夜に駆ける', 'YOASOBI | 群青'],
    ['BTS | 봄날', 'BTS | 피 땀 눈물 (Blood Sweat & Tears)'],
    ['Кино | Группа крови', 'Кино | Звезда по имени Солнце'],
    ['A | ÷', 'A | ×'],
  ])('%s ≠ %s', (wanted, found) => {
    expect(matchScore(track(wanted), track(found))).toBeLessThan(MATCH_THRESHOLD);
  });

  it('a track without artists fits none, not even itself', () => {
    const nameless = { title: 'Hello', artistNames: [] };
    expect(matchScore(nameless, nameless)).toBe(0);
    expect(matchScore(nameless, track('Adele | Hello'))).toBe(0);
  });

  it('a song about karaoke is no karaoke', () => {
    expect(matchScore(track('Drake | Karaoke'), track('Drake | Karaoke'))).toBe(1);
    expect(matchScore(track('Maroon 5 | Live Forever'), track('Maroon 5 | Live Forever'))).toBe(1);
  });
});

describe('whatever the names', () => {
  const words = fc.constantFrom(
    ...[
      'Love',
      'live',
      'Remix',
      '(feat. X)',
      ' - ',
      '[Live]',
      '(',
      ')',
      '2',
      'Ü',
      '夜',
      'karaoke',
      'Version',
      '&',
      'é',
      ' ',
    ],
  );
  const text = fc.oneof(
    fc.array(words, { maxLength: 8 }).map((parts) => parts.join(' ')),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  const anyTrack = fc.record({ title: text, artistNames: fc.array(text, { minLength: 1, maxLength: 3 }) });

  it('a track fits itself fully', () => {
    fc.assert(fc.property(anyTrack, (one) => matchScore(one, one) === 1));
  });

  it('the score is between 0 and 1, and the same in either order', () => {
    fc.assert(
      fc.property(anyTrack, anyTrack, (one, other) => {
        const score = matchScore(one, other);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(matchScore(other, one)).toBeCloseTo(score, 12);
      }),
    );
  });

  it('case and normal form make no difference', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (name) => {
        expect(normaliseName(name.normalize('NFD'))).toBe(normaliseName(name));
        expect(normaliseName(normaliseName(name))).toBe(normaliseName(name));
      }),
      { numRuns: 1_000 },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (name) => normaliseName(name.toUpperCase()) === normaliseName(name)),
    );
  });

  it('a long text is no work', () => {
    const long = ' ('.repeat(50_000) + ' - '.repeat(50_000);
    const one = { title: long, artistNames: [long] };
    expect(matchScore(one, one)).toBe(1);
  });
});

it('marks that make another letter of it stay', () => {
  for (const [one, other] of [
    ['น้ำ', 'นำ'],
    ['が', 'か'],
    ['की', 'का'],
  ] as const) {
    expect(normaliseName(one)).not.toBe(normaliseName(other));
  }
});

it.each([
  ['  Ça   va?! ', 'ca va'],
  ['ØRGANEK & Łona', 'organek and lona'],
  ['Straße', 'strasse'],
  ['İstanbul ISPARTA ısı', 'istanbul isparta isi'],
  ['AC/DC', 'ac dc'],
  ['A$AP P!nk Ke$ha', 'asap pink kesha'],
  ['Panic! At The Disco', 'panic at the disco'],
  ['ガ', 'ガ'],
  ['Ёлка', 'елка'],
  ['÷', '÷'],
  ['? !', '?!'],
  ['', ''],
  [' \t', ''],
])('%j is compared as %j', (name, expected) => {
  expect(normaliseName(name)).toBe(expected);
});

it.each([
  ['Señorita', 'Señorita'],
  ['INDUSTRY BABY (feat. Jack Harlow)', 'INDUSTRY BABY'],
  ['rockstar feat. 21 Savage', 'rockstar'],
  ['Bohemian Rhapsody - Remastered 2011', 'Bohemian Rhapsody'],
  ['Lose Yourself - From "8 Mile" Soundtrack', 'Lose Yourself'],
  ['Cheap Thrills (Hex Cougar Remix)', 'Cheap Thrills (Hex Cougar Remix)'],
  ['Old Town Road - Remix', 'Old Town Road Remix'],
  ["(I Can't Get No) Satisfaction - Mono", "(I Can't Get No) Satisfaction"],
  ['(feat. Nobody)', '(feat. Nobody)'],
  ['÷', '÷'],
])('%j is searched for as %j', (title, expected) => {
  expect(titleToSearch(title)).toBe(expected);
});
