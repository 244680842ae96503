/** Where a plot is written: plots are SVG. */
import path from 'node:path';
import { ChartlifeError } from '../contracts/errors.ts';

/**
 * @param file from the working directory
 * @throws ChartlifeError InvalidInput for a name that does not end in .svg
 */
export function svgPathOf(workingDir: string, file: string): string {
  if (path.extname(file).toLowerCase() === '.svg') return path.resolve(workingDir, file);
  throw new ChartlifeError('InvalidInput', `a plot is written as SVG, and ${file} does not end in .svg`, {
    next: `Give such a name: --plot ${file.slice(0, file.length - path.extname(file).length)}.svg`,
    details: { value: file },
  });
}
