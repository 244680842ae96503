/**
 * What the set-up says while it works: one line a step, with the time it took; for a step that takes long, its progress
 * with rate and time left. Plain JavaScript, since it speaks before TypeScript can be built (runtime/progress.ts serves
 * everything later).
 */

/** How long a step may take before it shows its progress. */
const SHOW_AFTER_MS = { terminal: 300, plain: 2_000 };
const REDRAW_EVERY_MS = 200;
const PLAIN_LINE_EVERY_MS = 5_000;
/** The stretch of time whose pace is the rate. */
const RATE_WINDOW_MS = 8_000;
const NAME_WIDTH = 19;
const CLEAR_LINE = '\r\x1b[2K';

/**
 * @typedef {object} ReportStream
 * @property {(text: string) => unknown} write
 * @property {boolean} [isTTY]
 * @property {number} [columns]
 */

/**
 * @typedef {object} Step
 * @property {(done: number, total: number | null, unit: string) => void} progress
 *   How much is done of how much (null: nobody knows), in `unit`.
 * @property {(text: string) => void} doing What is under way now; shown beside the progress.
 * @property {(text: string) => void} say A line that stays.
 */

export class Report {
  #stream;
  #title;
  #numSteps = 0;

  /**
   * @param {ReportStream} stream
   * @param {string} title printed before the first step, and not at all if there is none
   */
  constructor(stream, title) {
    this.#stream = stream;
    this.#title = title;
  }

  /** How many steps had something to do. */
  get numSteps() {
    return this.#numSteps;
  }

  /**
   * Runs one step. Its result, with the text that `describe` makes of it, ends the step's line.
   *
   * @template T
   * @param {string} name such as `npm packages`
   * @param {(step: Step) => Promise<T>} work
   * @param {(result: T) => string} describe
   * @returns {Promise<T>}
   */
  async step(name, work, describe) {
    if (this.#numSteps === 0) this.line(this.#title);
    this.#numSteps += 1;
    const startedMs = performance.now();
    const shown = new ShownStep(this.#stream, name);
    try {
      const result = await work(shown);
      shown.end();
      this.line(`  ${name.padEnd(NAME_WIDTH)} ${describe(result)} (${seconds(performance.now() - startedMs)})`);
      return result;
    } catch (error) {
      shown.end();
      this.line(`  ${name.padEnd(NAME_WIDTH)} failed after ${seconds(performance.now() - startedMs)}`);
      throw error;
    }
  }

  /** @param {string} text */
  line(text) {
    this.#stream.write(`${text}\n`);
  }
}

/** @implements {Step} */
class ShownStep {
  #stream;
  #name;
  #startedMs = performance.now();
  #lastShownMs = performance.now();
  #timer;
  #isLineOpen = false;
  #done = 0;
  /** @type {number | null} */
  #total = null;
  #unit = '';
  #doing = '';
  /** @type {{ atMs: number, done: number }[]} */
  #samples = [];

  /**
   * @param {ReportStream} stream
   * @param {string} name
   */
  constructor(stream, name) {
    this.#stream = stream;
    this.#name = name;
    this.#timer = setInterval(() => this.#tick(), REDRAW_EVERY_MS);
    this.#timer.unref();
  }

  /**
   * @param {number} done
   * @param {number | null} total
   * @param {string} unit
   */
  progress(done, total, unit) {
    // Another unit, or less than before: another piece of work has begun.
    if (unit !== this.#unit || done < this.#done) this.#samples = [];
    this.#done = done;
    this.#total = total;
    this.#unit = unit;
    const nowMs = performance.now();
    this.#samples.push({ atMs: nowMs, done });
    const firstInside = this.#samples.findIndex((sample) => sample.atMs > nowMs - RATE_WINDOW_MS);
    if (firstInside > 1) this.#samples.splice(0, firstInside - 1);
  }

  /** @param {string} text */
  doing(text) {
    // Another piece of work: how far the last one got says nothing any more.
    if (text !== this.#doing) this.#unit = '';
    this.#doing = text;
  }

  /** @param {string} text */
  say(text) {
    this.#clear();
    this.#stream.write(`  ${''.padEnd(NAME_WIDTH)} ${text}\n`);
  }

  end() {
    clearInterval(this.#timer);
    this.#clear();
  }

  #tick() {
    const nowMs = performance.now();
    if (this.#stream.isTTY) {
      if (nowMs - this.#startedMs < SHOW_AFTER_MS.terminal) return;
      const width = Math.max(20, (this.#stream.columns ?? 80) - 1);
      this.#stream.write(`${CLEAR_LINE}${this.#text().slice(0, width)}`);
      this.#isLineOpen = true;
    } else {
      const isFirst = this.#lastShownMs === this.#startedMs;
      if (nowMs - this.#lastShownMs < (isFirst ? SHOW_AFTER_MS.plain : PLAIN_LINE_EVERY_MS)) return;
      this.#stream.write(`${this.#text()}\n`);
    }
    this.#lastShownMs = nowMs;
  }

  #clear() {
    if (this.#isLineOpen) this.#stream.write(CLEAR_LINE);
    this.#isLineOpen = false;
  }

  #text() {
    const parts = [`  ${this.#name.padEnd(NAME_WIDTH)} ${this.#doing || 'under way'}`];
    if (this.#unit !== '') {
      const total = this.#total === null ? '' : ` of ${amount(this.#total)}`;
      parts.push(`${amount(this.#done)}${total} ${this.#unit}`);
    }
    const perSecond = this.#unit === '' ? null : this.#perSecond();
    if (perSecond !== null) {
      parts.push(`${amount(perSecond)} ${this.#unit}/s`);
      if (this.#total !== null && this.#total > this.#done) {
        parts.push(`${seconds(((this.#total - this.#done) / perSecond) * 1000)} left`);
      }
    }
    parts.push(`${seconds(performance.now() - this.#startedMs)} so far`);
    return parts.join(', ');
  }

  #perSecond() {
    const first = this.#samples[0];
    if (first === undefined) return null;
    const spanMs = performance.now() - first.atMs;
    const numDone = this.#done - first.done;
    return spanMs <= 0 || numDone <= 0 ? null : numDone / (spanMs / 1000);
  }
}

/** @param {number} value */
function amount(value) {
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1);
}

/**
 * `0.4 s`, `12 s`, `3 min 05 s`.
 *
 * @param {number} durationMs
 */
export function seconds(durationMs) {
  if (durationMs < 9_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const whole = Math.round(durationMs / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
