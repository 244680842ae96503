/** The committed sample: its bytes, and what its README says of them. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChartHistory } from '../../../contracts/chartHistory.ts';
import { dateRange, parseDate } from '../../../contracts/dates.ts';
import { loadSample, SAMPLE_FILES } from '../../../data/sample/loadSample.ts';
import { sha256Hex } from '../../../runtime/files.ts';

let history: ChartHistory;
beforeAll(async () => {
  history = await loadSample();
});

describe('the files', () => {
  it('are the ones that SOURCE names', async () => {
    const source = await readFile(path.join(path.dirname(SAMPLE_FILES.daily), 'SOURCE'), 'utf8');
    const listed = source
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
      .map((cells) => [cells[0], cells.at(-1)]);
    const found = await Promise.all(
      Object.values(SAMPLE_FILES).map(async (file) => [path.basename(file), sha256Hex(await readFile(file))]),
    );
    expect(found).toEqual(listed);
    expect((await stat(SAMPLE_FILES.daily)).size).toBe(2_830_209);
    expect((await stat(SAMPLE_FILES.tracks)).size).toBe(724_528);
  });
});

describe('the history', () => {
  it('has 1,072 days of 200 ranks, three days missing', () => {
    expect(history).toMatchObject({ kind: 'daily', region: 'us', isSynthetic: false });
    expect(history.dates).toHaveLength(1072);
    expect(history.streams).toHaveLength(214_400);
    expect([history.dates[0], history.dates.at(-1)]).toEqual(['2017-01-01', '2019-12-11']);
    const missing = dateRange(parseDate('2017-01-01'), parseDate('2019-12-11')).filter(
      (d) => !history.dates.includes(d),
    );
    expect(missing).toEqual(['2017-05-30', '2017-05-31', '2017-06-02']);
    expect([...history.rowStarts]).toEqual(Array.from({ length: 1073 }, (_, i) => i * 200));
  });

  it('has no track twice on a day, streams that never rise with rank, and 75 ties', () => {
    let numTies = 0;
    for (let day = 0; day < history.dates.length; day += 1) {
      const rows = Array.from({ length: 200 }, (_, i) => day * 200 + i);
      expect(new Set(rows.map((row) => history.trackIndexes[row])).size).toBe(200);
      for (const row of rows.slice(1)) {
        const change = history.streams[row]! - history.streams[row - 1]!;
        if (change > 0) throw new Error(`streams rise with rank in row ${row}`);
        if (change === 0) numTies += 1;
      }
    }
    expect(numTies).toBe(75);
  });

  it('names every track but six, each with the real id of its lead artist', () => {
    expect(history.tracks).toHaveLength(5433);
    expect(history.tracks.filter(({ title, artist }) => title === null && artist === null)).toHaveLength(6);
    expect(history.tracks.filter(({ title, artist }) => title === null || artist === null)).toHaveLength(6);
    const ids = new Map(history.tracks.flatMap(({ artist }) => (artist === null ? [] : [[artist.name, artist.id]])));
    // 776 ids stand in the file; the four of the tracks without names are not among these.
    expect(ids.size).toBe(772);
    expect(ids.get('Drake')).toBe('3TVXtAsR1Inumwj472S9r4');
  });

  it('has 724 of 4,537 songs under several track ids', () => {
    const idsOfSongs = new Map<string, Set<string>>();
    for (const { id, title, artist } of history.tracks) {
      if (title === null || artist === null) continue;
      const song = JSON.stringify([title, artist.name]);
      idsOfSongs.set(song, (idsOfSongs.get(song) ?? new Set()).add(id));
    }
    expect([...idsOfSongs.values()].filter((ids) => ids.size > 1)).toHaveLength(724);
    expect(idsOfSongs.size).toBe(4537);
  });

  it('begins with the chart of 2017-01-01', () => {
    const top = [0, 1, 2].map((row) => [history.tracks[history.trackIndexes[row]!]?.title, history.streams[row]]);
    expect(top).toEqual([
      ['Bad and Boujee (feat. Lil Uzi Vert)', 1_371_493],
      ['Fake Love', 1_180_074],
      ['Starboy', 1_064_351],
    ]);
  });
});
