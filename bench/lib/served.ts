/** A contestant in a process of its own: asked `step N`, it answers wall seconds, CPU seconds and peak memory in MB. */
import type { LinePeer } from './linePeer.ts';
import type { Contestant } from './rounds.ts';

/** The side that works. */
export async function answerTimes(questions: AsyncIterable<string>, work: () => unknown): Promise<void> {
  for await (const question of questions) {
    const numTimes = Number(question.split(' ')[1]);
    const startCpu = process.cpuUsage();
    const startMs = performance.now();
    for (let time = 0; time < numTimes; time++) await work();
    const wall = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(startCpu);
    console.log(wall, (user + system) / 1e6, process.resourceUsage().maxRSS / 1024);
  }
}

/** The side that asks. */
export function askTimes(peer: LinePeer, onPeak: (peakMb: number) => void): Contestant {
  return async (numTimes) => {
    const [wall = Number.NaN, cpu = Number.NaN, peakMb = Number.NaN] = (await peer.ask(`step ${numTimes}`))
      .split(' ')
      .map(Number);
    onPeak(peakMb);
    return { wall, cpu };
  };
}
