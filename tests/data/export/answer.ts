/** A query's answer as `lake.query` gives it, from an engine without a lake. */
import { DuckDBInstance } from '@duckdb/node-api';
import type { QueryResult } from '../../../data/query/types.ts';

export async function answerOf(sql: string): Promise<QueryResult> {
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' });
  const connection = await instance.connect();
  // Not `stream`: a streamed result that breaks midway just ends, as if that were all.
  const result = await connection.run(sql);
  const columns = result.columnNames().map((name, i) => {
    const type = result.columnType(i);
    return { name, type, sqlType: type.toString() };
  });
  async function* batches() {
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield { numRows: chunk.rowCount, columns: chunk.getColumns() };
    }
  }
  return {
    columns,
    batches: batches(),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** The same, but broken after its first batch. */
export async function brokenAnswerOf(sql: string, error: Error): Promise<QueryResult> {
  const answer = await answerOf(sql);
  async function* batches() {
    for await (const batch of answer.batches) {
      yield batch;
      throw error;
    }
  }
  return { ...answer, batches: batches() };
}
