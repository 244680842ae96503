/** The effects of a real process. */

import { setTimeout as sleepFor } from 'node:timers/promises';
import type { WriteStream } from 'node:tty';
import { systemErrorCode } from '../runtime/files.ts';
import { type Clock, type Effects, Interrupted, type Interruption, type Output, OutputClosed } from './effects.ts';
import { EXIT_INTERRUPTED } from './exitCodes.ts';

/** Where nothing says how wide the reader's window is. */
const DEFAULT_COLUMNS = 80;
/** Below this nothing can be laid out: lines wrap instead. */
const MIN_COLUMNS = 40;

export function createProcessEffects(): Effects {
  return {
    stdout: createOutput(process.stdout),
    stderr: createOutput(process.stderr),
    readStdin: readAllOfStdin,
    stdinIsTerminal: process.stdin.isTTY === true,
    env: process.env,
    cwd: process.cwd(),
    clock: createClock(),
    interruption: createInterruption(),
  };
}

function createOutput(stream: WriteStream): Output {
  let isClosed = false;
  // Without a listener a broken pipe would end the process with a stack trace. Other errors reach whoever wrote.
  stream.on('error', (error) => {
    if (isPipeClosed(error)) isClosed = true;
  });
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? Math.max(MIN_COLUMNS, stream.columns ?? DEFAULT_COLUMNS) : DEFAULT_COLUMNS;
    },
    write: (chunk) =>
      new Promise((resolve, reject) => {
        if (isClosed) {
          reject(new OutputClosed('nobody reads this output any more'));
          return;
        }
        stream.write(chunk, (error) => {
          if (error === null || error === undefined) resolve();
          else reject(isPipeClosed(error) ? new OutputClosed('nobody reads this output any more') : error);
        });
      }),
  };
}

function isPipeClosed(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
}

async function readAllOfStdin(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let numBytes = 0;
  for await (const chunk of process.stdin) {
    const bytes = chunk as Uint8Array;
    chunks.push(bytes);
    numBytes += bytes.length;
  }
  const all = new Uint8Array(numBytes);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

function createClock(): Clock {
  return {
    now: () => new Date(),
    monotonicMs: () => performance.now(),
    every(intervalMs, callback) {
      const timer = setInterval(callback, intervalMs);
      timer.unref();
      return () => clearInterval(timer);
    },
    async sleep(durationMs, signal) {
      try {
        await sleepFor(durationMs, undefined, signal === undefined ? {} : { signal });
      } catch (error) {
        throw signal?.aborted ? new Interrupted('interrupted while waiting') : error;
      }
    },
  };
}

function createInterruption(): Interruption {
  const controller = new AbortController();
  let isDraining = false;
  const onSignal = (): void => {
    if (isDraining && !controller.signal.aborted) {
      controller.abort();
      return;
    }
    if (process.stderr.isTTY) process.stderr.write('\n');
    process.exit(EXIT_INTERRUPTED);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return {
    signal: controller.signal,
    drainsItself() {
      isDraining = true;
    },
  };
}
