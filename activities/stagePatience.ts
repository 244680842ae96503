/**
 * How long a stage of a run waits until it is tried again. A run of days may lose its trainer many times, so it is not the
 * number of attempts that counts, as in a workflow's retry policy, but how many in a row came to nothing: full disks and
 * trainers that never come up are asked less and less often, one that made steps goes on at once.
 */
import { ChartlifeError, isChartlifeError } from '../contracts/errors.ts';
import { toApplicationFailure } from './failures.ts';
import type { StageHooks } from './train.ts';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;

export class StagePatience {
  readonly #numInVain = new Map<string, number>();
  /** Errors in a row that nobody foresaw. */
  readonly #numUnforeseen = new Map<string, number>();
  /** The most steps that a stage had when such an error came. */
  readonly #furthest = new Map<string, number>();

  /**
   * One attempt.
   *
   * @param stage names the stage among all runs'
   * @throws what the attempt throws; an error that another attempt can help says in `details.retryAfterMs` when: after 1 s
   * where steps were made, else twice as long as before, at most 5 minutes. An error that nobody foresaw is final when it
   * comes again and again and no attempt between gets further: a run that was killed often survives a disk that stumbles once,
   * and a defect that waits at one step, to which each attempt comes from the checkpoint before, does not go on for ever
   */
  async attempt<Result>(
    stage: string,
    hooks: StageHooks,
    work: (hooks: StageHooks) => Promise<Result>,
  ): Promise<Result> {
    let hasStepped = false;
    let numSteps = 0;
    const onBeat: StageHooks['onBeat'] = (beat) => {
      hasStepped ||= beat.loss !== null;
      if (beat.loss !== null) numSteps = Math.max(numSteps, beat.step);
      hooks.onBeat(beat);
    };
    try {
      const result = await work({ ...hooks, onBeat });
      this.#numInVain.delete(stage);
      this.#numUnforeseen.delete(stage);
      this.#furthest.delete(stage);
      return result;
    } catch (error) {
      const numInVain = hasStepped ? 0 : (this.#numInVain.get(stage) ?? 0) + 1;
      this.#numInVain.set(stage, numInVain);
      const furthest = this.#furthest.get(stage) ?? 0;
      const before = numSteps > furthest ? 0 : (this.#numUnforeseen.get(stage) ?? 0);
      const numUnforeseen = isChartlifeError(error) ? 0 : before + 1;
      this.#numUnforeseen.set(stage, numUnforeseen);
      if (numUnforeseen > 0) this.#furthest.set(stage, Math.max(furthest, numSteps));
      if (!isChartlifeError(error)) throw toApplicationFailure(error, numUnforeseen);
      if (!error.retryable) throw error;
      const retryAfterMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** numInVain);
      const { type, message, next, details } = error;
      throw new ChartlifeError(type, message, { next, details: { ...details, retryAfterMs }, cause: error });
    }
  }
}
