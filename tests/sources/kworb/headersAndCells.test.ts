/** Headers, cells and rows: what is not exactly as known is a change of layout, named by its place. */
import { describe, expect, test } from 'vitest';
import { credit, DAILY_HEADERS, errorOf, parseChart, ROW, SOURCE, table, titled, withCell } from './madeUpPages.ts';

describe('headers', () => {
  test('a column may move', () => {
    const order = [10, 3, 2, 1, 0, 9, 8, 7, 6, 5, 4];
    const moved = table(
      order.map((i) => DAILY_HEADERS[i]!),
      [order.map((i) => ROW[i]!)],
    );
    expect(parseChart(moved)).toEqual(parseChart(table(DAILY_HEADERS, [ROW])));
  });

  test.each([
    ['added', [...DAILY_HEADERS, 'Weeks at No. 1'], [...ROW, '3'], [], ['Weeks at No. 1']],
    ['dropped', DAILY_HEADERS.slice(0, -1), ROW.slice(0, -1), ['Total'], []],
    ['renamed', DAILY_HEADERS.map((h) => (h === 'Streams' ? 'Plays' : h)), ROW, ['Streams'], ['Plays']],
    ['doubled', [...DAILY_HEADERS, 'Total'], [...ROW, '3'], [], ['Total']],
    ['without a name', DAILY_HEADERS.map((h) => (h === 'Pos' ? '' : h)), ROW, ['Pos'], ['']],
  ])('a column %s is a change of layout, with the difference', (_, headers, row, missing, unexpected) => {
    for (const html of [
      table(headers, [row]),
      titled('Spotify Daily Chart - United States - 2026/07/16', table(headers, [row], 'x')),
    ]) {
      const error = errorOf(() => parseChart(html));
      expect(error.type).toBe('LayoutChanged');
      expect(error.details).toMatchObject({ source: SOURCE, missing, unexpected, found: headers });
      const { expected } = error.details;
      expect(Array.isArray(expected) ? expected.toSorted() : expected).toEqual(DAILY_HEADERS.toSorted());
      for (const header of [...missing, ...unexpected]) expect(error.message).toContain(JSON.stringify(header));
      expect(error.message).toContain(SOURCE);
    }
  });

  test('a changed table without head and id is told by the headers it kept', () => {
    const headers = DAILY_HEADERS.map((h) => (h === 'Artist and Title' ? 'Song' : h));
    expect(errorOf(() => parseChart(table(headers, [ROW], '')))).toMatchObject({
      type: 'LayoutChanged',
      details: { missing: ['Artist and Title'] },
    });
  });

  test("a table of the other chart below this chart's title is a change of layout", () => {
    const weekly = table(
      ['Pos', 'P+', 'Artist and Title', 'Wks', 'Pk', '(x?)', 'Streams', 'Streams+', 'Total'],
      [[...ROW.slice(0, 8), '1']],
      '',
    );
    expect(errorOf(() => parseChart(titled('Spotify Daily Chart - United States - 2026/07/16', weekly))).type).toBe(
      'LayoutChanged',
    );
  });

  test("a sorted column's arrow and white space do not matter", () => {
    const headers = DAILY_HEADERS.map((h) =>
      h === 'Streams' ? ' Streams<span id="sorttable_sortfwdind">&nbsp;▾</span>\n' : h,
    );
    expect(parseChart(table(headers, [ROW])).rows[0]?.streams).toBe(4_326_239);
  });

  test("the chart's table without rows is a change of layout", () => {
    expect(errorOf(() => parseChart(table(DAILY_HEADERS, []))).type).toBe('LayoutChanged');
  });
});

describe('cells', () => {
  test.each([
    ['Pos', ''],
    ['Pos', '0'],
    ['Pos', '2'],
    ['Pos', 'x'],
    ['P+', '0'],
    ['P+', 'new'],
    ['P+', '+'],
    ['P+', '5'],
    ['Days', '-1'],
    ['Days', '1.5'],
    ['Pk', '0'],
    ['Pk', '1st'],
    ['(x?)', '11'],
    ['(x?)', '(x)'],
    ['(x?)', '(x0)'],
    ['Streams', '4326,239'],
    ['Streams', '+4,326,239'],
    ['Streams', '4.3M'],
    ['Streams', '--'],
    ['Streams+', '3,955'],
    ['Streams+', '−3,955'],
    ['7Day', '30 537 349'],
    ['7Day+', '1'],
    ['Total', '1e9'],
  ])('column %s refuses "%s", naming page, row, column and value', (column, value) => {
    const error = errorOf(() => parseChart(table(DAILY_HEADERS, [withCell(column, value)])));
    expect(error.type).toBe('LayoutChanged');
    expect(error.details).toMatchObject({ source: SOURCE, row: 1, column, value });
    for (const part of [SOURCE, 'row 1', JSON.stringify(column), JSON.stringify(value)])
      expect(error.message).toContain(part);
    expect(error.next).not.toBe('');
  });

  test.each([
    ['Streams', '4326239', { streams: 4_326_239 }],
    ['Days', '2053', { periodsOnChart: 2053 }],
    ['Streams+', '0', { streamsChange: 0 }],
    ['Streams+', '-0', { streamsChange: 0 }],
    ['Streams+', '', { streamsChange: null }],
    ['P+', '', { movement: null }],
    ['P+', ' -12\n', { movement: -12 }],
    ['P+', 'RE', { movement: 're-entry' }],
    ['(x?)', '', { timesAtPeak: null }],
  ])('column %s takes "%s"', (column, value, expected) => {
    expect(parseChart(table(DAILY_HEADERS, [withCell(column, value)])).rows[0]).toMatchObject(expected);
  });

  test.each([
    ['no link', 'Shakira - Dai Dai'],
    ['no track', '<a href="../artist/0EmeFodog0BfCgMzAIvKQp.html">Shakira</a> - Dai Dai'],
    ['two tracks', credit('0kosUz0jePvjiz4ctmR6wL') + credit('0kosUz0jePvjiz4ctmR6wL')],
    ['a short id', credit('0kosUz0jePvjiz4ctmR6w')],
    ['an id with other letters', credit('0kosUz0jePvjiz4ctmR6w_')],
    [
      'another link',
      '<a href="../album/0EmeFodog0BfCgMzAIvKQp.html">Shakira</a> - <a href="../track/0kosUz0jePvjiz4ctmR6wL.html">Dai Dai</a>',
    ],
    ['no artist', '<div> - <a href="../track/0kosUz0jePvjiz4ctmR6wL.html">Dai Dai</a></div>'],
    [
      'no dash',
      '<a href="../artist/0EmeFodog0BfCgMzAIvKQp.html">Shakira</a> <a href="../track/0kosUz0jePvjiz4ctmR6wL.html">Dai Dai</a>',
    ],
    [
      'an artist after the title',
      `${credit('0kosUz0jePvjiz4ctmR6wL')}, <a href="../artist/0EmeFodog0BfCgMzAIvKQp.html">B</a>`,
    ],
    ['text after the title', `${credit('0kosUz0jePvjiz4ctmR6wL')} [new]`],
    ['open brackets', `${credit('0kosUz0jePvjiz4ctmR6wL')} (w/ <a href="../artist/0EmeFodog0BfCgMzAIvKQp.html">B</a>`],
    ['markup around an unlinked name', 'Unknown <Artist> - <a href="../track/0kosUz0jePvjiz4ctmR6wL.html">Dai Dai</a>'],
    [
      'a link left open',
      '<div><a href="../artist/0EmeFodog0BfCgMzAIvKQp.html">Shakira</a> - <a href="../track/0kosUz0jePvjiz4ctmR6wL.html">Dai Dai</div>',
    ],
    [
      'a quote that reaches over the link',
      '<div><a href="../artist/0EmeFodog0BfCgMzAIvKQp.html">Shakira</a> - <a href="../track/0kosUz0jePvjiz4ctmR6wL.html">Dai <x y="</a> (w/ <a href="../artist/0EmeFodog0BfCgMzAIvKQp.html">B</a>)</div>',
    ],
  ])('a title cell with %s is refused', (_, cell) => {
    const error = errorOf(() => parseChart(table(DAILY_HEADERS, [withCell('Artist and Title', cell)])));
    expect(error).toMatchObject({ type: 'LayoutChanged', details: { row: 1 } });
  });

  test('several artists, linked and not', () => {
    const cell = `<a href="../artist/0EmeFodog0BfCgMzAIvKQp.html">A, B</a>, C, D & <a href="/spotify/artist/3wcj11K77LjEY1PkEazffa.html">E</a> - <a href="../track/0kosUz0jePvjiz4ctmR6wL.html">T (w/ X)</a> (w/ <a href="../artist/3wcj11K77LjEY1PkEazffa.html">E</a>, F)`;
    expect(parseChart(table(DAILY_HEADERS, [withCell('Artist and Title', cell)])).rows[0]).toMatchObject({
      title: 'T (w/ X)',
      artists: [{ name: 'A, B' }, { id: null, name: 'C, D' }, { name: 'E' }],
      featured: [{ name: 'E' }, { id: null, name: 'F' }],
    });
  });
});

describe('rows', () => {
  const row = (rank: string): string[] => withCell('Pos', rank);

  test.each([[['1', '1']], [['1', '3']], [['2', '3']], [['0', '1']]])('ranks %j are refused', (ranks) => {
    expect(errorOf(() => parseChart(table(DAILY_HEADERS, ranks.map(row))))).toMatchObject({
      type: 'LayoutChanged',
      details: { column: 'Pos' },
    });
  });

  test('a row short of a cell is a cut if the page ends there, and a change of layout in a table that was closed', () => {
    const short = row('2').slice(0, 5);
    const whole = table(DAILY_HEADERS, [ROW, short]);
    expect(errorOf(() => parseChart(whole)).type).toBe('LayoutChanged');
    expect(errorOf(() => parseChart(whole.slice(0, whole.indexOf('</table>')))).type).toBe('PageTruncated');
    expect(errorOf(() => parseChart(table(DAILY_HEADERS, [short, ROW])))).toMatchObject({
      type: 'LayoutChanged',
      details: { row: 1 },
    });
  });

  test('a row with a cell too many is a change of layout', () => {
    expect(errorOf(() => parseChart(table(DAILY_HEADERS, [[...ROW, '']]))).type).toBe('LayoutChanged');
  });

  test('an unclosed table is a cut', () => {
    expect(errorOf(() => parseChart(table(DAILY_HEADERS, [ROW]).replace('</table>', ''))).type).toBe('PageTruncated');
  });

  test('a table closed too early is a change of layout', () => {
    const html = table(DAILY_HEADERS, [ROW, row('2')]).replace('</tr>\n', '</tr></table>\n');
    expect(errorOf(() => parseChart(html)).type).toBe('LayoutChanged');
  });
});
