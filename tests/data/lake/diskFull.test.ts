/** A lake on a disk that has no room for more. */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openLake } from '../../../data/lake/openLake.ts';
import { commit, locationIn, makeFolder, pageOf, rowOf, rowsOf } from '../lakeFixture.ts';
import { mountSmallDisk, unmountSmallDisk } from '../smallDisk.ts';

test('a full disk stops a commit, nothing is half written, and it goes on when there is room', async (context) => {
  const folder = await makeFolder();
  const disk = path.join(folder, 'disk');
  const why = mountSmallDisk(disk, 8);
  if (why !== null) {
    await rm(folder, { recursive: true });
    context.skip(`no tmpfs can be mounted here: ${why}`);
  }
  try {
    const lake = await openLake(locationIn(disk), { mode: 'write' });
    const rows = Array.from({ length: 200 }, (_, index) => rowOf(index + 1));
    await commit(lake, pageOf({ rows, date: '2026-07-15' }));
    const filler = path.join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(32 * 1024 * 1024)).catch(() => undefined);
    await expect(commit(lake, pageOf({ rows }))).rejects.toMatchObject({
      type: 'DiskFull',
      next: expect.stringContaining('Free some space'),
    });
    await rm(filler);
    expect(await rowsOf(lake, 'SELECT chart_date, count(*) AS n FROM chart_entry GROUP BY ALL')).toEqual([
      { chart_date: '2026-07-15', n: 200 },
    ]);
    expect(await commit(lake, pageOf({ rows }))).toMatchObject({ outcome: 'committed', numRows: 200 });
    await lake.close();
    const again = await openLake(locationIn(disk), { mode: 'write' });
    expect(await rowsOf(again, 'SELECT count(*) AS n FROM chart_entry')).toEqual([{ n: 400 }]);
    await again.close();
  } finally {
    unmountSmallDisk(disk);
    await rm(folder, { recursive: true, force: true });
  }
});
