/**
 * Every recorded history replays against the workflows as they are now, under its own workflow id. The negative controls
 * show that replay would notice: each alters the bundle as a careless change would, and must raise a
 * DeterminismViolationError.
 */
import { readFileSync } from 'node:fs';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, test } from 'vitest';
import { WORKFLOW_TYPES } from '../../contracts/workflowIds.ts';
import { WORKFLOW_BUNDLE_PATH } from '../../workers/ingestWorkers.ts';
import { ensureDist } from '../integration/liveSystem.ts';
import { historyNames, readHistory } from './historyFile.ts';

let code: string;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'OFF', forward: {} } } });
  await ensureDist();
  code = readFileSync(WORKFLOW_BUNDLE_PATH, 'utf8');
});

function replay(name: string, bundle: string = code): Promise<void> {
  const { history, workflowId } = readHistory(name);
  return Worker.runReplayHistory({ workflowBundle: { code: bundle } }, history, workflowId);
}

test('every workflow type has histories', () => {
  for (const type of Object.values(WORKFLOW_TYPES)) {
    expect(historyNames().some((name) => name.startsWith(`${type}-`)), type).toBe(true);
  }
});

test.each(historyNames())('%s replays', (name) => replay(name));

test.each(historyNames())('%s was recorded with an id made of business keys', (name) => {
  expect(readHistory(name).workflowId).toMatch(new RegExp(`^${name.split('-')[0]}/`));
});

describe('replay notices', () => {
  /** The bundle after a change of its source; the change must hit exactly one place. */
  function changed(from: string, to: string): string {
    expect(code.split(from)).toHaveLength(2);
    return code.replace(from, to);
  }

  const CONTROLS: readonly (readonly [change: string, history: string, from: string, to: string])[] = [
    ['a renamed activity', 'refresh-scheduled', 'lake.commitPage(', 'lake.commitChartPage('],
    ['a renamed activity of enrich', 'enrich-one-run', 'lake.commitTrackPages(', 'lake.commitTracks('],
    ['a renamed activity of features', 'features-of-a-night', 'spectrograms.computeSpectrograms(', 'spectrograms.compute('],
    ['sound left out', 'refresh-with-sound', 'night.sound === undefined ? null', 'true ? null'],
    ['a commit left out', 'features-of-a-night', 'computed.batchSha256 !== null', 'computed.batchSha256 === null'],
    ['checks left out', 'features-checks', '...checks.map(', '...[].map('],
    ['no plan', 'features-refused', 'lake.planSound(', 'lake.commitSound('],
    ['another id of the sound', 'refresh-with-sound', '${WORKFLOW_TYPES.features}/${nominalDate}', '${WORKFLOW_TYPES.features}/of/${nominalDate}'],
    ['a renamed activity of backfill', 'backfill-quarantined', 'activities.reparsePages(', 'activities.reparse('],
    ['two calls in another order', 'refresh-without-tracks', 'upkeep.maintainLake()', 'upkeep.checkFreshness({})'],
    ['a call left out', 'backfill-refused', 'await activities.planBackfill(input.selection)', '{ numPages: 0 }'],
    ['another child id', 'refresh-scheduled', '${WORKFLOW_TYPES.enrich}/${nominalDate}', '${WORKFLOW_TYPES.enrich}/of/${nominalDate}'],
    ['a renamed activity of train', 'train-whole', 'trainer.trainRunStage(', 'trainer.trainStage('],
    ['an evaluation as another', 'train-whole', 'await stages.evaluateRunStage({', 'await stages.trainRunStage({'],
    ['forecasts left out', 'refresh-with-forecasts', 'night.forecastBy === undefined ? undefined', 'true ? undefined'],
    ['a run that is not recorded', 'train-whole', "await steps.recordRun({\n            runId,\n            state: 'done'\n        });", ''],
    ['a pause that does nothing', 'train-paused-and-resumed', 'state.interrupt();', ''],
    ['a pause that ends a run whose worker is dead', 'train-paused-when-dead', '!isCutShort(error)) throw error;', 'true) throw error;'],
    ['a cancelled run that has failed', 'train-cancelled-when-dead', 'consideredCancelled && isCutShort(error);', 'consideredCancelled && false;'],
    ['a failed run that ends well', 'train-failed', 'throw isCancelled', 'return isCancelled'],
    ['a sweep that plans nothing', 'sweep-whole', 'steps.planSweep(input)', 'steps.recordRun(input)'],
    ['another id of the runs', 'sweep-whole', '${WORKFLOW_TYPES.train}/${runId}', '${WORKFLOW_TYPES.train}/of/${runId}'],
    ['a failed run that stops the others', 'sweep-one-failed', "state.runs.set(runId, 'failed');", 'throw error;'],
    ['a run elsewhere that is not waited for', 'sweep-run-elsewhere', "state.runs.set(runId, 'elsewhere');", 'throw error;'],
    ['a pause that is not passed on', 'sweep-cancelled', 'for (const [runId, child] of state.children)', 'for (const [runId, child] of [])'],
    ['a timer that was not there', 'refresh-by-hand', "state.phase = 'charts';", "state.phase = 'charts'; await new Promise((resolve) => setTimeout(resolve, 1));"],
  ];

  test.each(CONTROLS)('%s (%s)', async (_change, name, from, to) => {
    await expect(replay(name, changed(from, to))).rejects.toThrow(DeterminismViolationError);
  });
});
