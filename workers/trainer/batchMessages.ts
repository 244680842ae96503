/** What the pipeline and its threads say to each other. */
import type { SentError } from '../../contracts/sentError.ts';
import type { Batch, BatchSettings } from './assembleBatch.ts';
import type { ExampleTable } from './exampleTable.ts';

/** What a thread is started with. */
export interface BatchThreadData {
  readonly spectrogramsDir: string;
  readonly table: ExampleTable;
  readonly settings: BatchSettings;
}

/** The step of the batch that is wanted. */
export type BatchJob = number;

export type BatchAnswer =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'error'; readonly error: SentError };
