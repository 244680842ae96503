import { expect, test } from 'vitest';
import { runScript } from '../runScript.ts';
import { describeFused } from './fused.ts';
import { expectClose } from './values.ts';

async function resultsOf(target: string, numThreads: number): Promise<Float32Array[]> {
  const lines = await runScript('tests/models/fused/eachTarget.ts', target, String(numThreads));
  return lines
    .trim()
    .split('\n')
    .map((line) => new Float32Array(Uint8Array.from(Buffer.from(line, 'base64')).buffer));
}

describeFused('an instruction set', () => {
  test.each(['avx2', 'baseline'])('%s gives what the best one gives, to rounding', async (target) => {
    const [best, results] = await Promise.all([resultsOf('best', 2), resultsOf(target, 2)]);
    for (const [index, result] of results.entries()) expectClose(result, best[index] as Float32Array);
  });

  test('gives the same bits on one thread and on three', async () => {
    const [one, three] = await Promise.all([resultsOf('best', 1), resultsOf('best', 3)]);
    expect(one.length).toBe(7);
    expect(one).toEqual(three);
  });
});
