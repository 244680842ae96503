/** Rows of a query of our own as plain values: numbers, text, null. */
import type { Lake } from '../data/lake/types.ts';

export type PlainRow = Readonly<Record<string, unknown>>;

/** For small answers: all rows are held at once. Numbers beyond 2^53 come as text. */
export async function queryRows(lake: Pick<Lake, 'query'>, sql: string): Promise<PlainRow[]> {
  const { exportToSink } = await import('../data/export/exportResult.ts');
  const chunks: string[] = [];
  await exportToSink(
    await lake.query(sql),
    'json',
    async (chunk) => {
      chunks.push(typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk));
    },
    '',
  );
  return JSON.parse(chunks.join('')) as PlainRow[];
}
