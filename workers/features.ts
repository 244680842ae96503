/**
 * The worker process of the queues `previews` and `features`. Configured by its environment (environment.ts). A process of
 * its own, so that a file that brings a decoder down takes no chart with it, and so that it can run on another machine.
 */
import { createFeaturesWorkers } from './featuresWorkers.ts';
import { runWorkerProcess } from './runWorkerProcess.ts';

runWorkerProcess({ logName: 'features', createWorkers: createFeaturesWorkers });
