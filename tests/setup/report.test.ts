/** What the set-up says, on a terminal and elsewhere. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Report, seconds } from '../../setup/report.mjs';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

function reportTo(isTTY: boolean): { readonly report: Report; readonly text: () => string } {
  let text = '';
  const write = (chunk: string): void => {
    text += chunk;
  };
  return { report: new Report({ write, isTTY, columns: 200 }, 'Setting up'), text: () => text };
}

const wait = (durationMs: number): Promise<unknown> => vi.advanceTimersByTimeAsync(durationMs);

/** 100 MB at 10 MB/s; whoever looks does so in the middle of it. */
async function downloadSlowly(report: Report): Promise<void> {
  await report.step(
    'big file',
    async (step) => {
      step.doing('from somewhere');
      for (let done = 0; done <= 100; done += 5) {
        step.progress(done, 100, 'MB');
        await wait(500);
      }
      return '1.2.3';
    },
    (version) => `${version} from somewhere`,
  );
}

describe('elsewhere than on a terminal', () => {
  test('quick steps are one line each, below the title', async () => {
    const { report, text } = reportTo(false);
    await report.step(
      'one',
      async () => 1,
      (n) => `${n} thing`,
    );
    await report.step(
      'another',
      async () => 2,
      (n) => `${n} things`,
    );
    expect(text()).toBe('Setting up\n  one                 1 thing (0.0 s)\n  another             2 things (0.0 s)\n');
  });

  test('nothing to do is nothing said', () => {
    const { report, text } = reportTo(false);
    expect(report.numSteps).toBe(0);
    expect(text()).toBe('');
  });

  test('a long one says its rate and the time left, in plain lines', async () => {
    const { report, text } = reportTo(false);
    await downloadSlowly(report);
    const lines = text().split('\n');
    expect(lines[1]).toBe('  big file            from somewhere, 15 of 100 MB, 7.5 MB/s, 11 s left, 2.0 s so far');
    expect(lines.at(-2)).toBe('  big file            1.2.3 from somewhere (11 s)');
    // One line when it shows itself, then one every five seconds, and the last.
    expect(lines).toHaveLength(5);
    expect(text()).not.toContain('\r');
  });

  test('a failed step says so and passes the error on', async () => {
    const { report, text } = reportTo(false);
    const failing = report.step('one', async () => Promise.reject(new Error('no')), String);
    await expect(failing).rejects.toThrow('no');
    expect(text()).toBe('Setting up\n  one                 failed after 0.0 s\n');
  });
});

describe('on a terminal', () => {
  test('one line is drawn over and over, and cleared in the end', async () => {
    const { report, text } = reportTo(true);
    await downloadSlowly(report);
    const drawn = text().split('\r\x1b[2K');
    expect(drawn.length).toBeGreaterThan(20);
    expect(drawn.slice(1, -1).every((line) => !line.includes('\n'))).toBe(true);
    expect(drawn.at(-1)).toBe('  big file            1.2.3 from somewhere (11 s)\n');
  });
});

test.each([
  [40, '0.0 s'],
  [9_949, '9.9 s'],
  [12_400, '12 s'],
  [185_000, '3 min 05 s'],
])('%i ms is %s', (durationMs, text) => {
  expect(seconds(durationMs)).toBe(text);
});
