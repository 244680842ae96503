/** The views: made anew in the lake whenever their file has changed. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { readSqlFiles, type SqlFile } from './sqlFiles.ts';
import { tryTransaction } from './transaction.ts';
import { readRows, textOf } from './values.ts';

/** A view may use those before it. Others follow in the order of their names. */
const FIRST = ['chart_cut'];

export function inOrder(views: readonly SqlFile[]): SqlFile[] {
  return [...views].sort((a, b) => Number(FIRST.includes(b.name)) - Number(FIRST.includes(a.name)));
}

/** The first paragraph of a view's header: what one row is, and what the view is for. */
export function viewComment(file: SqlFile): string {
  const lines = file.text.split('\n').filter((line) => line.startsWith('-- '));
  const grain = lines[0]?.replace(/^-- grain: /, 'Grain: ') ?? '';
  return `${grain}. ${lines[1]?.slice(3) ?? ''}`;
}

async function changedViews(connection: DuckDBConnection): Promise<SqlFile[]> {
  const rows = await readRows(connection, 'SELECT name, sha256 FROM schema_view');
  const known = new Map(rows.map((row) => [textOf(row, 'name'), textOf(row, 'sha256')]));
  return inOrder(readSqlFiles('views')).filter(({ name, sha256 }) => known.get(name) !== sha256);
}

/** One transaction; nothing is written when no view has changed. A conflict is thrown, as in migrate.ts. */
export async function refreshViews(connection: DuckDBConnection): Promise<void> {
  if ((await changedViews(connection)).length === 0) return;
  await tryTransaction(connection, { author: 'chartlife', text: 'views' }, async (transaction) => {
    // Read again: another process may have been faster.
    for (const view of await changedViews(connection)) {
      await connection.run(view.text);
      await connection.run(`COMMENT ON VIEW ${view.name} IS '${viewComment(view).replaceAll("'", "''")}'`);
      await transaction.run('DELETE FROM schema_view WHERE name = $1', [view.name]);
      await transaction.run('INSERT INTO schema_view VALUES ($1, $2, $3::TIMESTAMP)', [
        view.name,
        view.sha256,
        new Date().toISOString(),
      ]);
    }
  });
}
