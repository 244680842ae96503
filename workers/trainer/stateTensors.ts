/** A training's state as named tensors of plain numbers, and back: what a checkpoint holds of it. */
import { disposeTree } from '../../models/compile/tree.ts';
import type { NamedTensors } from '../../models/training/namedTensors.ts';
import type { TrainingState } from '../../models/training/trainer.ts';
import type { StoredTensor, StoredTensors } from '../../models/weights/safetensors.ts';
import { toParameters, toStored } from '../../models/weights/tensors.ts';

const PREFIXES = {
  parameters: 'parameters/',
  firstMoment: 'moments.first/',
  secondMoment: 'moments.second/',
  average: 'average/',
} as const;

export function storedState({ parameters, moments, average }: TrainingState): StoredTensors {
  const parts: Readonly<Record<keyof typeof PREFIXES, NamedTensors | undefined>> = { parameters, ...moments, average };
  const all = new Map<string, StoredTensor>();
  for (const [part, prefix] of Object.entries(PREFIXES)) {
    const tensors = parts[part as keyof typeof PREFIXES];
    if (tensors === undefined) continue;
    for (const [name, stored] of toStored(tensors)) all.set(`${prefix}${name}`, stored);
  }
  return all;
}

/** New tensors, the caller's. */
export function stateOf(stored: StoredTensors): TrainingState {
  const below = (prefix: string): StoredTensors =>
    new Map(
      [...stored].filter(([name]) => name.startsWith(prefix)).map(([name, own]) => [name.slice(prefix.length), own]),
    );
  const average = below(PREFIXES.average);
  return {
    parameters: toParameters(below(PREFIXES.parameters)),
    moments: {
      firstMoment: toParameters(below(PREFIXES.firstMoment)),
      secondMoment: toParameters(below(PREFIXES.secondMoment)),
    },
    ...(average.size === 0 ? {} : { average: toParameters(average) }),
  };
}

/** What is evaluated and published: the average where it is kept, otherwise the parameters. Frees the state. */
export function finalWeights(state: TrainingState): StoredTensors {
  const weights = toStored(state.average ?? state.parameters);
  disposeTree(state);
  return weights;
}
