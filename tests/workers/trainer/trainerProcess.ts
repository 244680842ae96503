/** The trainer's process, from the sources as they are: started, watched, killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TrainerMessage } from '../../../workers/trainer/trainerMessages.ts';

export interface Trainer {
  readonly process: ChildProcess;
  readonly messages: TrainerMessage[];
  /** Resolves at the first message that fits. */
  said(fits: (message: TrainerMessage) => boolean): Promise<TrainerMessage>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** @param file the built process */
export function startTrainer(file: string, jobPath: string): Trainer {
  const child = spawn(process.execPath, [file, jobPath], { stdio: ['pipe', 'pipe', 'ignore'] });
  const messages: TrainerMessage[] = [];
  const waiting: {
    readonly fits: (message: TrainerMessage) => boolean;
    readonly resolve: (message: TrainerMessage) => void;
  }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message: TrainerMessage = JSON.parse(line);
    messages.push(message);
    for (const { fits, resolve } of waiting) if (fits(message)) resolve(message);
  });
  return {
    process: child,
    messages,
    said: (fits) =>
      new Promise((resolve) => {
        const known = messages.find(fits);
        if (known !== undefined) resolve(known);
        else waiting.push({ fits, resolve });
      }),
    ended: new Promise((resolve) => {
      child.on('close', (code, signal) => resolve({ code, signal }));
    }),
  };
}
