/**
 * An engine for a person's SQL: the lake read-only, no file outside it in reach, no setting to be changed. The checks of
 * `runQuery.ts` refuse what would write; this makes sure of it.
 */
import path from 'node:path';
import { type LakeDatabase, openDatabase } from '../lake/connection.ts';
import { sqlText } from '../lake/sqlText.ts';
import type { LakeLocation } from '../lake/types.ts';

/** @throws ChartlifeError LakeUnusable, SetupMissing, SnapshotNotFound. */
export async function openQueryEngine(location: LakeLocation, snapshot: number | undefined): Promise<LakeDatabase> {
  const database = await openDatabase(location, { mode: 'read', ...(snapshot === undefined ? {} : { snapshot }) });
  const connection = await database.connect();
  try {
    // The catalog itself is reachable because it is attached.
    const dataDir = `${path.resolve(location.dataDir)}${path.sep}`;
    await connection.run(`SET allowed_directories = [${sqlText(dataDir)}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
  } finally {
    connection.closeSync();
  }
  return database;
}
