/** Read-only SQL of a person: the answer comes in batches, so that a million rows don't fill the memory. */
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { CalendarDate } from '../../contracts/dates.ts';

export interface QueryOptions {
  /** Stops the query. */
  readonly signal?: AbortSignal;
  /** The session variable `today`, which views of freshness go by; the SQL may set another. Default: the real day, UTC. */
  readonly today?: CalendarDate;
}

/** `type` belongs to data/ alone; outside, use {@link QueryColumn.sqlType}. */
export interface QueryColumn {
  readonly name: string;
  /** As DuckDB spells it, such as `STRUCT(id VARCHAR, name VARCHAR)[]`. */
  readonly sqlType: string;
  readonly type: DuckDBType;
}

/** Rows by column: `columns[columnIndex][rowIndex]`. */
export interface QueryBatch {
  readonly numRows: number;
  readonly columns: readonly (readonly DuckDBValue[])[];
}

export interface QueryResult {
  readonly columns: readonly QueryColumn[];
  /** Once only. Ends the query when it is left early. */
  readonly batches: AsyncIterable<QueryBatch>;
  /** Frees the connection; safe to call twice, and after the last batch. */
  close(): void;
}
