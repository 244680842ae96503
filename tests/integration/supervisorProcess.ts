/**
 * A supervisor in a process of its own, so that a test can kill it. Arguments: the home and the regions to serve.
 * Says `up` once everything runs; SIGTERM stops it.
 */

import { homeAt } from '../../runtime/home.ts';
import { createReplica } from '../../sources/replica/server.ts';
import { startSystem } from '../../workers/system/startSystem.ts';
import { dailyCharts, NATIVE_CACHE, replicaSettings, syntheticHistories } from './replicaCharts.ts';

const [root = '', ...regions] = process.argv.slice(2);
try {
  const system = await startSystem({
    home: homeAt(root),
    settings: replicaSettings(dailyCharts(regions)),
    nativeCache: NATIVE_CACHE,
    env: process.env,
    replica: createReplica({ histories: syntheticHistories(regions, '2026-02-20', 20) }),
  });
  process.on('SIGTERM', () => void system.stop().then(() => process.exit(0)));
  process.stdout.write('up\n');
} catch (error) {
  process.stdout.write(`${String(error)}\n`);
  process.exit(1);
}
