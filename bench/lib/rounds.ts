/** Contestants in turn: what slows the machine down meets all of them, and ratios are taken within a round. */
import { median } from './spread.ts';

/** Does the work some times. @returns seconds for all of it, by the wall and of all processors */
export type Contestant = (numTimes: number) => Promise<Seconds>;

export interface Seconds {
  readonly wall: number;
  readonly cpu: number;
}

/** Per contestant the rounds' times, each for one piece of work. */
export async function inTurn(
  contestants: Readonly<Record<string, Contestant>>,
  numRounds: number,
  timesPerRound: number,
): Promise<Map<string, Seconds[]>> {
  const times = new Map(Object.keys(contestants).map((name): [string, Seconds[]] => [name, []]));
  for (const contestant of Object.values(contestants)) await contestant(timesPerRound);
  for (let round = 0; round < numRounds; round++) {
    // Each goes first once in a while: the one after a heavy neighbour finds other caches.
    const order = Object.entries(contestants);
    const turned = [...order.slice(round % order.length), ...order.slice(0, round % order.length)];
    for (const [name, contestant] of turned) {
      const { wall, cpu } = await contestant(timesPerRound);
      times.get(name)?.push({ wall: wall / timesPerRound, cpu: cpu / timesPerRound });
    }
  }
  return times;
}

/** Times work in this process; helper threads that compile and collect garbage are in the processors' time. */
export function ours(work: () => unknown): Contestant {
  return async (numTimes) => {
    const startCpu = process.cpuUsage();
    const startMs = performance.now();
    for (let time = 0; time < numTimes; time++) await work();
    const wall = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(startCpu);
    return { wall, cpu: (user + system) / 1e6 };
  };
}

/** Ours over theirs, round by round. */
export function ratios(ourRounds: readonly Seconds[], theirRounds: readonly Seconds[], of: keyof Seconds): number[] {
  return ourRounds.map((seconds, round) => seconds[of] / (theirRounds[round]?.[of] ?? Number.NaN));
}

export function medianMs(rounds: readonly Seconds[], of: keyof Seconds): string {
  return (1000 * median(rounds.map((seconds) => seconds[of]))).toFixed(2);
}
