/** The forms in which the answer of a query leaves. A table on the screen is the command line's own. */
export const EXPORT_FORMATS = ['csv', 'json', 'parquet', 'arrow'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Where an export's bytes go; resolves when the next chunk may come. */
export type ByteSink = (chunk: Uint8Array | string) => Promise<void>;

/** Column names as they must be where each has to differ: the second `n` is `n_1`, as DuckDB names it. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let distinct = name;
    for (let i = 1; taken.has(distinct); i += 1) distinct = `${name}_${i}`;
    taken.add(distinct);
    return distinct;
  });
}
