/** A child process that prints the day which the view freshness takes for today. */
import { openPlainLake } from '../views/plainLake.ts';

const lake = await openPlainLake();
await lake.addEntries([{ date: '2026-01-01', rank: 1, track: 'a' }]);
const [row] = await lake.rows('SELECT (newest_chart_date + lag_days::INTEGER)::DATE AS today FROM freshness');
process.stdout.write(`${row?.today}\n`);
lake.close();
