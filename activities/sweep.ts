/** The plan of a sweep: ids are hashes, which a workflow can't make. */
import type { SweepInput, SweepPlan } from '../contracts/sweeps.ts';
import { defineActivity } from './defineActivity.ts';

export interface SweepPort {
  /** Gives the runs their ids, and tells the lake of them. */
  plan(input: SweepInput): Promise<SweepPlan>;
}

export interface SweepActivities {
  planSweep(input: SweepInput): Promise<SweepPlan>;
}

/** Planned twice it is the same plan, and the lake has it once. */
export function createSweepActivities(sweeps: SweepPort): SweepActivities {
  return { planSweep: defineActivity((input: SweepInput) => sweeps.plan(input)) };
}
