/** A child process that imports: `FOLDER FILE...`. Prints each phase it comes to, then what became of the chart dates. */
import { importCharts } from '../../../data/import/importCharts.ts';
import { readFileHead } from '../../../data/import/readHead.ts';
import { openLake } from '../../../data/lake/openLake.ts';
import { prepareImport } from '../../../sources/imports/prepareImport.ts';
import { locationIn } from '../lakeFixture.ts';

const [folder = '', ...paths] = process.argv.slice(2);
const lake = await openLake(locationIn(folder), { mode: 'write' });
let phase = '';
const summary = await importCharts(lake, await prepareImport(paths, {}, readFileHead), {
  onProgress: (progress) => {
    if (progress.phase !== phase) process.stdout.write(`${progress.phase}\n`);
    phase = progress.phase;
  },
});
process.stdout.write(`${JSON.stringify(summary.chartDates)}\n`);
await lake.close();
