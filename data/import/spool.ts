/**
 * A CSV file that this process writes and DuckDB reads: sound records with the file and line they come from in front.
 * Whatever the original looks like, its dialect is always the same, so DuckDB has nothing to guess and nothing to reject.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { ChartlifeError } from '../../contracts/errors.ts';
import { systemErrorCode } from '../../runtime/files.ts';
import { MAX_RECORD_BYTES, quoteField } from './csvScanner.ts';

/** Holds the longest record, even where each of its bytes became three. */
const BUFFER_BYTES = 4 * MAX_RECORD_BYTES;
const LINE_FEED = 0x0a;
const DIGIT_ZERO = 0x30;
/** Enough for two numbers with their delimiters and a line end. */
const MARGIN_BYTES = 64;

export class Spool {
  readonly path: string;
  readonly #file: number;
  readonly #delimiter: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #encoder = new TextEncoder();
  #used = 0;
  #numBytes = 0;
  #numRecords = 0;
  #isClosed = false;

  constructor(filePath: string, delimiter: string) {
    this.path = filePath;
    this.#delimiter = delimiter.charCodeAt(0);
    this.#file = openSync(filePath, 'w');
  }

  /** Bytes of the records so far. */
  get numBytes(): number {
    return this.#numBytes + this.#used;
  }

  get numRecords(): number {
    return this.#numRecords;
  }

  /** A record as it stands in the original. */
  addBytes(fileIndex: number, line: number, bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start + MARGIN_BYTES);
    this.#addNumber(fileIndex);
    this.#addNumber(line);
    this.#buffer.set(bytes.subarray(start, end), this.#used);
    this.#used += end - start;
    this.#buffer[this.#used++] = LINE_FEED;
    this.#numRecords += 1;
  }

  /** A record of these fields, each quoted. */
  addFields(fileIndex: number, line: number, fields: readonly string[]): void {
    const bytes = this.#encoder.encode(fields.map(quoteField).join(String.fromCharCode(this.#delimiter)));
    this.addBytes(fileIndex, line, bytes, 0, bytes.length);
  }

  /** Writes out what is held back and closes the file. Safe to call twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#flush();
    } finally {
      closeSync(this.#file);
    }
  }

  #addNumber(value: number): void {
    let divisor = 1;
    while (value / divisor >= 10) divisor *= 10;
    for (let rest = value; divisor >= 1; divisor /= 10) {
      const digit = Math.floor(rest / divisor);
      this.#buffer[this.#used++] = DIGIT_ZERO + digit;
      rest -= digit * divisor;
    }
    this.#buffer[this.#used++] = this.#delimiter;
  }

  #reserve(numBytes: number): void {
    if (this.#used + numBytes > this.#buffer.length) this.#flush();
  }

  #flush(): void {
    this.#write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at, bytes.length - at);
      this.#numBytes += bytes.length;
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOSPC') throw error;
      throw new ChartlifeError('DiskFull', `no room left to write ${this.path}`, {
        next: 'Free some space on that disk and import again; nothing was imported.',
        details: { path: this.path },
        cause: error,
      });
    }
  }
}
