/**
 * The worker process of the queue `train`. Configured by its environment (environment.ts). It computes nothing itself: the
 * trainer is a child of its own, so that this process stays free to beat.
 */
import { runWorkerProcess } from './runWorkerProcess.ts';
import { createTrainWorkers } from './trainWorkers.ts';

runWorkerProcess({ logName: 'train', createWorkers: createTrainWorkers });
