/** Prints the bytes by which steps let the process's memory grow, with or without recomputation, and the gradients' hash. */
import { createHash } from 'node:crypto';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import { compile } from '../../../../models/compile/compile.ts';
import { loadWithThreads } from '../drawnBits.ts';
import { mlpGradients, mlpInput } from '../mlp.ts';

const [mode, withRecompute] = process.argv.slice(2);
loadWithThreads(2);
// 10 blocks with activations of 16 MB each.
const input = mlpInput({ numRows: 4_096, numFeatures: 64, numHidden: 1_024, numBlocks: 10 });
tensor(1).dataSync();
const step = mlpGradients(withRecompute === 'recompute');
const run = mode === 'compiled' ? compile(step, input) : (argument: typeof input) => tidy(() => step(argument));
const before = process.resourceUsage().maxRSS;
const { gradients } = run(input);
const grownBytes = (process.resourceUsage().maxRSS - before) * 1024;
const hash = createHash('sha256');
for (const gradient of Object.values(gradients)) hash.update(gradient.dataSync());
console.log(JSON.stringify({ grownBytes, hash: hash.digest('hex') }));
