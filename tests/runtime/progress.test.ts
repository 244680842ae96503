import { describe, expect, it } from 'vitest';
import { formatDuration, Progress, type ProgressClock } from '../../runtime/progress.ts';

/** A clock that only moves when it is told to, and calls back as it passes. */
class ManualClock implements ProgressClock {
  #nowMs = 0;
  readonly #timers = new Map<() => void, { everyMs: number; nextMs: number }>();

  monotonicMs(): number {
    return this.#nowMs;
  }

  every(intervalMs: number, callback: () => void): () => void {
    this.#timers.set(callback, { everyMs: intervalMs, nextMs: this.#nowMs + intervalMs });
    return () => this.#timers.delete(callback);
  }

  get numTimers(): number {
    return this.#timers.size;
  }

  advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    while (this.#nowMs < endMs) {
      this.#nowMs += 10;
      for (const [callback, timer] of this.#timers) {
        if (timer.nextMs > this.#nowMs) continue;
        timer.nextMs += timer.everyMs;
        callback();
      }
    }
  }
}

function start(isTerminal: boolean, total: number | null, columns = 100) {
  const clock = new ManualClock();
  const written: string[] = [];
  const sink = { isTerminal, columns, write: (text: string) => written.push(text) };
  const progress = new Progress({ label: 'import', unit: 'rows', total, sink, clock });
  return { clock, progress, text: () => written.join(''), written };
}

describe('progress elsewhere than on a terminal', () => {
  it('says nothing of work that is done in under two seconds', () => {
    const { clock, progress, text } = start(false, 100);
    clock.advance(1_900);
    progress.update(100);
    progress.finish();
    expect(text()).toBe('');
    expect(clock.numTimers).toBe(0);
  });

  it('gives plain lines at intervals, with rate and time left, and a last one', () => {
    const { clock, progress, written } = start(false, 1_000);
    for (let step = 1; step <= 10; step += 1) {
      clock.advance(1_000);
      progress.update(step * 100);
    }
    progress.finish();
    expect(written).toEqual([
      'import   20 %  200 / 1,000 rows  98 rows/s  8.2 s left\n',
      'import   70 %  700 / 1,000 rows  99 rows/s  3.0 s left\n',
      'import  100 %  1,000 / 1,000 rows  100 rows/s  10 s\n',
    ]);
  });

  it('never uses control characters', () => {
    const { clock, progress, text } = start(false, null);
    clock.advance(20_000);
    progress.line('a line that stays');
    progress.finish();
    expect(text()).toContain('a line that stays\n');
    expect(text()).toMatch(/^[\x20-\x7e\n]+$/);
  });
});

describe('progress on a terminal', () => {
  it('redraws one line and leaves none behind', () => {
    const { clock, progress, written, text } = start(true, 10);
    clock.advance(1_000);
    progress.update(5, 'us/daily');
    clock.advance(1_000);
    progress.finish();
    expect(text()).toContain('██████████░░░░░░░░░░  50 %  5 / 10 rows');
    expect(text()).toContain('us/daily');
    expect(text()).not.toContain('\n');
    expect(written.at(-1)).toBe('\r\x1b[2K');
  });

  it('puts a line that stays above the bar', () => {
    const { clock, progress, written } = start(true, 10);
    clock.advance(1_000);
    const numBefore = written.length;
    progress.line('night 1');
    expect(written.slice(numBefore, numBefore + 2)).toEqual(['\r\x1b[2K', 'night 1\n']);
    expect(written.at(-1)).toContain('import');
    progress.finish();
  });

  it.each([20, 40, 60, 80])('fits %i columns', (columns) => {
    const { clock, progress, written } = start(true, 1_000_000, columns);
    clock.advance(3_000);
    progress.update(123_456, 'a note of some length that may not fit');
    clock.advance(3_000);
    progress.finish();
    const widths = written.map((chunk) => [...chunk.replace('\r\x1b[2K', '')].length);
    expect(Math.max(...widths)).toBeLessThan(columns);
    expect(Math.max(...widths)).toBeGreaterThan(0);
  });

  it('counts each phase from 0', () => {
    const { clock, progress, written } = start(true, 1_000);
    clock.advance(1_000);
    progress.update(1_000);
    progress.nextPhase('writing', 'files', 50);
    clock.advance(1_000);
    progress.update(10);
    clock.advance(120);
    expect(written.at(-1)).toMatch(/writing {2}█{4}░{16} {2}20 % {2}10 \/ 50 files {2}\d/);
    progress.finish();
  });

  it('takes the rate from the last seconds, so that a change of pace shows', () => {
    const { clock, progress, written } = start(true, 100_000, 200);
    for (let step = 1; step <= 30; step += 1) {
      clock.advance(1_000);
      progress.update(step * 1_000);
    }
    for (let step = 1; step <= 30; step += 1) {
      clock.advance(1_000);
      progress.update(30_000 + step * 10);
    }
    clock.advance(200);
    expect(written.at(-1)).toMatch(/ (9\.\d|10) rows\/s/);
    progress.finish();
  });
});

it.each([
  [0, '0.0 s'],
  [940, '0.9 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [59_400, '59 s'],
  [61_000, '1 min 01 s'],
  [3_599_000, '59 min 59 s'],
  [7_800_000, '2 h 10 min'],
  [457_200_000, '5 d 7 h'],
])('formats %i ms as %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});
