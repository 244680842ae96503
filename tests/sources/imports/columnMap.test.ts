import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLUMN_ROLES } from '../../../contracts/imports.ts';
import { parseColumnMap } from '../../../sources/imports/columnMap.ts';

describe('parseColumnMap', () => {
  it('reads pairs of role and column', () => {
    expect(parseColumnMap('track_id=spotify_uri, rank = position,date=day')).toEqual({
      track_id: 'spotify_uri',
      rank: 'position',
      date: 'day',
    });
  });

  it('takes a column whose name holds an equals sign, a comma or quotes', () => {
    expect(parseColumnMap('rank=a=b,"title=Track, ""the"" name"')).toEqual({ rank: 'a=b', title: 'Track, "the" name' });
  });

  it.each([
    ['', 'is not a list of pairs'],
    ['rank', '"rank" is not ROLE=COLUMN'],
    ['rank=', '"rank=" is not ROLE=COLUMN'],
    ['place=pos', '"place" is no role of a column'],
    ['rank=a,rank=b', 'rank stands twice, for "a" and for "b"'],
    ['rank=a,,title=b', 'is not a list of pairs'],
    ['rank=a,"title=b', 'is not a list of pairs'],
  ])('refuses %j', (text, message) => {
    expect(() => parseColumnMap(text)).toThrow(
      expect.objectContaining({ type: 'InvalidInput', message: expect.stringContaining(message) }),
    );
  });

  it('gives back any columns that are written as it says', () => {
    const columnName = fc.string({ minLength: 1 }).filter((name) => name.trim() === name);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...COLUMN_ROLES), columnName, { minKeys: 1 }), (map) => {
        const text = Object.entries(map)
          .map(([role, name]) => `"${`${role}=${name}`.replaceAll('"', '""')}"`)
          .join(',');
        expect(parseColumnMap(text)).toEqual({ ...map });
      }),
    );
  });
});
