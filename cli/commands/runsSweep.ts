/** `chartlife runs sweep`: the sweeps of a home, or one with its runs and what they come to together. */
import { Command } from 'commander';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { RunState } from '../../contracts/runRows.ts';
import type { RunId } from '../../contracts/runs.ts';
import type { SweepId } from '../../contracts/sweeps.ts';
import { sweepWorkflowId } from '../../contracts/workflowIds.ts';
import { sqlText } from '../../data/lake/sqlText.ts';
import type { Lake } from '../../data/lake/types.ts';
import { readRuns } from '../../workers/trainer/runFolder.ts';
import { summarizeSweep } from '../../workers/trainer/sweepSummary.ts';
import type { Act } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { withLake } from '../homeLake.ts';
import { withControl } from '../homeSystem.ts';
import { type ListedSweep, renderSweepRuns, renderSweeps, type SweptRun } from '../output/sweepList.ts';
import { renderSweepSummary } from '../output/sweepReport.ts';
import { queryRows } from '../queryRows.ts';

/** What a sweep's id begins with where a run's could stand too. */
const SWEEP_PREFIX = 'sweep/';

export function runsSweepCommand(act: Act): Command {
  return new Command('sweep')
    .summary('every sweep; or one, with mean and spread over its runs')
    .argument('[sweep]', 'the sweep’s id, or its first digits')
    .option('--json', 'print one JSON array of sweeps, or one object of one')
    .action(
      act((context: CommandContext, sweep?: string) => (sweep === undefined ? list(context) : show(context, sweep))),
    );
}

/** True for `sweep/ID`, which pauses, resumes or cancels a whole sweep. */
export function namesSweep(text: string): boolean {
  return text.startsWith(SWEEP_PREFIX);
}

/** @param text `sweep/ID`, or with the id's first digits */
export async function steerSweep(
  context: CommandContext,
  text: string,
  how: 'pause' | 'resume' | 'cancel',
): Promise<undefined> {
  const given = text.slice(SWEEP_PREFIX.length);
  const sweepId = await withLake(context, { mode: 'read' }, (lake) => findSweep(lake, given));
  await withControl(context, (control) =>
    how === 'cancel' ? control.cancel(sweepWorkflowId(sweepId)) : control.signalSweep(sweepId, how),
  );
  if (context.isJson) await context.printJson({ sweepId, asked: how });
  else await context.print(`sweep ${sweepId}: asked to ${how}`);
  await context.suggest(`chartlife runs sweep ${sweepId}`, 'what it has so far');
}

async function list(context: CommandContext): Promise<undefined> {
  const sweeps = await withLake(context, { mode: 'read' }, readSweeps);
  if (context.isJson) await context.printJson(sweeps);
  else await context.print(renderSweeps(sweeps, layoutOf(context)));
  const last = sweeps.at(-1);
  await context.suggest(
    last === undefined ? 'chartlife train nano --seeds 5' : `chartlife runs sweep ${last.sweepId}`,
    'what comes next',
  );
}

async function show(context: CommandContext, text: string): Promise<undefined> {
  const { sweepId, states } = await withLake(context, { mode: 'read' }, async (lake) => {
    const found = await findSweep(lake, text);
    return { sweepId: found, states: await readStates(lake, found) };
  });
  const records = (await readRuns(context.home.runsDir)).filter(({ runId }) => states.has(runId));
  const byId = new Map(records.map((record) => [record.runId, record]));
  const runs = [...states].map(([runId, state]): SweptRun => {
    const recipe = byId.get(runId)?.recipe;
    const seed = byId.get(runId)?.seed ?? null;
    return { runId, recipe: recipe?.name ?? null, fold: recipe?.split.fold ?? null, seed, state };
  });
  const summary = summarizeSweep(records);
  const layout = layoutOf(context);
  if (context.isJson) await context.printJson({ sweepId, runs, summary });
  else await context.print([...renderSweepRuns(sweepId, runs, layout), ...renderSweepSummary(summary, layout)]);
  await context.suggest('chartlife runs show RUN', 'one of its runs');
}

function layoutOf({ styles, effects }: CommandContext) {
  return { styles, width: widthOf(effects.stdout) };
}

/** In the order in which their first runs were frozen; those of which none was, last. */
async function readSweeps(lake: Lake): Promise<ListedSweep[]> {
  const rows = await queryRows(
    lake,
    `SELECT sweep_id, count(*) AS num_runs, count(*) FILTER (state = 'done') AS num_done,
        coalesce(list(DISTINCT recipe ORDER BY recipe) FILTER (recipe IS NOT NULL), []) AS recipes
      FROM sweep_run LEFT JOIN run USING (run_id)
      GROUP BY sweep_id ORDER BY min(created_at) NULLS LAST, sweep_id`,
  );
  return rows.map((row) => ({
    sweepId: row.sweep_id as SweepId,
    numRuns: Number(row.num_runs),
    numDone: Number(row.num_done),
    recipes: row.recipes as string[],
  }));
}

/** null of a run that was never frozen: it waits, or failed before it had anything. */
async function readStates(lake: Lake, sweepId: SweepId): Promise<Map<RunId, RunState | null>> {
  const rows = await queryRows(
    lake,
    `SELECT run_id, state FROM sweep_run LEFT JOIN run USING (run_id) WHERE sweep_id = ${sqlText(sweepId)}
      ORDER BY created_at NULLS LAST, run_id`,
  );
  return new Map(rows.map((row) => [row.run_id as RunId, row.state as RunState | null]));
}

/** @throws ChartlifeError RunNotFound, InvalidInput where several begin so */
async function findSweep(lake: Lake, text: string): Promise<SweepId> {
  const ids = (await readSweeps(lake)).map(({ sweepId }) => sweepId);
  const found = ids.filter((sweepId) => sweepId.startsWith(text));
  if (found.length === 1) return found[0] as SweepId;
  if (found.length > 1) {
    throw new ChartlifeError('InvalidInput', `${found.length} sweeps begin with "${text}": ${found.join(', ')}`, {
      next: 'Give more digits.',
      details: { value: text },
    });
  }
  throw new ChartlifeError('RunNotFound', `there is no sweep ${text} in this home`, {
    next: ids.length === 0 ? 'Start one: chartlife train nano --seeds 5' : `There are ${ids.join(', ')}.`,
    details: { value: text },
  });
}
