/** What an attempt at a stage leaves for those who watch: its events, and where it is now. */
import { hostname } from 'node:os';
import { isChartlifeError } from '../../contracts/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { openCheckpointStore, readCheckpointName } from './checkpoints.ts';
import { isStart, openEventsFile, type RunEvent, type RunEventKind, readEvents } from './eventsFile.ts';
import type { LeaseNumber } from './lease.ts';
import { openNowFile } from './nowFile.ts';
import { checkpointsDirOf } from './runPaths.ts';
import type { TrainerJob, TrainerMessage } from './trainerMessages.ts';

export interface Diary {
  /** The trainer's process is there. */
  spawned(pid: number | null): void;
  heard(message: TrainerMessage): void;
  /** Waits for the trainer's last message and writes how the attempt ended. */
  through(ended: Promise<TrainerMessage>): Promise<TrainerMessage>;
}

export interface DiaryJob extends Pick<TrainerJob, 'runDir' | 'stage' | 'recipe'> {
  readonly task: RunEvent['task'];
  readonly lease: LeaseNumber;
}

/** Its lines fail silently but for the log: no run ends because nobody can watch it. */
export async function openDiary({ runDir, stage, task, lease, recipe }: DiaryJob, logger: Logger): Promise<Diary> {
  const before = await readEvents(runDir);
  const events = await openEventsFile(runDir);
  const now = openNowFile(runDir);
  const isAgain = before.some((event) => isStart(event) && event.stage === stage && event.task === task);
  let step = task === 'train' ? await newestStep(runDir, stage) : 0;
  let pid: number | null = null;
  const add = (kind: RunEventKind, text?: string, ofStep = step): void => {
    const event: RunEvent = {
      at: new Date().toISOString(),
      ...{ kind, stage, task, step: ofStep, attempt: lease },
      ...(pid === null ? {} : { pid }),
      host: hostname(),
      ...(text === undefined ? {} : { text }),
    };
    try {
      events.add(event);
    } catch (error) {
      logger.log('warn', 'an event of a run could not be written', { kind, error: String(error) });
    }
  };
  return {
    spawned(trainerPid) {
      pid = trainerPid;
      add(isAgain ? 'resumed' : 'started');
    },
    heard(message) {
      if (message.type === 'start') step = message.step;
      if (message.type === 'step') {
        step = message.step + 1;
        const { loss, memoryBytes } = message;
        now.show({ stage, attempt: lease, step, numSteps: recipe[stage].numSteps, loss, memoryBytes });
      }
      if (message.type === 'checkpoint') add('checkpoint', undefined, message.step);
      if (message.type === 'warning') add('warning', message.message);
    },
    async through(ended) {
      try {
        const last = await ended;
        if (last.type === 'result') step = last.result.numSteps;
        add(last.type === 'result' ? last.result.outcome : 'done');
        return last;
      } catch (error) {
        add(wasKilled(error) ? 'lost' : 'failed', error instanceof Error ? error.message : String(error));
        throw error;
      } finally {
        await now.settle();
      }
    },
  };
}

/** Whoever was taken for dead and woke is as good as killed: another has gone on. */
function wasKilled(error: unknown): boolean {
  return isChartlifeError(error) && (error.type === 'TrainerLost' || error.type === 'LeaseLost');
}

async function newestStep(runDir: string, stage: string): Promise<number> {
  const names = await openCheckpointStore(checkpointsDirOf(runDir)).list();
  return names.reduce((newest, name) => {
    const checkpoint = readCheckpointName(name);
    return checkpoint.stage === stage ? Math.max(newest, checkpoint.step) : newest;
  }, 0);
}
