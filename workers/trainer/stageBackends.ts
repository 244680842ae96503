/** What computed the steps of a stage: one machine, or several where it was killed on one and went on on another. */
import { availableParallelism } from 'node:os';
import type { BackendDescription } from '../../models/backend/loadTensorflow.ts';
import { canonicalJson } from '../../runtime/canonicalJson.ts';
import type { StageName } from './runPaths.ts';

export interface StageBackend extends BackendDescription {
  /** The first step that it took, from 0. */
  readonly fromStep: number;
}

/** Of each stage, by their first steps. */
export type StageBackends = Readonly<Partial<Record<StageName, readonly StageBackend[]>>>;

/**
 * @param before what computed the steps so far
 * @param fromStep where it goes on: later steps are taken again, and what computed them is no more
 * @param numSteps of the whole stage; at its end nothing is left to compute
 */
export function withBackend(
  before: readonly StageBackend[],
  backend: BackendDescription,
  fromStep: number,
  numSteps: number,
): readonly StageBackend[] {
  if (fromStep >= numSteps && before.length > 0) return before;
  const kept = before.filter((one) => one.fromStep < fromStep);
  const { fromStep: _, ...last } = kept.at(-1) ?? { fromStep: 0 };
  return canonicalJson(last) === canonicalJson(backend) ? kept : [...kept, { ...backend, fromStep }];
}

type Recorded = Readonly<Partial<Record<StageName, BackendDescription | readonly StageBackend[]>>>;

/** Threads within one op: the run's own; of what was recorded before runs had any; this machine's cores where nothing was. */
export function pinnedThreadsOf(record: { readonly numThreads?: number; readonly backends?: Recorded }): number {
  const [first] = [...backendsOf(record, 'mp2'), ...backendsOf(record, 'mp3')];
  return record.numThreads ?? first?.numThreads ?? availableParallelism();
}

/** Of a stage; one alone, from the first step, is how runs of before had it. */
export function backendsOf({ backends }: { readonly backends?: Recorded }, stage: StageName): readonly StageBackend[] {
  const found = backends?.[stage] ?? [];
  return isList(found) ? found : [{ ...found, fromStep: 0 }];
}

function isList(found: BackendDescription | readonly StageBackend[]): found is readonly StageBackend[] {
  return Array.isArray(found);
}
