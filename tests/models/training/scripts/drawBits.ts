/** Prints the bits of some draws, with one thread, for a test that compares processes. */
import { drawnBits, loadWithThreads } from '../drawnBits.ts';

loadWithThreads(1);
console.log(drawnBits());
