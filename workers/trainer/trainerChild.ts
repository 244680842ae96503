/** The trainer's process as a child: started, listened to, stopped well, and ended where it makes no step for long. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ChartlifeError } from '../../contracts/errors.ts';
import { fromSentError } from '../../contracts/sentError.ts';
import type { Logger } from '../../runtime/log.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import type { TrainerMessage } from './trainerMessages.ts';

const BUILT_TRAINER_PATH = path.join(PROJECT_ROOT, 'dist', 'workers', 'trainer', 'trainer.js');
/** No message for so long is no progress: the longest step of the largest recipe takes a minute on two cores. */
const STALLED_AFTER_MS = 15 * 60_000;
/** Asked to stop, it has so long for its step and its checkpoint. */
const STOP_WITHIN_MS = 60_000;
/** What TensorFlow's libraries write before their own settings are read: of no use to anybody. */
const NOISE = /^(WARNING: All log messages before absl|[IW]0{4} |\s*$)/;
const MAX_STDERR_LINES = 20;

export interface TrainerChildOptions {
  readonly jobPath: string;
  readonly logger: Logger;
  /** Once, before any message. */
  readonly onSpawn?: (pid: number | null) => void;
  readonly onMessage: (message: TrainerMessage) => void;
  /** Aborted: the trainer writes a checkpoint and ends. */
  readonly signal: AbortSignal;
  /** Another build of trainer.ts; tests make their own. */
  readonly trainerPath?: string;
}

/**
 * @returns its last message: `result`, `evaluated` or `forecasted`
 * @throws ChartlifeError of the type that it ended with; TrainerLost where it ended without a word, or made no step
 */
export async function runTrainer(options: TrainerChildOptions): Promise<TrainerMessage> {
  const { jobPath, logger, onSpawn, onMessage, signal, trainerPath = BUILT_TRAINER_PATH } = options;
  const child = spawn(process.execPath, [trainerPath, jobPath], { stdio: ['pipe', 'pipe', 'pipe'] });
  logger.log('info', 'trainer started', { pid: child.pid ?? null, job: jobPath });
  onSpawn?.(child.pid ?? null);
  let last: TrainerMessage | null = null;
  let hasStepped = false;
  const complaints: string[] = [];
  const stopTimers: NodeJS.Timeout[] = [];
  let stalled: NodeJS.Timeout | undefined;
  const expectProgress = (): void => {
    clearTimeout(stalled);
    stalled = setTimeout(() => child.kill('SIGKILL'), STALLED_AFTER_MS);
  };
  const stop = (): void => {
    child.kill('SIGTERM');
    stopTimers.push(setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS));
  };
  expectProgress();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  createInterface({ input: child.stdout }).on('line', (line) => {
    expectProgress();
    const message = messageOf(line);
    if (message === null) {
      logger.log('warn', 'trainer', { line });
      return;
    }
    last = message;
    // What a resumption took is to be seen in the log.
    if (message.type === 'start') logger.log('info', 'trainer goes on', { pid: child.pid ?? null, step: message.step });
    if (message.type === 'step' && !hasStepped) {
      hasStepped = true;
      logger.log('info', 'trainer made its first step', { pid: child.pid ?? null, step: message.step });
    }
    onMessage(message);
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (NOISE.test(line)) return;
    logger.log('warn', 'trainer', { line });
    complaints.push(line);
    if (complaints.length > MAX_STDERR_LINES) complaints.shift();
  });
  const end = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, killedBy) => resolve(killedBy === null ? `exit code ${code}` : `signal ${killedBy}`));
  });
  clearTimeout(stalled);
  for (const timer of stopTimers) clearTimeout(timer);
  signal.removeEventListener('abort', stop);
  logger.log('info', 'trainer ended', { pid: child.pid ?? null, end });
  const said = last as TrainerMessage | null;
  if (said?.type === 'error') {
    // Whoever asked may have gone on without it: then nobody but the log hears why.
    logger.log('warn', 'trainer failed', { type: said.error.type, why: said.error.message });
    throw fromSentError(said.error);
  }
  if (said?.type === 'result' || said?.type === 'evaluated' || said?.type === 'forecasted') return said;
  throw new ChartlifeError(
    'TrainerLost',
    `the trainer ended with ${end}${complaints.length === 0 ? '' : `: ${complaints.at(-1)}`}`,
    {
      next: 'It goes on from its last checkpoint; the log of the train worker has more.',
      details: { end, job: jobPath },
    },
  );
}

/** null for what TensorFlow's libraries write to the same place, and for a line that a dying process left unfinished. */
function messageOf(line: string): TrainerMessage | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'type' in value ? (value as TrainerMessage) : null;
  } catch {
    return null;
  }
}
