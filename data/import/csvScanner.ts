/**
 * Finds the records of a CSV file in blocks of bytes: RFC 4180 quoting, LF, CRLF or CR, an optional byte order mark.
 *
 * It decides only where records begin and end and whether they are sound; DuckDB reads the sound ones. A record that is
 * not sound costs one line of the file: scanning goes on at the next line, so that a stray quote can't swallow what
 * follows it. Two things that RFC 4180 forbids and programs write all the same are let pass: a quote inside an unquoted
 * field (`12" Mix`), which stands for itself, and a lone CR as a line end.
 */
import { isUtf8 } from 'node:buffer';
import type { RejectReason } from '../../contracts/imports.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const NO_BYTES = new Uint8Array(0);
/** No record of a chart is longer: beyond it a quote was never closed. Bounds the memory of a scan. */
export const MAX_RECORD_BYTES = 1 << 20;

export type MalformedReason = Extract<RejectReason, 'bad-encoding' | 'bad-quoting' | 'wrong-column-count'>;

export interface CsvSink {
  /**
   * A sound record. Its bytes are `bytes[start, end)`, without the line end, and valid only during the call.
   * `line` is the line it starts on, from 1. `isStandard` is false where a quote stands in an unquoted field.
   */
  record(bytes: Uint8Array, start: number, end: number, line: number, isStandard: boolean): void;
  /** One line that is no sound record; with the columns counted where their number is what is wrong. */
  malformed(
    reason: MalformedReason,
    bytes: Uint8Array,
    start: number,
    end: number,
    line: number,
    numColumns: number | null,
  ): void;
}

export interface CsvScannerOptions {
  /** One ASCII byte. */
  readonly delimiter: number;
  /** Records to pass over before the first row. */
  readonly numHeaderRecords: number;
  /** Columns a record must have; null: any number. */
  readonly numColumns: number | null;
}

/** `more`: the record goes on beyond the bytes. `bad`: its quotes don't fit. */
type Ending = 'found' | 'more' | 'bad';

export class CsvScanner {
  readonly #options: CsvScannerOptions;
  readonly #sink: CsvSink;
  /** What is not scanned yet: the tail of the block before. */
  #rest: Uint8Array = NO_BYTES;
  #line = 1;
  #numHeaderRecordsLeft: number;
  #isAtStart = true;
  /** Inside a line that is too long to be kept: everything up to its end is passed over. */
  #isInOverlongLine = false;

  // What the last #scanRecord found.
  #contentEnd = 0;
  #next = 0;
  #numColumns = 0;
  #numLineEnds = 0;
  #isStandard = true;

  constructor(options: CsvScannerOptions, sink: CsvSink) {
    this.#options = options;
    this.#sink = sink;
    this.#numHeaderRecordsLeft = options.numHeaderRecords;
  }

  push(block: Uint8Array): void {
    this.#scan(this.#rest.length === 0 ? block : joinBytes([this.#rest, block]), false);
  }

  /** To be called once, after the last block. */
  end(): void {
    this.#scan(this.#rest, true);
  }

  #scan(bytes: Uint8Array, isLast: boolean): void {
    let start = 0;
    if (this.#isAtStart) {
      if (bytes.length < BYTE_ORDER_MARK.length && !isLast) {
        this.#rest = bytes;
        return;
      }
      if (BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte)) start = BYTE_ORDER_MARK.length;
      this.#isAtStart = false;
    }
    // A newline is never part of a longer character: up to the last one the bytes can be judged on their own.
    const judgedEnd = isLast ? bytes.length : bytes.lastIndexOf(LINE_FEED) + 1;
    const judged = bytes.subarray(start, judgedEnd);
    const isText = judgedEnd > start && isUtf8(judged) && !judged.includes(0);
    while (start < bytes.length) {
      if (this.#isInOverlongLine) {
        const lineEnd = this.#endOfLine(bytes, start, isLast);
        start = this.#next;
        if (lineEnd !== null) this.#leaveLine();
        continue;
      }
      const ending = this.#scanRecord(bytes, start, isLast);
      const mayWait = bytes.length - start <= MAX_RECORD_BYTES;
      // A line is put aside whole: its end must be in sight, unless it is too long to be kept.
      const isWholeLine = ending !== 'bad' || this.#endOfLine(bytes, start, isLast) !== null;
      if (mayWait && (ending === 'more' || !isWholeLine)) break;
      if (ending === 'found' && this.#contentEnd - start <= MAX_RECORD_BYTES) {
        start = this.#takeRecord(bytes, start, isText && this.#next <= judgedEnd);
      } else {
        start = this.#giveUpLine('bad-quoting', bytes, start, isLast, null);
      }
    }
    // A copy: the block may be reused by whoever pushed it.
    this.#rest = bytes.slice(start);
  }

  /** Hands over the record that #scanRecord found; the place after it. */
  #takeRecord(bytes: Uint8Array, start: number, isText: boolean): number {
    const end = this.#contentEnd;
    const next = this.#next;
    const line = this.#line;
    if (end === start) {
      // Blank lines carry nothing: exports end with them.
      this.#line += this.#numLineEnds;
      return next;
    }
    if (this.#numHeaderRecordsLeft > 0) {
      this.#numHeaderRecordsLeft -= 1;
      this.#line += this.#numLineEnds;
      return next;
    }
    const { numColumns } = this.#options;
    if (numColumns !== null && this.#numColumns !== numColumns) {
      return this.#giveUpLine('wrong-column-count', bytes, start, true, this.#numColumns);
    }
    if (!isText && !isCleanText(bytes.subarray(start, end))) {
      return this.#giveUpLine('bad-encoding', bytes, start, true, null);
    }
    this.#line += this.#numLineEnds;
    this.#sink.record(bytes, start, end, line, this.#isStandard);
    return next;
  }

  /** Puts one line aside, at most as long as the longest record; the place after it. */
  #giveUpLine(
    reason: MalformedReason,
    bytes: Uint8Array,
    start: number,
    isLast: boolean,
    numColumns: number | null,
  ): number {
    const lineEnd = this.#endOfLine(bytes, start, isLast);
    const end = lineEnd ?? Math.min(bytes.length, start + MAX_RECORD_BYTES);
    this.#sink.malformed(reason, bytes, start, end, this.#line, numColumns);
    if (lineEnd === null) this.#isInOverlongLine = true;
    else this.#leaveLine();
    return this.#next;
  }

  #leaveLine(): void {
    this.#isInOverlongLine = false;
    this.#line += 1;
    this.#numHeaderRecordsLeft = Math.max(0, this.#numHeaderRecordsLeft - 1);
  }

  /** Where the line ends; null if it goes on beyond the bytes. Sets the place after it. */
  #endOfLine(bytes: Uint8Array, start: number, isLast: boolean): number | null {
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) continue;
      if (byte === CARRIAGE_RETURN && at + 1 === bytes.length && !isLast) break;
      this.#next = byte === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED ? at + 2 : at + 1;
      return at;
    }
    this.#next = bytes.length;
    return isLast ? bytes.length : null;
  }

  /** Runs over one record and notes what it found. */
  #scanRecord(bytes: Uint8Array, start: number, isLast: boolean): Ending {
    const { delimiter } = this.#options;
    const limit = bytes.length;
    let at = start;
    let numColumns = 1;
    let numLineEnds = 0;
    let isStandard = true;
    for (;;) {
      if (at < limit && bytes[at] === QUOTE) {
        at += 1;
        for (;;) {
          let byte = 0;
          while (at < limit) {
            byte = bytes[at]!;
            if (byte === QUOTE) break;
            if (byte === LINE_FEED || (byte === CARRIAGE_RETURN && bytes[at + 1] !== LINE_FEED)) numLineEnds += 1;
            at += 1;
          }
          if (at >= limit) return isLast ? 'bad' : 'more';
          if (bytes[at + 1] !== QUOTE) break;
          at += 2;
        }
        at += 1;
        // A quote at the very end of the bytes closes the field or is the first of a pair: only more bytes can tell.
        if (at >= limit && !isLast) return 'more';
      } else {
        while (at < limit) {
          const byte = bytes[at]!;
          if (byte === delimiter || byte === LINE_FEED || byte === CARRIAGE_RETURN) break;
          if (byte === QUOTE) isStandard = false;
          at += 1;
        }
      }
      if (at >= limit && !isLast) return 'more';
      const byte = at < limit ? bytes[at] : LINE_FEED;
      if (byte === delimiter) {
        at += 1;
        numColumns += 1;
        continue;
      }
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) return 'bad';
      if (byte === CARRIAGE_RETURN && at + 1 >= limit && !isLast) return 'more';
      this.#contentEnd = at;
      this.#next = Math.min(limit, byte === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED ? at + 2 : at + 1);
      this.#numColumns = numColumns;
      this.#numLineEnds = numLineEnds + 1;
      this.#isStandard = isStandard;
      return 'found';
    }
  }
}

function isCleanText(bytes: Uint8Array): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}

/** Bytes that are no UTF-8 become U+FFFD; a byte order mark is text like any other. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of `bytes[start, end)`. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((numBytes, part) => numBytes + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The fields of one sound record, as text. */
export function splitRecord(bytes: Uint8Array, start: number, end: number, delimiter: number): string[] {
  const fields: string[] = [];
  let at = start;
  for (;;) {
    let fieldEnd: number;
    if (at < end && bytes[at] === QUOTE) {
      let closing = at + 1;
      while (closing < end && (bytes[closing] !== QUOTE || bytes[closing + 1] === QUOTE)) {
        closing += bytes[closing] === QUOTE ? 2 : 1;
      }
      fields.push(decodeText(bytes, at + 1, Math.min(closing, end)).replaceAll('""', '"'));
      fieldEnd = closing + 1;
    } else {
      fieldEnd = at;
      while (fieldEnd < end && bytes[fieldEnd] !== delimiter) fieldEnd += 1;
      fields.push(decodeText(bytes, at, fieldEnd));
    }
    if (fieldEnd >= end) return fields;
    at = fieldEnd + 1;
  }
}

/** A field that any RFC 4180 reader takes back as the same text. */
export function quoteField(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
