/**
 * A child process that commits charts: `FOLDER REGION FIRST_DATE NUM_CHARTS [wait]`. Prints each committed date. With
 * `wait` it prints `ready` and opens the lake once the file `go` lies in the folder.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { addDays, parseDate } from '../../../contracts/dates.ts';
import { openLake } from '../../../data/lake/openLake.ts';
import { commit, locationIn, pageOf, rowOf } from '../lakeFixture.ts';

const [folder = '', region = '', firstDate = '', numCharts = '', wait = ''] = process.argv.slice(2);
if (wait !== '') {
  process.stdout.write('ready\n');
  while (!existsSync(path.join(folder, 'go'))) await new Promise((resolve) => setTimeout(resolve, 1));
}
const lake = await openLake(locationIn(folder), { mode: 'write' });
for (let index = 0; index < Number(numCharts); index++) {
  const date = addDays(parseDate(firstDate), index);
  const rows = Array.from({ length: 200 }, (_, rank) => rowOf(rank + 1, { streams: 1_000_000 - rank - index }));
  const result = await commit(lake, pageOf({ region, date, rows }));
  process.stdout.write(`${result.chartDate} ${result.outcome}\n`);
}
await lake.close();
