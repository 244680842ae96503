/** The split: forward in time, groups whole, nothing lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SplitSettings } from '../../../contracts/dataset.ts';
import { addDays, type CalendarDate, parseDate } from '../../../contracts/dates.ts';
import { songName, splitTracks } from '../../../data/dataset/split.ts';

const FIRST_DAY = parseDate('2018-01-01');
const BY_DEBUT = {
  kind: 'debut-date',
  validationShare: 0.2,
  testShare: 0.2,
  embargoDays: 7,
  keepsArtistsTogether: true,
  fold: 0,
} as const satisfies SplitSettings;

const track = (name: string, day: number, artist: string | null, title: string | null = name) => ({
  title,
  artists: artist === null ? [] : [artist],
  featured: [] as string[],
  trajectories: [{ debut: addDays(FIRST_DAY, day) }, { debut: addDays(FIRST_DAY, day + 3) }],
});
const debutOf = ({ trajectories }: ReturnType<typeof track>): CalendarDate => trajectories[0]?.debut as CalendarDate;
/** One debut a day, each artist with one song. */
const DAILY = Array.from({ length: 100 }, (_, day) => track(`t${day}x`, day, `a${day}`));

describe('by debut', () => {
  it('the oldest train, the newest test, with days between that are in no part', () => {
    const { parts, knownBefore } = splitTracks(DAILY, BY_DEBUT, 1);
    expect(knownBefore).toEqual({ training: addDays(FIRST_DAY, 60), validation: addDays(FIRST_DAY, 80), test: null });
    expect(parts.slice(0, 53)).toEqual(Array(53).fill('training'));
    expect(parts.slice(53, 60)).toEqual(Array(7).fill('embargo'));
    expect(parts.slice(60, 73)).toEqual(Array(13).fill('validation'));
    expect(parts.slice(73, 80)).toEqual(Array(7).fill('embargo'));
    expect(parts.slice(80)).toEqual(Array(20).fill('test'));
  });

  it('an artist of several parts stays in the latest', () => {
    const artists = DAILY.map((own, day) => ({
      ...own,
      artists: day === 3 || day === 65 || day === 90 ? [...own.artists, 'one'] : own.artists,
    }));
    const { parts } = splitTracks(artists, BY_DEBUT, 1);
    expect([parts[3], parts[65], parts[90]]).toEqual(['group', 'group', 'test']);
  });

  it('versions of a song do too, where artists may be in several', () => {
    const tracks = DAILY.map((own, day) => {
      if (day === 3) return { ...own, artists: ['one'], title: 'Señorita' };
      if (day === 90) return { ...own, artists: ['dj'], featured: ['one'], title: 'Senorita - Remix (feat. X)' };
      return day === 4 ? { ...own, artists: ['one'], title: 'Other' } : own;
    });
    const { parts } = splitTracks(tracks, { ...BY_DEBUT, keepsArtistsTogether: false }, 1);
    expect([parts[3], parts[4], parts[90]]).toEqual(['group', 'training', 'test']);
  });

  it('versions of a song are those that anybody links, over however many', () => {
    const people: Readonly<Record<number, readonly string[]>> = {
      3: ['one'],
      4: ['other'],
      62: ['one', 'two'],
      90: ['two'],
    };
    const tracks = DAILY.map((own, day) =>
      people[day] === undefined ? own : { ...own, artists: people[day], title: 'Hello' },
    );
    const { parts } = splitTracks(tracks, { ...BY_DEBUT, keepsArtistsTogether: false }, 1);
    // Of the same name by somebody else, 4 is another song.
    expect([parts[3], parts[4], parts[62], parts[90]]).toEqual(['group', 'training', 'group', 'test']);
  });

  it('tracks without people or without a title are held together with none', () => {
    const tracks = DAILY.map((own) => ({ ...own, artists: [], title: 'Hello' }));
    expect(splitTracks(tracks, BY_DEBUT, 1).parts.filter((part) => part === 'group')).toEqual([]);
    const untitled = DAILY.map((own) => ({ ...own, artists: ['one'], title: null }));
    const { parts } = splitTracks(untitled, { ...BY_DEBUT, keepsArtistsTogether: false }, 1);
    expect(parts.filter((part) => part === 'group')).toEqual([]);
  });

  it.each([
    ['a lead who is featured in the test part', { 3: 'lead', 90: 'featured' }, 'group'],
    ['a guest who leads in the test part', { 3: 'featured', 90: 'lead' }, 'group'],
    ['a guest of both', { 3: 'featured', 90: 'featured' }, 'group'],
    ['a guest who leads in the validation part', { 3: 'featured', 65: 'lead' }, 'training'],
    ['a lead of both, the second of several', { 3: 'lead', 65: 'lead' }, 'group'],
  ] as const)('%s: %j leaves the training track in %s', (_, roles: Readonly<Record<number, string>>, expected) => {
    const tracks = DAILY.map((own, day) => {
      if (roles[day] === 'lead') return { ...own, artists: [...own.artists, 'x'] };
      return roles[day] === 'featured' ? { ...own, featured: ['x'] } : own;
    });
    expect(splitTracks(tracks, BY_DEBUT, 1).parts[3]).toBe(expected);
  });

  it('a validation track that leaves for the test part holds none out of training', () => {
    const artists: Readonly<Record<number, readonly string[]>> = { 3: ['one'], 65: ['one', 'two'], 90: ['two'] };
    const tracks = DAILY.map((own, day) => ({ ...own, artists: artists[day] ?? own.artists }));
    const { parts } = splitTracks(tracks, BY_DEBUT, 1);
    expect([parts[3], parts[65], parts[90]]).toEqual(['training', 'group', 'test']);
  });

  it('an artist in the embargo does not take the others out', () => {
    const tracks = DAILY.map((own, day) => ({ ...own, artists: day === 3 || day === 55 ? ['one'] : own.artists }));
    expect(splitTracks(tracks, BY_DEBUT, 1).parts[3]).toBe('training');
  });

  it('holds for any tracks', () => {
    const tracks = fc.array(
      fc.record({ day: fc.nat(400), artist: fc.option(fc.nat(25)), guest: fc.option(fc.nat(25)), song: fc.nat(5) }),
      {
        minLength: 30,
        maxLength: 200,
      },
    );
    const settings = fc.record({
      embargoDays: fc.nat(30),
      keepsArtistsTogether: fc.boolean(),
      validationShare: fc.double({ min: 0.1, max: 0.4, noNaN: true }),
      testShare: fc.double({ min: 0.1, max: 0.4, noNaN: true }),
    });
    fc.assert(
      fc.property(tracks, settings, (given, chosen) => {
        const own = given.map(({ day, artist, guest, song }, place) => ({
          ...track(`p${place}x`, day, artist === null ? null : `a${artist}`, `Song ${song}`),
          featured: guest === null ? [] : [`a${guest}`],
        }));
        let split: ReturnType<typeof splitTracks>;
        try {
          split = splitTracks(own, { ...BY_DEBUT, ...chosen }, 1);
        } catch (error) {
          expect(error).toMatchObject({ type: 'CheckFailed' });
          return;
        }
        const inPart = (part: string) => own.filter((_, place) => split.parts[place] === part);
        const order = (['training', 'validation', 'test'] as const).map(inPart);
        for (const [place, later] of order.entries()) {
          if (place === 0) continue;
          const begins = [...later.map(debutOf)].sort()[0] as CalendarDate;
          for (const earlier of order[place - 1] ?? []) {
            expect(addDays(debutOf(earlier), chosen.embargoDays) < begins || chosen.embargoDays === 0).toBe(true);
            expect(debutOf(earlier) < begins).toBe(true);
          }
        }
        const groupsIn = (part: 0 | 1 | 2, over: 'leads' | 'everybody'): string[] =>
          (order[part] ?? []).flatMap(({ artists, featured, title }) => [
            ...[...artists, ...featured].map((person) => `${title} by ${person}`),
            ...(chosen.keepsArtistsTogether ? [...artists, ...(over === 'leads' ? [] : featured)] : []),
          ]);
        for (const [earlier, later, over] of [
          [0, 1, 'leads'],
          [0, 2, 'everybody'],
          [1, 2, 'leads'],
        ] as const) {
          const others = new Set(groupsIn(later, over));
          expect(groupsIn(earlier, over).filter((group) => others.has(group))).toEqual([]);
        }
        expect(split.parts).toHaveLength(own.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a fold', () => {
  it('by debut is the split of charts that ended earlier', () => {
    const { parts, knownBefore } = splitTracks(DAILY, { ...BY_DEBUT, fold: 1 }, 1);
    expect(knownBefore).toEqual({
      training: addDays(FIRST_DAY, 40),
      validation: addDays(FIRST_DAY, 60),
      test: addDays(FIRST_DAY, 80),
    });
    expect(parts.slice(80)).toEqual(Array(20).fill('later'));
    expect(parts.slice(60, 80)).toEqual(Array(20).fill('test'));
    expect(parts.slice(0, 33)).toEqual(Array(33).fill('training'));
  });

  it('at random has a test part of its own', () => {
    const random: SplitSettings = { kind: 'random-leaky', validationShare: 0.2, testShare: 0.2, fold: 0 };
    const testsOf = (fold: number) =>
      splitTracks(DAILY, { ...random, fold }, 1).parts.flatMap((part, place) => (part === 'test' ? [place] : []));
    const all = [0, 1, 2, 3].flatMap(testsOf);
    expect(all).toHaveLength(80);
    expect(new Set(all).size).toBe(80);
  });
});

describe('at random', () => {
  const RANDOM: SplitSettings = { kind: 'random-leaky', validationShare: 0.15, testShare: 0.15, fold: 0 };
  const countOf = (parts: readonly string[], part: string): number => parts.filter((own) => own === part).length;

  it('is of the shares, and another for another seed', () => {
    const { parts, knownBefore } = splitTracks(DAILY, RANDOM, 1);
    expect(['training', 'validation', 'test'].map((part) => countOf(parts, part))).toEqual([70, 15, 15]);
    expect(knownBefore).toEqual({ training: null, validation: null, test: null });
    expect(splitTracks(DAILY, RANDOM, 1).parts).toEqual(parts);
    expect(splitTracks(DAILY, RANDOM, 2).parts).not.toEqual(parts);
  });
});

it('of a kind that there is not is refused, and never made at random', () => {
  const settings = { ...BY_DEBUT, kind: 'debutdate' } as unknown as SplitSettings;
  const refusal = { type: 'InvalidInput', message: 'there is no split of the kind "debutdate"' };
  expect(() => splitTracks(DAILY, settings, 1)).toThrow(expect.objectContaining(refusal));
});

it('a part without a track is refused by its name', () => {
  const oneArtist = DAILY.map((own) => ({ ...own, artists: ['one'] }));
  expect(() => splitTracks(oneArtist, BY_DEBUT, 1)).toThrow(/of 100 tracks none is left for the training part/);
});

it.each([
  ['Señorita (with Camila Cabello)', 'senorita'],
  ['Old Town Road - Remix', 'old town road'],
  ['Anti-Hero', 'anti hero'],
  ['(You Gotta) Fight', 'fight'],
  ['(Everything I Do)', 'everything i do'],
  ['恋人も濡れる街角', '恋人も濡れる街角'],
])('the song of %s is %s', (title, expected) => {
  expect(songName(title)).toBe(expected.normalize('NFKD').replaceAll(/\p{M}/gu, ''));
});
