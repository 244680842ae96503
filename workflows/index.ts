/** Every workflow that a worker of the `ingest` queue hosts: the entry point of the bundle. */
export { backfill } from './backfill.ts';
export { enrich } from './enrich.ts';
export { features } from './features.ts';
export { refresh } from './refresh.ts';
export { sweep } from './sweep.ts';
export { train } from './train.ts';
