import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeLake, parseViewHeader } from '../../data/dictionary/describeLake.ts';
import { renderDictionary } from '../../data/dictionary/renderDictionary.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';

const lake = await describeLake();

test('docs/data-dictionary.md is in step with the SQL (rewrite it with -u)', async () => {
  await expect(renderDictionary(lake)).toMatchFileSnapshot(path.join(PROJECT_ROOT, 'docs', 'data-dictionary.md'));
});

test('every table states its grain, every column says what it is', () => {
  expect(lake.tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'page',
      'chart_entry',
      'track',
      'artist',
      'track_week',
      'label',
      'check_result',
      'import_run',
      'import_reject',
      'snapshot_pin',
      'schema_migration',
    ]),
  );
  expect(lake.views.map(({ name }) => name)).toEqual([
    'artist_as_of',
    'chart_cut',
    'freshness',
    'new_entry',
    'popularity_metric',
    'trajectory',
  ]);
  for (const { name, description, columns } of lake.tables) {
    expect([name, description]).toEqual([name, expect.stringMatching(/^Grain: one row per /)]);
    for (const column of columns) expect([name, column.name, column.description]).not.toEqual([name, column.name, '']);
  }
  for (const { name, grain, columns } of lake.views) {
    expect([name, grain]).toEqual([name, expect.stringMatching(/^one row per /)]);
    for (const column of columns) expect([name, column.name, column.description]).not.toEqual([name, column.name, '']);
  }
});

describe('a view whose header is not in step', () => {
  const text =
    '-- grain: one row per a\n-- Some prose.\n-- a: the first\n--   goes on\n-- b: the second\nCREATE VIEW v AS ...';

  test('in step: it is read', () => {
    expect(parseViewHeader('v', text, ['a', 'b'])).toEqual({
      grain: 'one row per a',
      prose: 'Some prose.',
      columns: new Map([
        ['a', 'the first goes on'],
        ['b', 'the second'],
      ]),
    });
  });

  test.each([
    ['a column is not described', ['a', 'b', 'c']],
    ['a described column is gone', ['a']],
    ['the order differs', ['b', 'a']],
  ])('%s: an error', (_what, columns) => {
    expect(() => parseViewHeader('v', text, columns)).toThrow(/v\.sql/);
  });

  test('no grain: an error', () => {
    expect(() => parseViewHeader('v', text.replace('-- grain: one row per a\n', ''), ['a', 'b'])).toThrow(/v\.sql/);
  });
});
