/** Looks at a run's workflow again and again, over servers that come and go. */
import type { RunId } from '../../contracts/runs.ts';
import type { Control } from '../../workers/control/control.ts';
import type { CommandContext } from '../context.ts';
import { isSystemRunning } from '../homeSystem.ts';
import type { WorkflowSight } from './runView.ts';

export class WorkflowLook {
  readonly #context: CommandContext;
  readonly #runId: RunId;
  #control: Control | null = null;

  constructor(context: CommandContext, runId: RunId) {
    this.#context = context;
    this.#runId = runId;
  }

  async look(): Promise<WorkflowSight> {
    if (!(await isSystemRunning(this.#context))) return 'none';
    try {
      this.#control ??= await this.#connect();
      return (await this.#control.trainState(this.#runId)) ?? 'none';
    } catch {
      // It starts again by itself, maybe at another address.
      await this.close();
      return 'away';
    }
  }

  async close(): Promise<void> {
    const control = this.#control;
    this.#control = null;
    await control?.close();
  }

  async #connect(): Promise<Control> {
    const { connectToHome } = await import('../../workers/control/control.ts');
    return connectToHome(this.#context.home, this.#context.effects.env);
  }
}
