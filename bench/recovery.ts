/**
 * From kill -9 to the next step: of the trainer's process, and of the train worker's, which takes its trainer with it. A whole
 * system (Temporal server, workers) trains the encoder of `nano` on a small lake. `recovery 2`: rounds of each.
 */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type LiveSystem, until } from '../tests/integration/liveSystem.ts';
import { startTrainableSystem, trainInputOf } from '../tests/integration/trainableSystem.ts';
import { median } from './lib/spread.ts';

const DEFAULT_NUM_ROUNDS = 6;
/** The supervisor's pauses grow with workers that died young: kills that it does not take for a defect are rarer. */
const WORKER_LIVES_MS = 61_000;
/** Between two kills, so that there is something to go on from. */
const TRAINS_FOR_MS = 5_000;
const TIMEOUT_MS = 120_000;
const CHANGES: readonly string[] = [
  'mp2.numSteps=1000000',
  ...['decoder.numWeeks=8', 'sumWeeks=3', 'split.embargoDays=0', 'split.validationShare=0.25', 'split.testShare=0.25'],
];

interface Event {
  readonly atMs: number;
  readonly message: string;
  /** Of the process that it is about. */
  readonly pid: number;
}

/** Seconds from the kill. */
type Marks = Readonly<Record<string, number>>;

async function eventsOf(live: LiveSystem, file: string, fromMs: number): Promise<Event[]> {
  const text = await readFile(path.join(live.home.logsDir, file), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Event => {
      const { at, message, pid } = JSON.parse(line);
      return { atMs: Date.parse(at), message, pid };
    })
    .filter(({ atMs }) => atMs >= fromMs);
}

/** Kills it, and waits for the next step. */
async function recovered(live: LiveSystem, pid: number): Promise<Marks> {
  const killedMs = Date.now();
  process.kill(pid, 'SIGKILL');
  const secondsUntil = async (file: string, message: string): Promise<number | undefined> => {
    const event = (await eventsOf(live, file, killedMs)).find((own) => own.message === message);
    return event && (event.atMs - killedMs) / 1000;
  };
  let step: number | undefined;
  await until(
    async () => {
      step = await secondsUntil('trainer.log', 'trainer made its first step');
      return step !== undefined;
    },
    'it goes on',
    TIMEOUT_MS,
  );
  const worker = await secondsUntil('train.log', 'worker ready');
  return {
    ...(worker === undefined ? {} : { 'a new worker is ready': worker }),
    'a new trainer is started': (await secondsUntil('trainer.log', 'trainer started')) ?? Number.NaN,
    'it has TensorFlow, data and checkpoint': (await secondsUntil('trainer.log', 'trainer goes on')) ?? Number.NaN,
    'it has compiled and made the next step': step ?? Number.NaN,
  };
}

async function trainerPid(live: LiveSystem): Promise<number> {
  const started = (await eventsOf(live, 'trainer.log', 0)).filter(({ message }) => message === 'trainer started');
  return started.at(-1)?.pid ?? Number.NaN;
}

function print(what: string, rounds: readonly Marks[]): void {
  console.log(`\nkill -9 of ${what}, ${rounds.length} times; seconds from the kill until, median and worst:`);
  for (const mark of Object.keys(rounds[0] ?? {})) {
    const seconds = rounds.map((round) => round[mark] ?? Number.NaN);
    console.log(
      `  ${mark.padEnd(42)} ${median(seconds).toFixed(1).padStart(5)} ${Math.max(...seconds)
        .toFixed(1)
        .padStart(5)}`,
    );
  }
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const numRounds = Number(process.argv[2] ?? DEFAULT_NUM_ROUNDS);
const load = (): string => `load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} processors`;
console.log(load());
const live = await startTrainableSystem();
try {
  await live.control.startTrain(await trainInputOf(live, 1, CHANGES, []));
  const isTraining = async (): Promise<boolean> =>
    (await eventsOf(live, 'trainer.log', 0).catch(() => [])).some(({ message }) => message.endsWith('first step'));
  await until(isTraining, 'it trains', TIMEOUT_MS);
  const [ofTrainer, ofWorker]: [Marks[], Marks[]] = [[], []];
  let workerUpMs = performance.now();
  for (let round = 0; round < numRounds; round++) {
    await wait(TRAINS_FOR_MS);
    ofTrainer.push(await recovered(live, await trainerPid(live)));
    await wait(Math.max(TRAINS_FOR_MS, workerUpMs + WORKER_LIVES_MS - performance.now()));
    ofWorker.push(await recovered(live, live.system.trainWorkerPid ?? Number.NaN));
    workerUpMs = performance.now();
  }
  print('the trainer', ofTrainer);
  print('the train worker', ofWorker);
  console.log(
    `\nA trainer's death is seen at once and waited out for a second; a worker's is seen when its heartbeats are missed for 4 s. ${load()}`,
  );
} finally {
  await live.remove();
}
