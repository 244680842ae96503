/** Training runs, their metrics and their forecasts: written whole, so that the same again changes nothing. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { addDays } from '../../contracts/dates.ts';
import { parseTrackId } from '../../contracts/ids.ts';
import { parseRegion } from '../../contracts/regions.ts';
import type { ForecastCommit, IssuedForecast, Publication, RunCommit, RunRow } from '../../contracts/runRows.ts';
import type { RunId } from '../../contracts/runs.ts';
import { sqlText } from './sqlText.ts';
import type { LakeTransaction, TransactionMessage, TransactionResult } from './transaction.ts';
import { numberOf, type PlainRow, readRows, textOf } from './values.ts';

type Transact = <T>(
  message: TransactionMessage,
  work: (transaction: LakeTransaction) => Promise<T>,
) => Promise<TransactionResult<T>>;

type RunTable = 'run' | 'run_metric' | 'checkpoint' | 'sweep_run' | 'publication' | 'forecast';

/** The columns of each table as `from_json` reads them; what is written of its own accord is not among them. */
const COLUMNS: Readonly<Record<RunTable, Readonly<Record<string, string>>>> = {
  run: {
    run_id: 'VARCHAR',
    recipe: 'VARCHAR',
    recipe_json: 'VARCHAR',
    seed: 'BIGINT',
    snapshot_id: 'BIGINT',
    versions: 'VARCHAR',
    reproduces: 'VARCHAR',
    state: 'VARCHAR',
    why: 'VARCHAR',
    feature_version: 'VARCHAR',
    dataset_sha256: 'VARCHAR',
    num_training_tracks: 'INTEGER',
    num_validation_tracks: 'INTEGER',
    num_test_tracks: 'INTEGER',
    num_synthetic_tracks: 'INTEGER',
    mp2_sha256: 'VARCHAR',
    mp3_sha256: 'VARCHAR',
    beats_baselines: 'BOOLEAN',
    created_at: 'TIMESTAMP',
  },
  run_metric: {
    run_id: 'VARCHAR',
    stage: 'VARCHAR',
    step: 'INTEGER',
    part: 'VARCHAR',
    model: 'VARCHAR',
    region: 'VARCHAR',
    horizon: 'VARCHAR',
    num_observed_weeks: 'INTEGER',
    name: 'VARCHAR',
    value: 'DOUBLE',
    num_values: 'BIGINT',
  },
  checkpoint: { run_id: 'VARCHAR', stage: 'VARCHAR', step: 'INTEGER', sha256: 'VARCHAR', num_bytes: 'BIGINT' },
  sweep_run: { sweep_id: 'VARCHAR', run_id: 'VARCHAR' },
  publication: { run_id: 'VARCHAR', published_at: 'TIMESTAMP', published_by: 'VARCHAR', why: 'VARCHAR' },
  forecast: {
    run_id: 'VARCHAR',
    track_id: 'VARCHAR',
    region: 'VARCHAR',
    issued_on: 'DATE',
    num_observed_weeks: 'INTEGER',
    week_index: 'INTEGER',
    week_start: 'DATE',
    on_chart_probability: 'DOUBLE',
    median_log10_streams: 'DOUBLE',
    quantile_levels: 'DOUBLE[]',
    log10_streams: 'DOUBLE[]',
    is_synthetic: 'BOOLEAN',
  },
};

/**
 * Takes the place of what the lake had of the run: only rows that differ are written.
 *
 * @returns the snapshot; null where nothing was new
 * @throws ChartlifeError LakeConflict, DiskFull, LakeUnusable
 */
export async function commitRun(transact: Transact, { run, metrics, checkpoints }: RunCommit): Promise<number | null> {
  const { runId } = run;
  const ofRun = `run_id = ${sqlText(runId)}`;
  const { snapshotId } = await transact(
    { author: 'run', text: `run ${runId} is ${run.state}` },
    async (transaction) => {
      await replaceRows(transaction, 'run', ofRun, [runRow(run)], { recorded_at: new Date().toISOString() });
      await replaceRows(
        transaction,
        'run_metric',
        ofRun,
        metrics.map((metric) => ({
          ...{ run_id: runId, stage: metric.stage, step: metric.step, part: metric.part, model: metric.model },
          ...{ region: metric.region, horizon: metric.horizon, name: metric.name },
          num_observed_weeks: metric.numObservedWeeks,
          ...{ value: metric.value, num_values: metric.numValues },
        })),
      );
      await replaceRows(
        transaction,
        'checkpoint',
        ofRun,
        checkpoints.map(({ stage, step, sha256, numBytes }) => ({
          ...{ run_id: runId, stage, step, sha256, num_bytes: numBytes },
        })),
      );
    },
  );
  return snapshotId;
}

/** The runs of a sweep, whether they have begun or not. */
export async function commitSweep(transact: Transact, sweepId: string, runIds: readonly RunId[]): Promise<void> {
  await transact({ author: 'run', text: `sweep ${sweepId} of ${runIds.length} runs` }, (transaction) =>
    replaceRows(
      transaction,
      'sweep_run',
      `sweep_id = ${sqlText(sweepId)}`,
      runIds.map((runId) => ({
        ...{ sweep_id: sweepId, run_id: runId },
      })),
    ),
  );
}

/** A run that is published already by the same hand for the same reason, and none since, is not published again. */
export async function commitPublication(transact: Transact, publication: Publication): Promise<void> {
  const { runId, publishedAt, publishedBy, why } = publication;
  await transact({ author: 'run', text: `run ${runId} is published` }, async (transaction) => {
    const [newest] = await transaction.rows(`${NEWEST_FIRST} LIMIT 1`);
    if (newest?.run_id === runId && newest.published_by === publishedBy && newest.why === why) return;
    const row = { run_id: runId, published_at: publishedAt, published_by: publishedBy, why };
    await insertRows(transaction, 'publication', [row]);
  });
}

const NEWEST_FIRST = 'SELECT * FROM publication ORDER BY published_at DESC, run_id';

/** The newest first. */
export async function readPublications(connection: DuckDBConnection): Promise<Publication[]> {
  return (await readRows(connection, NEWEST_FIRST)).map((row) => ({
    runId: textOf(row, 'run_id') as RunId,
    publishedAt: textOf(row, 'published_at'),
    publishedBy: textOf(row, 'published_by') as Publication['publishedBy'],
    why: textOf(row, 'why'),
  }));
}

/**
 * Adds forecasts; one of the same run, track, region, day and number of observed weeks takes the place of the former.
 *
 * @returns the snapshot; null where nothing was new
 */
export async function commitForecasts(transact: Transact, given: ForecastCommit): Promise<number | null> {
  const { runId, issuedOn, forecasts } = given;
  if (forecasts.length === 0) return null;
  const keys = forecasts.map(
    ({ trackId, region, numObserved }) => `(${sqlText(trackId)}, ${sqlText(region)}, ${numObserved})`,
  );
  const isOfThese =
    `run_id = ${sqlText(runId)} AND issued_on = ${sqlText(issuedOn)}::DATE ` +
    `AND (track_id, region, num_observed_weeks) IN (${keys.join(', ')})`;
  const text = `${forecasts.length} forecasts of run ${runId}`;
  const { snapshotId } = await transact({ author: 'forecast', text }, (transaction) =>
    replaceRows(transaction, 'forecast', isOfThese, forecastRows(given)),
  );
  return snapshotId;
}

/** Of each track and region the forecast of a run that was told most. */
export async function readIssuedForecasts(connection: DuckDBConnection, runId: RunId): Promise<IssuedForecast[]> {
  const rows = await readRows(
    connection,
    `SELECT track_id, region, max(num_observed_weeks) AS num_observed FROM forecast WHERE run_id = $1 GROUP BY ALL`,
    [runId],
  );
  return rows.map((row) => ({
    trackId: parseTrackId(textOf(row, 'track_id')),
    region: parseRegion(textOf(row, 'region')),
    numObserved: numberOf(row, 'num_observed'),
  }));
}

/** Those that are there already stay; those that are there no more, or differ, go. */
async function replaceRows(
  transaction: LakeTransaction,
  table: RunTable,
  where: string,
  rows: readonly PlainRow[],
  written: PlainRow = {},
): Promise<void> {
  const names = Object.keys(COLUMNS[table]).join(', ');
  const given = givenRows(table);
  const parameters = [JSON.stringify(rows)];
  const isSame = Object.keys(COLUMNS[table])
    .map((column) => `${table}.${column} IS NOT DISTINCT FROM given.${column}`)
    .join(' AND ');
  await transaction.run(
    `DELETE FROM ${table} WHERE ${where} AND NOT EXISTS (FROM ${given} AS given WHERE ${isSame})`,
    parameters,
  );
  const news = await transaction.rows(
    `SELECT count(*) AS num_news FROM (FROM ${given} EXCEPT SELECT ${names} FROM ${table} WHERE ${where})`,
    parameters,
  );
  if (numberOf(news[0] as PlainRow, 'num_news') === 0) return;
  await insertRows(transaction, table, rows, `EXCEPT SELECT ${names} FROM ${table} WHERE ${where}`, written);
}

async function insertRows(
  transaction: LakeTransaction,
  table: RunTable,
  rows: readonly PlainRow[],
  except = '',
  written: PlainRow = {},
): Promise<void> {
  if (rows.length === 0) return;
  const more = Object.entries(written).map(([column, value]) => `, ${sqlText(String(value))}::TIMESTAMP AS ${column}`);
  await transaction.run(
    `INSERT INTO ${table} BY NAME SELECT *${more.join('')} FROM (FROM ${givenRows(table)} ${except})`,
    [JSON.stringify(rows)],
  );
}

/** The first parameter as rows of the table. */
function givenRows(table: RunTable): string {
  const shape = JSON.stringify([COLUMNS[table]]);
  return `(SELECT row.* FROM (SELECT unnest(from_json($1, ${sqlText(shape)})) AS row))`;
}

function runRow(run: RunRow): PlainRow {
  return {
    run_id: run.runId,
    recipe: run.recipe,
    recipe_json: run.recipeJson,
    seed: run.seed,
    snapshot_id: run.snapshotId,
    versions: run.versionsJson,
    reproduces: run.reproduces,
    state: run.state,
    why: run.why,
    feature_version: run.featureVersion,
    dataset_sha256: run.datasetSha256,
    num_training_tracks: run.numTracks.training,
    num_validation_tracks: run.numTracks.validation,
    num_test_tracks: run.numTracks.test,
    num_synthetic_tracks: run.numSynthetic,
    mp2_sha256: run.weightsSha256.mp2 ?? null,
    mp3_sha256: run.weightsSha256.mp3 ?? null,
    beats_baselines: run.beatsBaselines,
    created_at: run.createdAt,
  };
}

function forecastRows({ runId, issuedOn, quantileLevels, forecasts }: ForecastCommit): PlainRow[] {
  const median = quantileLevels.indexOf(0.5);
  return forecasts.flatMap(({ trackId, region, debut, isSynthetic, numObserved, weeks }) =>
    weeks.map(({ onChart, log10Streams }, place) => ({
      ...{ run_id: runId, track_id: trackId, region, issued_on: issuedOn, num_observed_weeks: numObserved },
      week_index: numObserved + place,
      week_start: addDays(debut, 7 * (numObserved + place)),
      on_chart_probability: onChart,
      median_log10_streams: log10Streams[median] as number,
      quantile_levels: quantileLevels,
      log10_streams: log10Streams,
      is_synthetic: isSynthetic,
    })),
  );
}
