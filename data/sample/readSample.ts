/** The sample's files, read by an engine that is opened for it and closed again. */
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import { ChartlifeError } from '../../contracts/errors.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';

export const SAMPLE_DIR = path.join(PROJECT_ROOT, 'data', 'sample');

/** @throws ChartlifeError SetupMissing for whatever goes wrong: the sample comes with the repository. */
export async function readSample<T>(read: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    try {
      return await read(connection);
    } finally {
      connection.closeSync();
    }
  } catch (error) {
    throw new ChartlifeError('SetupMissing', `the sample in ${SAMPLE_DIR} can't be read: ${String(error)}`, {
      next: 'Restore data/sample from the repository (git checkout -- data/sample).',
      details: { path: SAMPLE_DIR },
      cause: error,
    });
  } finally {
    instance.closeSync();
  }
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`a row holds ${String(value)} where a text should stand`);
  return value;
}

export function number(value: unknown): number {
  if (typeof value !== 'number') throw new Error(`a row holds ${String(value)} where a number should stand`);
  return value;
}

export function boolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Error(`a row holds ${String(value)} where true or false should stand`);
  return value;
}
