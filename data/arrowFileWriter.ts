/** Arrow's writer of files, with what it leaves out. */
import { Message, RecordBatchFileWriter, type Schema } from 'apache-arrow';

/**
 * Between its magics an Arrow file is a stream, which begins with the schema. Arrow's own writer leaves that out (21.2.0),
 * and then whoever reads a file from its start finds nothing.
 */
export class ArrowFileWriter extends RecordBatchFileWriter {
  protected override _writeSchema(schema: Schema): this {
    return super._writeSchema(schema)._writeMessage(Message.from(schema));
  }
}
