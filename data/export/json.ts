/** JSON: one array, one object a row and line, keys in the query's order. See cellText.ts for how values are said. */
import type { QueryResult } from '../query/types.ts';
import { jsonText } from './cellText.ts';
import { type ByteSink, distinctNames } from './formats.ts';

export async function writeJson(result: QueryResult, sink: ByteSink): Promise<number> {
  const keys = distinctNames(result.columns.map((column) => column.name)).map((name) => `${JSON.stringify(name)}:`);
  let numRows = 0;
  for await (const batch of result.batches) {
    const lines: string[] = [];
    for (let row = 0; row < batch.numRows; row += 1) {
      const fields = batch.columns.map((column, i) => `${keys[i]}${jsonText(column[row] ?? null)}`);
      lines.push(`${numRows + row === 0 ? '[' : ','}\n{${fields.join(',')}}`);
    }
    numRows += batch.numRows;
    await sink(lines.join(''));
  }
  await sink(numRows === 0 ? '[]\n' : '\n]\n');
  return numRows;
}
