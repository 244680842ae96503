/** The worker process of the queues `fetch` and `ingest`. Configured by its environment (environment.ts). */
import { createIngestWorkers } from './ingestWorkers.ts';
import { runWorkerProcess } from './runWorkerProcess.ts';

runWorkerProcess({ logName: 'worker', createWorkers: createIngestWorkers });
