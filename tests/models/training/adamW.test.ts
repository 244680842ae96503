/** AdamW against PyTorch's. */
import { readFileSync } from 'node:fs';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile } from '../../../models/compile/compile.ts';
import { disposeTree } from '../../../models/compile/tree.ts';
import {
  type AdamWOptions,
  type AdamWState,
  adamW,
  adamWScalars,
  initialAdamWState,
} from '../../../models/training/adamW.ts';
import type { NamedTensors } from '../../../models/training/namedTensors.ts';
import { relativeError, useTensorflow } from '../tensorflow.ts';

useTensorflow();

interface Golden {
  readonly options: Pick<AdamWOptions, 'beta1' | 'beta2' | 'epsilon' | 'weightDecay'>;
  readonly shapes: Readonly<Record<string, number[]>>;
  readonly learningRateScales: Readonly<Record<string, number>>;
  readonly decays: Readonly<Record<string, boolean>>;
  readonly learningRates: readonly number[];
  readonly initial: Readonly<Record<string, number[]>>;
  readonly gradients: readonly Readonly<Record<string, number[]>>[];
  readonly after: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<'parameter' | 'firstMoment' | 'secondMoment', number[]>>>>>
  >;
}

const GOLDEN: Golden = JSON.parse(
  readFileSync(new URL('../../golden/models/adamw/golden.json', import.meta.url), 'utf8'),
);
const OPTIONS: AdamWOptions = {
  ...GOLDEN.options,
  decays: (name) => GOLDEN.decays[name] as boolean,
  learningRateScale: (name) => GOLDEN.learningRateScales[name] as number,
};

const tensorsOf = (numbers: Readonly<Record<string, number[]>>): NamedTensors =>
  Object.fromEntries(Object.entries(numbers).map(([name, flat]) => [name, tensor(flat, GOLDEN.shapes[name])]));

type Step = (
  parameters: NamedTensors,
  gradients: NamedTensors,
  state: AdamWState,
  step: number,
) => ReturnType<typeof adamW>;

/** Runs all steps; calls `look` after each. */
function run(takeStep: Step, look: (step: number, result: ReturnType<typeof adamW>) => void): void {
  let parameters = tensorsOf(GOLDEN.initial);
  let state = initialAdamWState(parameters);
  for (const [index, numbers] of GOLDEN.gradients.entries()) {
    const gradients = tensorsOf(numbers);
    const result = takeStep(parameters, gradients, state, index + 1);
    disposeTree([parameters, gradients, state.firstMoment, state.secondMoment]);
    look(index + 1, result);
    ({ parameters, state } = result);
  }
  disposeTree([parameters, state.firstMoment, state.secondMoment]);
}

const eager: Step = (parameters, gradients, state, step) =>
  tidy(() => {
    const scalars = adamWScalars(step, GOLDEN.learningRates[step - 1] as number, OPTIONS);
    return adamW(parameters, gradients, state, scalars, OPTIONS);
  });

/** Within so many times the reference, cell by cell. */
function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (const [cell, value] of expected.entries()) {
    expect(
      Math.abs((actual[cell] as number) - value),
      `cell ${cell}: ${actual[cell]} for ${value}`,
    ).toBeLessThanOrEqual(tolerance * Math.max(Math.abs(value), 1e-30));
  }
}

test('does what torch.optim.AdamW does: decay, none, and a scaled rate', () => {
  const compared: number[] = [];
  run(eager, (step, { parameters, state }) => {
    const after = GOLDEN.after[step];
    if (after === undefined) return;
    compared.push(step);
    for (const [name, expected] of Object.entries(after)) {
      expect(relativeError(parameters[name]!.dataSync(), expected.parameter)).toBeLessThan(2e-7);
      // Its terms cancel, so a cell is as exact as the largest of them; the second moment's don't.
      expect(relativeError(state.firstMoment[name]!.dataSync(), expected.firstMoment)).toBeLessThan(2e-7);
      expectClose(state.secondMoment[name]!.dataSync(), expected.secondMoment, 1e-6);
    }
  });
  expect(compared).toEqual([1, 2, 12]);
});

test('gives the same bits from one graph for all steps', () => {
  const graph = compile(
    ({
      parameters,
      gradients,
      firstMoment,
      secondMoment,
      scalars,
    }: {
      parameters: NamedTensors;
      gradients: NamedTensors;
      firstMoment: NamedTensors;
      secondMoment: NamedTensors;
      scalars: ReturnType<typeof adamWScalars>;
    }) => adamW(parameters, gradients, { firstMoment, secondMoment }, scalars, OPTIONS),
  );
  const compiled: Step = (parameters, gradients, state, step) => {
    const scalars = adamWScalars(step, GOLDEN.learningRates[step - 1] as number, OPTIONS);
    const result = graph({ parameters, gradients, ...state, scalars });
    disposeTree(scalars);
    return result;
  };
  const seen: string[] = [];
  const note = (step: number, { parameters, state }: ReturnType<typeof adamW>): void => {
    seen.push(JSON.stringify([step, parameters, state], (_, value) => value?.dataSync?.() ?? value));
  };
  run(eager, note);
  const ofEager = seen.splice(0);
  run(compiled, note);
  expect(seen).toEqual(ofEager);
  expect(graph.numGraphs).toBe(1);
  graph.dispose();
});
