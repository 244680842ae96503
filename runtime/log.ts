/**
 * A process's log: one JSON object a line, in a file of the home. The terminal is for results and progress; what
 * libraries have to say (Temporal's logger above all) goes here.
 */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { ChartlifeError } from '../contracts/errors.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line has of its own can't be a field: it would take its place. `pid` can: of the process that a line is about. */
export type LogFields = Readonly<Record<string, unknown>> & {
  readonly [own in 'at' | 'level' | 'message']?: never;
};

export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void;
}

export interface LogFile extends Logger {
  readonly path: string;
  close(): void;
}

export interface LogFileOptions {
  /** Lines below this level are dropped. Default `info`. */
  readonly minLevel?: LogLevel;
  /** A file larger than this becomes `NAME.1`, in place of the one before. Default 16 MiB. */
  readonly maxBytes?: number;
  readonly now?: () => Date;
}

/** How often a process that logs looks at the size of its file. */
const CHECK_EVERY_BYTES = 256 * 1024;

/** A log that keeps nothing. */
export const SILENT_LOGGER: Logger = { log: () => undefined };

/**
 * Opens a log file for appending and makes its folder. Several processes may append to one file: each line is one
 * write.
 */
export function openLogFile(filePath: string, options: LogFileOptions = {}): LogFile {
  const { minLevel = 'info', maxBytes = 16 * 1024 * 1024, now = () => new Date() } = options;
  mkdirSync(path.dirname(filePath), { recursive: true });
  let file = openSync(filePath, 'a');
  let isOpen = true;
  let numBytesUnchecked = 0;
  /** Puts a file that is full aside; if another process that writes to it did so, goes over to the new one. */
  const turnOver = (): void => {
    numBytesUnchecked = 0;
    const { size, ino } = fstatSync(file);
    const isOurs = statSync(filePath, { throwIfNoEntry: false })?.ino === ino;
    if (isOurs && size <= maxBytes) return;
    if (isOurs) renameSync(filePath, `${filePath}.1`);
    closeSync(file);
    file = openSync(filePath, 'a');
  };
  turnOver();
  return {
    path: filePath,
    log(level, message, fields = {}) {
      if (!isOpen || LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(minLevel)) return;
      const entry = { at: now().toISOString(), level, pid: process.pid, message, ...plainFields(fields) };
      try {
        if (numBytesUnchecked > Math.min(maxBytes, CHECK_EVERY_BYTES)) turnOver();
        numBytesUnchecked += writeSync(file, `${JSON.stringify(entry, bigintAsText)}\n`);
      } catch {
        // A full disk must not stop the work that logs: the work itself will meet it and say so.
      }
    },
    close() {
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}

function plainFields(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? describeError(value) : value]),
  );
}

/** An error with its causes as plain values. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    name: error.name,
    message: error.message,
    ...(error instanceof ChartlifeError ? { type: error.type, next: error.next, details: error.details } : {}),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
