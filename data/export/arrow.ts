/** Arrow's IPC formats, one record batch at a time: the stream, which is read as it comes, and the file, which can be sought in. */
import { Field, makeData, RecordBatch, RecordBatchStreamWriter, Schema, Struct } from 'apache-arrow';
import { ArrowFileWriter } from '../arrowFileWriter.ts';
import type { QueryResult } from '../query/types.ts';
import { arrowColumn } from './arrowColumn.ts';
import { type ByteSink, distinctNames } from './formats.ts';

export type ArrowForm = 'stream' | 'file';

/** What a writer has written since it was last asked, so that nothing is written ahead of a slow sink. */
class WrittenBytes {
  #chunks: Uint8Array[] = [];

  /** Keeps a chunk; gives its length. */
  push(chunk: ArrayBufferView): number {
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (bytes.length > 0) this.#chunks.push(bytes);
    return bytes.length;
  }

  take(): Uint8Array {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return bytes;
  }
}

class PulledStreamWriter extends RecordBatchStreamWriter {
  readonly written = new WrittenBytes();

  protected override _write(chunk: ArrayBufferView): this {
    this._position += this.written.push(chunk);
    return this;
  }
}

class PulledFileWriter extends ArrowFileWriter {
  readonly written = new WrittenBytes();

  protected override _write(chunk: ArrayBufferView): this {
    this._position += this.written.push(chunk);
    return this;
  }
}

/** Gives the number of rows. */
export async function writeArrow(result: QueryResult, form: ArrowForm, sink: ByteSink): Promise<number> {
  const names = distinctNames(result.columns.map((column) => column.name));
  const columns = result.columns.map((column) => arrowColumn(column.type));
  const schema = new Schema(columns.map((column, i) => new Field(names[i] ?? '', column.type, true)));
  const rowType = new Struct(schema.fields);
  const writer = form === 'stream' ? new PulledStreamWriter() : new PulledFileWriter();
  writer.reset(undefined, schema);
  let numRows = 0;
  for await (const batch of result.batches) {
    const children = columns.map((column, i) => column.toData(batch.columns[i] ?? []));
    writer.write(new RecordBatch(schema, makeData({ type: rowType, length: batch.numRows, nullCount: 0, children })));
    numRows += batch.numRows;
    await sink(writer.written.take());
  }
  writer.close();
  await sink(writer.written.take());
  return numRows;
}
