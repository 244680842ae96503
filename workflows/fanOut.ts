/** Many pieces of work, a few at a time. */

/**
 * Calls `work` for every item, at most `windowSize` at once, in the order of the items. A server holds a bounded
 * number of pending activities of a run; a window also keeps the order of events calm.
 */
export async function forEachInWindow<T>(
  items: readonly T[],
  windowSize: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      await work(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(windowSize, items.length) }, lane));
}
