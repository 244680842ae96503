/** Brings a lake's schema up to date: numbered migrations, each once, and never backwards. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChartlifeError } from '../../contracts/errors.ts';
import { readSqlFiles, type SqlFile } from './sqlFiles.ts';
import { tryTransaction } from './transaction.ts';
import { numberOf, readRows, textOf } from './values.ts';

interface Migration extends SqlFile {
  readonly number: number;
}

export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
}

/** The migrations this code knows, in order: `0001_charts` is number 1. */
export function knownMigrations(): Migration[] {
  return readSqlFiles('migrations').map((file, index) => {
    const number = Number(file.name.slice(0, 4));
    if (number !== index + 1) throw new TypeError(`migration ${file.name} is not number ${index + 1}`);
    return { ...file, number };
  });
}

/** Null where the lake has no schema yet. */
export async function appliedMigrations(connection: DuckDBConnection): Promise<AppliedMigration[] | null> {
  const tables = await readRows(
    connection,
    `SELECT 1 FROM duckdb_tables() WHERE database_name = 'lake' AND table_name = 'schema_migration'`,
  );
  if (tables.length === 0) return null;
  const rows = await readRows(connection, 'SELECT number, name, sha256 FROM schema_migration ORDER BY number');
  return rows.map((row) => ({
    number: numberOf(row, 'number'),
    name: textOf(row, 'name'),
    sha256: textOf(row, 'sha256'),
  }));
}

/** @throws ChartlifeError LakeUnusable if the lake was made by newer code, or by other migrations than these. */
export function checkApplied(
  applied: readonly AppliedMigration[],
  known: readonly Migration[],
  catalogPath: string,
): void {
  for (const migration of applied) {
    const ours = known.find(({ number }) => number === migration.number);
    if (ours === undefined) {
      throw new ChartlifeError(
        'LakeUnusable',
        `the lake ${catalogPath} has schema ${migration.number} (${migration.name}); this chartlife knows up to ${known.length}`,
        { next: 'Update chartlife: a newer version has written to this lake.', details: { catalogPath } },
      );
    }
    if (ours.sha256 !== migration.sha256) {
      throw new ChartlifeError(
        'LakeUnusable',
        `the lake ${catalogPath} was made with another version of migration ${migration.name} (sha256 ${migration.sha256}, not ${ours.sha256})`,
        {
          next: 'Use the chartlife that made it; a migration must never be edited once it was applied: add a new one.',
          details: { catalogPath },
        },
      );
    }
  }
}

/**
 * Applies what is missing, each migration in a transaction of its own. Nothing is written when nothing is missing.
 *
 * A conflict is thrown as the engine tells it: DuckLake keeps in memory what a failed transaction made of the schema, so
 * the next try needs a new engine.
 */
export async function migrate(connection: DuckDBConnection, catalogPath: string): Promise<void> {
  const known = knownMigrations();
  const current = (await appliedMigrations(connection)) ?? [];
  checkApplied(current, known, catalogPath);
  for (const migration of known.slice(current.length)) {
    const message = { author: 'chartlife', text: `schema ${migration.name}` };
    await tryTransaction(connection, message, async (transaction) => {
      // Another process may have been faster.
      const applied = (await appliedMigrations(connection)) ?? [];
      if (applied.length >= migration.number) return;
      await connection.run(migration.text);
      await transaction.run('INSERT INTO schema_migration VALUES ($1, $2, $3, $4::TIMESTAMP)', [
        migration.number,
        migration.name,
        migration.sha256,
        new Date().toISOString(),
      ]);
    });
  }
}

/**
 * A lake that is only read can't be brought up to date first. An older snapshot may have an older schema.
 *
 * @throws ChartlifeError LakeUnusable
 */
export async function checkReadable(
  connection: DuckDBConnection,
  catalogPath: string,
  snapshot: number | undefined,
): Promise<void> {
  const known = knownMigrations();
  const applied = (await appliedMigrations(connection)) ?? [];
  checkApplied(applied, known, catalogPath);
  if (applied.length === known.length || (snapshot !== undefined && applied.length > 0)) return;
  const what = snapshot === undefined ? `the lake ${catalogPath}` : `snapshot ${snapshot} of the lake ${catalogPath}`;
  throw new ChartlifeError(
    'LakeUnusable',
    `${what} has schema ${applied.length}; this chartlife needs ${known.length}`,
    {
      next:
        snapshot === undefined
          ? 'Every command that writes brings it up to date: `chartlife up`, or an import.'
          : 'It is older than the first table: choose a later one with `chartlife snapshot list`.',
      details: { catalogPath, schema: applied.length },
    },
  );
}
