/**
 * Progress of one long piece of work: a bar that redraws itself on a terminal, plain lines at intervals elsewhere.
 *
 * Short work shows nothing. The rate is that of the last seconds, so the time left follows a change of pace.
 */

/** Where progress is shown. */
export interface ProgressSink {
  write(text: string): void;
  /** On a terminal the bar redraws one line; elsewhere every line stays. */
  readonly isTerminal: boolean;
  /** Width in characters; read at each drawing, since a terminal can be resized. */
  readonly columns: number;
}

/** Time, passed in so that tests need not wait. */
export interface ProgressClock {
  /** Milliseconds from any fixed point; never goes back. */
  monotonicMs(): number;
  /** Calls back at an interval until the returned function is called. Must not keep the process alive. */
  every(intervalMs: number, callback: () => void): () => void;
}

export interface ProgressOptions {
  /** What is being done, such as `import`. */
  readonly label: string;
  /** What is counted, in the plural, such as `rows`. */
  readonly unit: string;
  /** How many there will be; null if nobody knows. */
  readonly total: number | null;
  readonly sink: ProgressSink;
  readonly clock: ProgressClock;
}

/** How long work may take before it shows itself. */
const SHOW_AFTER_MS = { terminal: 300, plain: 2_000 } as const;
const REDRAW_EVERY_MS = 120;
const PLAIN_LINE_EVERY_MS = 5_000;
/** The stretch of time whose pace is the rate. */
const RATE_WINDOW_MS = 10_000;
const BAR_WIDTH = 20;
const CLEAR_LINE = '\r\x1b[2K';

interface Sample {
  readonly atMs: number;
  readonly done: number;
}

export class Progress {
  readonly #options: ProgressOptions;
  readonly #startedMs: number;
  readonly #stopTimer: () => void;
  #label: string;
  #unit: string;
  #phaseStartedMs: number;
  #samples: Sample[];
  #done = 0;
  #total: number | null;
  #note = '';
  #lastShownMs: number;
  #isLineOpen = false;
  #isFinished = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#label = options.label;
    this.#unit = options.unit;
    this.#total = options.total;
    this.#startedMs = options.clock.monotonicMs();
    this.#lastShownMs = this.#startedMs;
    this.#phaseStartedMs = this.#startedMs;
    this.#samples = [{ atMs: this.#startedMs, done: 0 }];
    this.#stopTimer = options.clock.every(REDRAW_EVERY_MS, () => this.#tick());
  }

  /** Sets how much is done, of how much if that is known only now, and a word on what is under way. */
  update(done: number, note?: string, total?: number | null): void {
    this.#done = done;
    if (note !== undefined) this.#note = note;
    if (total !== undefined) this.#total = total;
    const nowMs = this.#options.clock.monotonicMs();
    this.#samples.push({ atMs: nowMs, done });
    this.#dropOldSamples(nowMs);
  }

  /** The next part of the same work: counts from 0 under another label, with a pace of its own. */
  nextPhase(label: string, unit: string, total: number | null): void {
    this.#label = label;
    this.#unit = unit;
    this.#total = total;
    this.#done = 0;
    this.#note = '';
    this.#phaseStartedMs = this.#options.clock.monotonicMs();
    this.#samples = [{ atMs: this.#phaseStartedMs, done: 0 }];
  }

  /** A line that stays, such as a finished night; the bar goes on below it. */
  line(text: string): void {
    this.#clear();
    this.#options.sink.write(`${text}\n`);
    if (this.#options.sink.isTerminal && this.#isDue()) this.#draw();
  }

  /** Takes the bar away. Elsewhere than on a terminal, work that was shown gets its last line. */
  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#stopTimer();
    this.#clear();
    if (!this.#options.sink.isTerminal && this.#lastShownMs > this.#startedMs) this.#writePlainLine();
  }

  #tick(): void {
    if (this.#isFinished || !this.#isDue()) return;
    if (this.#options.sink.isTerminal) this.#draw();
    else this.#writePlainLine();
  }

  #isDue(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#options.sink.isTerminal) return nowMs - this.#startedMs >= SHOW_AFTER_MS.terminal;
    const isFirst = this.#lastShownMs === this.#startedMs;
    return nowMs - this.#lastShownMs >= (isFirst ? SHOW_AFTER_MS.plain : PLAIN_LINE_EVERY_MS);
  }

  #draw(): void {
    const { sink } = this.#options;
    sink.write(`${CLEAR_LINE}${fitParts(this.#parts(true), sink.columns - 1)}`);
    this.#isLineOpen = true;
    this.#lastShownMs = this.#options.clock.monotonicMs();
  }

  #writePlainLine(): void {
    this.#options.sink.write(`${this.#parts(false).join('  ')}\n`);
    this.#lastShownMs = this.#options.clock.monotonicMs();
  }

  #clear(): void {
    if (!this.#isLineOpen) return;
    this.#options.sink.write(CLEAR_LINE);
    this.#isLineOpen = false;
  }

  /** The parts of the line, the most telling first. */
  #parts(withBar: boolean): string[] {
    const unit = this.#unit;
    const elapsedMs = this.#options.clock.monotonicMs() - this.#phaseStartedMs;
    const perSecond = this.#unitsPerSecond();
    const parts = [this.#label];
    if (this.#total === null) {
      if (this.#done > 0) parts.push(`${formatCount(this.#done)} ${unit}`);
    } else {
      const share = this.#total === 0 ? 1 : Math.min(1, this.#done / this.#total);
      const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
      parts.push(withBar ? `${bar(share)} ${percent}` : percent);
      parts.push(
        `${formatCount(this.#done)} / ${formatCount(this.#total)} ${this.#total === 1 ? singularOf(unit) : unit}`,
      );
    }
    if (perSecond !== null) parts.push(formatRate(perSecond, unit));
    if (perSecond !== null && this.#total !== null && !this.#isFinished && this.#done < this.#total) {
      parts.push(`${formatDuration(((this.#total - this.#done) / perSecond) * 1000)} left`);
    } else {
      parts.push(formatDuration(elapsedMs));
    }
    if (this.#note !== '' && !this.#isFinished) parts.push(this.#note);
    return parts;
  }

  /** null while nothing is known of the pace. A finished one gives its mean rate. */
  #unitsPerSecond(): number | null {
    const nowMs = this.#options.clock.monotonicMs();
    const first = this.#isFinished ? { atMs: this.#phaseStartedMs, done: 0 } : this.#samples[0];
    if (first === undefined) return null;
    const spanMs = nowMs - first.atMs;
    const numDone = this.#done - first.done;
    return spanMs <= 0 || numDone <= 0 ? null : numDone / (spanMs / 1000);
  }

  /** Keeps one sample at or before the window's start, so that the window is always spanned. */
  #dropOldSamples(nowMs: number): void {
    const firstInside = this.#samples.findIndex((sample) => sample.atMs > nowMs - RATE_WINDOW_MS);
    if (firstInside > 1) this.#samples = this.#samples.slice(firstInside - 1);
  }
}

/** As many of the parts, in their order, as fit the width; the first is always there. */
function fitParts(parts: readonly string[], width: number): string {
  let line = parts[0] ?? '';
  for (const part of parts.slice(1)) {
    const longer = `${line}  ${part}`;
    if ([...longer].length > width) break;
    line = longer;
  }
  return [...line].slice(0, Math.max(0, width)).join('');
}

/** Units are given in the plural: `nights`, `entries`. */
function singularOf(unit: string): string {
  return unit.replace(/ies$/, 'y').replace(/s$/, '');
}

function bar(share: number): string {
  const numFull = Math.floor(share * BAR_WIDTH);
  return '█'.repeat(numFull) + '░'.repeat(BAR_WIDTH - numFull);
}

/** `214,400`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

function formatRate(perSecond: number, unit: string): string {
  if (perSecond >= 10) return `${formatCount(Math.round(perSecond))} ${unit}/s`;
  if (perSecond >= 1) return `${perSecond.toFixed(1)} ${unit}/s`;
  return `${(1 / perSecond).toFixed(1)} s each`;
}

/** `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`, `5 d 7 h`: for people, from milliseconds. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 9_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
