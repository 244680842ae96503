/** Records the histories of this folder from real runs: `npx vitest run --config tests/histories/record.config.ts`. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, test } from 'vitest';
import { parseDate } from '../../contracts/dates.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { scheduledRefreshId } from '../../contracts/workflowIds.ts';
import { writeFileAtomic } from '../../runtime/files.ts';
import { writeSettings } from '../../runtime/settings.ts';
import {
  type LiveSystem,
  liveThrough,
  nightsFrom,
  refreshNow,
  startLiveSystem,
  until,
} from '../integration/liveSystem.ts';
import { dailyCharts, syntheticFacts, syntheticHistories } from '../integration/replicaCharts.ts';
import { publish, startTrainableSystem, sweepInputOf, trainInputOf } from '../integration/trainableSystem.ts';
import type { TrainInput } from '../../contracts/runs.ts';
import { nextTrainerPid } from '../resume/trainerLog.ts';
import { HISTORIES_DIR, type RecordedHistory } from './historyFile.ts';

const REGIONS = ['us', 'gb', 'de', 'jp', 'br', 'mx'];
const SUFFIX = process.env.RECORD_SUFFIX ?? '';
/** Where it is set, all is lived through as ever, and only these histories, with commas between them, are written. */
const ONLY = process.env.RECORD_ONLY?.split(',');

let live: LiveSystem;
let client: Client;
let serverVersion: string;

async function connectTo(system: LiveSystem): Promise<void> {
  const connection = await Connection.connect({ address: system.system.temporal.address });
  client = new Client({ connection });
  serverVersion = (await connection.workflowService.getSystemInfo({})).serverVersion ?? '';
}

beforeAll(async () => {
  const histories = syntheticHistories(REGIONS, '2026-01-01', 60, 200);
  live = await startLiveSystem({ histories, charts: dailyCharts(REGIONS), trackFacts: syntheticFacts(histories) });
  await connectTo(live);
});

afterAll(() => live?.remove());

async function record(name: string, workflowId: string, runId?: string): Promise<void> {
  if (ONLY?.includes(name) === false) return;
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const recorded: RecordedHistory = {
    workflowId,
    recordedWith: { sdk: `@temporalio/worker ${sdkVersion()}`, server: serverVersion },
    history: withoutTraces(JSON.parse(historyToJSON(history))),
  };
  await writeFileAtomic(path.join(HISTORIES_DIR, `${name}${SUFFIX}.json`), `${JSON.stringify(recorded)}\n`);
}

/** A history says which machine made it, and where its files lie; neither matters to replay. */
function withoutTraces<T>(history: T): T {
  const text = JSON.stringify(history, (key, value: unknown) => {
    if (key === 'stackTrace') return undefined;
    return key === 'identity' || key === 'lastWorkerIdentity' ? 'recorder' : value;
  });
  return JSON.parse(text) as T;
}

function sdkVersion(): string {
  const packagePath = createRequire(import.meta.url).resolve('@temporalio/worker/package.json');
  return (JSON.parse(readFileSync(packagePath, 'utf8')) as { version: string }).version;
}

/** The run ids of a workflow that continued as new, the first one first. The list of runs comes a little late. */
async function runIdsOf(workflowId: string): Promise<string[]> {
  let runIds: string[] = [];
  await until(async () => {
    runIds = [];
    for await (const run of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runIds.push(run.runId);
    return runIds.length >= 2;
  }, `${workflowId} is known to have continued as new`);
  return runIds.reverse();
}

test('record', async () => {
  // A scheduled night with its track pages.
  await liveThrough(live, nightsFrom('2026-02-01', '2026-02-01'));
  await record('refresh-scheduled', scheduledRefreshId('daily', new Date('2026-02-01T03:00:00Z')));
  await record('enrich-one-run', 'enrich/2026-02-01/daily');

  // Nights without track pages, then one with more than a listing of them.
  await writeSettings(live.home, { ...live.settings, enrich: false });
  await liveThrough(live, nightsFrom('2026-02-02', '2026-02-10'));
  await record('refresh-without-tracks', scheduledRefreshId('daily', new Date('2026-02-10T03:00:00Z')));
  await writeSettings(live.home, live.settings);
  await refreshNow(live, '2026-02-11');
  await record('refresh-by-hand', 'refresh/2026-02-11/daily');
  const runIds = await runIdsOf('enrich/2026-02-11/daily');
  await record('enrich-continues-as-new', 'enrich/2026-02-11/daily', runIds[0]!);
  await record('enrich-continued', 'enrich/2026-02-11/daily', runIds.at(-1)!);

  // A night that goes on to sound, then sound that a person asks for: more than one listing of it.
  const sound = { ...live.settings.sound, sources: ['spotify'], maxTracksPerNight: 20 } as const;
  await writeSettings(live.home, { ...live.settings, sound });
  await refreshNow(live, '2026-02-12');
  await record('refresh-with-sound', 'refresh/2026-02-12/daily');
  await record('features-of-a-night', 'features/2026-02-12/daily');
  const asked = { nominalDate: parseDate('2026-02-12'), enteredFrom: parseDate('2026-01-01') };
  const features = await live.control.startFeatures({ ...asked, maxTracks: 90 });
  await live.control.awaitFeatures(features);
  const featuresRunIds = await runIdsOf(features.workflowId);
  await record('features-continues-as-new', features.workflowId, featuresRunIds[0]!);
  await record('features-continued', features.workflowId, featuresRunIds.at(-1)!);
  // Half a year later nothing is new, and what was heard is checked.
  const later = { nominalDate: parseDate('2026-08-20'), enteredFrom: parseDate('2026-08-19') };
  const checks = await live.control.startFeatures({ ...later, maxTracks: 6 });
  await live.control.awaitFeatures(checks);
  await record('features-checks', checks.workflowId, checks.runId);
  // Sources that do not answer, and none at all.
  live.replica.setFaults({ rate500: 1 });
  const silent = await live.control.startFeatures({ ...asked, maxTracks: 2 });
  await live.control.awaitFeatures(silent);
  await record('features-without-answers', silent.workflowId, silent.runId);
  live.replica.setFaults({});
  await writeSettings(live.home, live.settings);
  const refused = await live.control.startFeatures({ ...asked, enteredFrom: null });
  await live.control.awaitFeatures(refused).catch(() => undefined);
  await record('features-refused', refused.workflowId, refused.runId);

  // A bad night: one page that does not fit, one that is not there.
  live.replica.setFaults({ seed: 5, rate429: 0.2, layoutChange: ['/spotify/country/gb_daily.html'] });
  await writeSettings(live.home, { ...live.settings, charts: dailyCharts(['us', 'gb', 'fr']) });
  await refreshNow(live, '2026-02-13');
  await record('refresh-bad-night', 'refresh/2026-02-13/daily');
  await writeSettings(live.home, live.settings);

  // Nothing comes in; cancelled.
  live.replica.setFaults({ rate500: 1 });
  const failed = await live.control.startRefresh('daily', parseDate('2026-02-14'));
  await live.control.awaitRefresh(failed).catch(() => undefined);
  await record('refresh-failed', failed.workflowId, failed.runId);
  live.replica.setFaults({ rateSlow: 1, slowMs: 60_000 });
  const cancelled = await live.control.startRefresh('daily', parseDate('2026-02-15'));
  while ((await live.control.describeRuns(0)).refreshes[0]?.progress?.phase !== 'charts');
  await live.control.cancel(cancelled.workflowId);
  await live.control.awaitRefresh(cancelled).catch(() => undefined);
  await record('refresh-cancelled', cancelled.workflowId, cancelled.runId);
  live.replica.setFaults({});

  // Archived pages again.
  const quarantine = await live.control.startBackfill({ what: 'quarantined' });
  await live.control.awaitBackfill(quarantine);
  await record('backfill-quarantined', quarantine.workflowId, quarantine.runId);
  const refusedBackfill = await live.control.startBackfill({
    what: 'chart-dates',
    chart: { kind: 'daily', region: parseRegion('us') },
    firstDate: parseDate('2025-01-01'),
    lastDate: parseDate('2025-01-03'),
  });
  await live.control.awaitBackfill(refusedBackfill).catch(() => undefined);
  await record('backfill-refused', refusedBackfill.workflowId, refusedBackfill.runId);
});

test('record training', async () => {
  const trainable = await startTrainableSystem();
  await connectTo(trainable);
  const { control } = trainable;
  const phaseOf = async (runId: TrainInput['runId']) => (await control.trainProgress(runId))?.phase;
  const whole = await control.startTrain(await trainInputOf(trainable, 1));
  await control.awaitTrain(whole);
  await record('train-whole', whole.workflowId, whole.runId);

  const input = await trainInputOf(trainable, 1);
  await publish(trainable, input.runId);
  const night = await control.startRefresh('daily', parseDate('2026-03-18'));
  await control.awaitRefresh(night);
  await record('refresh-with-forecasts', night.workflowId, night.runId);

  const long = ['mp2.numSteps=2000'];
  const second = await trainInputOf(trainable, 2, long);
  const paused = await control.startTrain(second);
  await until(async () => (await phaseOf(second.runId)) === 'mp2', 'it trains');
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await control.signalTrain(second.runId, 'pause');
  await until(async () => (await control.trainProgress(second.runId))?.isPaused === true, 'it is paused');
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await control.signalTrain(second.runId, 'resume');
  await control.awaitTrain(paused);
  await record('train-paused-and-resumed', paused.workflowId, paused.runId);

  const third = await trainInputOf(trainable, 3, long);
  const cancelled = await control.startTrain(third);
  await until(async () => (await phaseOf(third.runId)) === 'mp2', 'it trains');
  await control.cancel(cancelled.workflowId);
  await control.awaitTrain(cancelled).catch(() => undefined);
  await record('train-cancelled', cancelled.workflowId, cancelled.runId);

  // Worker and trainer are dead when it is told: the stage comes back as timed out.
  const diesAndIs = async (signal: 'pause' | 'cancel', seed: number) => {
    const own = await trainInputOf(trainable, seed, long);
    const run = await control.startTrain(own);
    await until(async () => (await phaseOf(own.runId)) === 'mp2', 'it trains');
    const trainer = await nextTrainerPid(trainable.home);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    for (const pid of [trainable.system.trainWorkerPid, trainer]) if (pid !== null) process.kill(pid, 'SIGKILL');
    if (signal === 'cancel') await control.cancel(run.workflowId);
    else await control.signalTrain(own.runId, 'pause');
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    if (signal === 'pause') await control.signalTrain(own.runId, 'resume');
    await control.awaitTrain(run).catch(() => undefined);
    return run;
  };
  const pausedDead = await diesAndIs('pause', 4);
  await record('train-paused-when-dead', pausedDead.workflowId, pausedDead.runId);
  const cancelledDead = await diesAndIs('cancel', 5);
  await record('train-cancelled-when-dead', cancelledDead.workflowId, cancelledDead.runId);

  const failed = await control.startTrain(await trainInputOf(trainable, 6, ['mp2.peakLearningRate=1e30']));
  await control.awaitTrain(failed).catch(() => undefined);
  await record('train-failed', failed.workflowId, failed.runId);
  await trainable.remove();
});

test('record sweep', async () => {
  const trainable = await startTrainableSystem();
  await connectTo(trainable);
  const { control } = trainable;
  const short = ['mp2.numSteps=30', 'mp3.numSteps=30'];
  const whole = await control.startSweep(await sweepInputOf(trainable, { firstSeed: 1, numSeeds: 3, numFolds: 1, more: short }));
  await control.awaitSweep(whole);
  await record('sweep-whole', whole.workflowId, whole.runId);

  const oneFailed = await control.startSweep(await sweepInputOf(trainable, { firstSeed: 1, numSeeds: 1, numFolds: 2, more: short }));
  await control.awaitSweep(oneFailed);
  await record('sweep-one-failed', oneFailed.workflowId, oneFailed.runId);

  const byItself = await control.startTrain(await trainInputOf(trainable, 9, short));
  const elsewhere = await control.startSweep(await sweepInputOf(trainable, { firstSeed: 9, numSeeds: 2, numFolds: 1, more: short }));
  await control.awaitTrain(byItself);
  await control.awaitSweep(elsewhere);
  await record('sweep-run-elsewhere', elsewhere.workflowId, elsewhere.runId);

  const long = await sweepInputOf(trainable, { firstSeed: 4, numSeeds: 2, numFolds: 1, more: ['mp2.numSteps=2000'] });
  const cancelled = await control.startSweep(long);
  const isGoing = async () => (await control.sweepProgress(long.sweepId))?.counts.going === 2;
  await until(isGoing, 'its runs go');
  await control.signalSweep(long.sweepId, 'pause');
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await control.signalSweep(long.sweepId, 'resume');
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await control.cancel(cancelled.workflowId);
  await control.awaitSweep(cancelled).catch(() => undefined);
  await record('sweep-cancelled', cancelled.workflowId, cancelled.runId);
  await trainable.remove();
});
