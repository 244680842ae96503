/** A few lines at the foot of a terminal that are drawn anew in place; other lines scroll by above them. */
import type { Output } from '../effects.ts';
import { truncate } from './displayWidth.ts';

const UP_AND_CLEAR = (numLines: number): string => (numLines === 0 ? '' : `\x1b[${numLines}A\r\x1b[0J`);

export class LiveBlock {
  readonly #output: Output;
  #numLines = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Draws the lines in place of the last ones. Lines are cut to the width: a wrapped one would break the count. */
  async draw(lines: readonly string[]): Promise<void> {
    const width = this.#output.columns - 1;
    const text = lines.map((line) => `${truncate(line, width)}\n`).join('');
    await this.#output.write(UP_AND_CLEAR(this.#numLines) + text);
    this.#numLines = lines.length;
  }

  /** A line that stays, above the block. Draw the block again afterwards. */
  async print(lines: readonly string[]): Promise<void> {
    await this.#output.write(UP_AND_CLEAR(this.#numLines) + lines.map((line) => `${line}\n`).join(''));
    this.#numLines = 0;
  }
}
