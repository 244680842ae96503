/** Progress of an import's phases: how many rows, how fast, how long still. */
import type { ImportPhase, ImportProgress } from '../../contracts/imports.ts';

/** No more often than this, so that whoever draws it is not kept busy. */
const REPORT_EVERY_MS = 100;

export interface Pace {
  report(phase: ImportPhase, numRows: number, numRowsTotal: number | null): void;
}

export function createPace(onProgress: (progress: ImportProgress) => void): Pace {
  let current: ImportPhase | null = null;
  let startedMs = 0;
  let reportedMs = 0;
  return {
    report: (phase, numRows, numRowsTotal) => {
      const nowMs = performance.now();
      const isNewPhase = phase !== current;
      if (isNewPhase) {
        current = phase;
        startedMs = nowMs;
      }
      if (!isNewPhase && numRows !== numRowsTotal && nowMs - reportedMs < REPORT_EVERY_MS) return;
      reportedMs = nowMs;
      const rowsPerSecond = nowMs > startedMs ? numRows / ((nowMs - startedMs) / 1_000) : 0;
      const numLeft = numRowsTotal === null ? null : Math.max(0, numRowsTotal - numRows);
      const secondsLeft = numLeft === 0 ? 0 : numLeft === null || rowsPerSecond === 0 ? null : numLeft / rowsPerSecond;
      onProgress({ phase, numRows, numRowsTotal, rowsPerSecond, secondsLeft });
    },
  };
}

/** How often DuckDB is asked how far it is. */
const ASK_EVERY_MS = 250;

/** Progress of work that consists of a few long statements: each is a share of the whole. */
export interface Steps {
  step<T>(share: number, work: () => Promise<T>): Promise<T>;
}

export function createSteps(shareOfStatement: () => number, onShare: (share: number) => void): Steps {
  let done = 0;
  return {
    step: async (share, work) => {
      const timer = setInterval(() => onShare(done + share * shareOfStatement()), ASK_EVERY_MS);
      try {
        return await work();
      } finally {
        clearInterval(timer);
        done = Math.min(1, done + share);
        onShare(done);
      }
    },
  };
}
