/** What DuckDB, DuckLake and SQLite say, as our own errors; and how often a conflict is tried again. */
import { describe, expect, test } from 'vitest';
import { ChartlifeError } from '../../../contracts/errors.ts';
import { isConflict, toLakeError } from '../../../data/lake/duckdbError.ts';
import { retryConflicts } from '../../../data/lake/transaction.ts';
import { toPlain, toSafeNumber } from '../../../data/lake/values.ts';

const CATALOG = '/somewhere/lake/catalog.sqlite';
const message = { author: 'test', text: 'commit' };

describe('words of the engine', () => {
  test.each([
    ['Failed to flush changes into DuckLake: database is locked', 'LakeConflict'],
    ['Transaction conflict - attempting to delete from table with index "1"', 'LakeConflict'],
    ['Duplicate key "snapshot_id: 61" violates primary key constraint.', 'LakeConflict'],
    ['IO Error: Could not write file "x.parquet": No space left on device', 'DiskFull'],
    ['Failed to execute query "COMMIT": database or disk is full', 'DiskFull'],
    ['Invalid Configuration Error: No snapshot found at version 7', 'SnapshotNotFound'],
    ['IO Error: Cannot open file "/x/a.parquet": No such file or directory', 'LakeUnusable'],
    ['file is not a database', 'LakeUnusable'],
    ['Binder Error: whatever else', 'LakeUnusable'],
  ])('%s', (text, type) => {
    const error = toLakeError(new Error(text), 'commit', CATALOG);
    expect(error).toMatchObject({ type, cause: expect.any(Error) });
    expect(error.next).not.toBe('');
  });

  test('JSON that is malformed is no sign of a damaged catalog; an image that is, is one', () => {
    const messageFor = (text: string): string => toLakeError(new Error(text), 'commit', CATALOG).message;
    expect(messageFor('Invalid Input Error: Malformed JSON at byte 7 of input')).not.toContain('damaged');
    expect(messageFor('database disk image is malformed')).toContain(`${CATALOG} is missing or damaged`);
    expect(messageFor('malformed database schema (x)')).toContain('damaged');
  });

  test('an error of our own stays what it is, and is no conflict', () => {
    const own = new ChartlifeError('CheckFailed', 'database is locked, says a title', { next: 'x' });
    expect(toLakeError(own, 'commit', CATALOG)).toBe(own);
    expect(isConflict(own)).toBe(false);
  });
});

describe('conflicts', () => {
  const locked = (): never => {
    throw new Error('database is locked');
  };

  test('are tried again, with growing waits, and then given up', async () => {
    const waits: number[] = [];
    let numTries = 0;
    const failing = retryConflicts(
      message,
      CATALOG,
      async () => {
        numTries++;
        return locked();
      },
      async (milliseconds) => waits.push(milliseconds),
    );
    await expect(failing).rejects.toMatchObject({
      type: 'LakeConflict',
      details: { lastError: 'database is locked' },
    });
    expect(numTries).toBeGreaterThan(10);
    expect(waits.length).toBe(numTries - 1);
    expect(waits.every((milliseconds) => milliseconds >= 0 && milliseconds <= 1000)).toBe(true);
    expect(Math.max(...waits.slice(0, 3))).toBeLessThanOrEqual(40);
    expect(Math.max(...waits)).toBeGreaterThan(100);
  });

  test('end with the first try that works', async () => {
    let numTries = 0;
    const work = async (): Promise<string> => (++numTries < 5 ? locked() : 'done');
    expect(await retryConflicts(message, CATALOG, work, async () => undefined)).toBe('done');
    expect(numTries).toBe(5);
  });

  test('anything else is not tried again', async () => {
    let numTries = 0;
    const failing = retryConflicts(message, CATALOG, async () => {
      numTries++;
      throw new Error('Parser Error: no');
    });
    await expect(failing).rejects.toMatchObject({ type: 'LakeUnusable' });
    expect(numTries).toBe(1);
  });
});

describe('values', () => {
  test('big integers are numbers as long as numbers are exact', () => {
    expect(toSafeNumber(9_007_199_254_740_991n)).toBe(Number.MAX_SAFE_INTEGER);
    expect(toSafeNumber(-9_007_199_254_740_991n)).toBe(Number.MIN_SAFE_INTEGER);
    for (const value of [9_007_199_254_740_992n, -9_007_199_254_740_992n]) {
      expect(() => toSafeNumber(value)).toThrow(
        expect.objectContaining({ type: 'LakeUnusable', details: { value: value.toString() } }),
      );
    }
  });

  test('a type the lake does not have is a defect, not a silent string', () => {
    expect(() => toPlain(new Map() as never)).toThrow(TypeError);
  });
});
