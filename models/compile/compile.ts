/** A step as a TensorFlow graph: the same function of tensors, in one call, without JavaScript between its ops. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import { tensorflowBackend } from '../backend/loadTensorflow.ts';
import { graphOf } from './graphDef.ts';
import { SAVED_MODEL_TAG } from './protobuf.ts';
import { trace } from './trace.ts';
import { formOf, leavesOf, type TensorTree, type TreeLeaf, withLeaves } from './tree.ts';

/**
 * Runs the graph for the argument's shapes; the first time they are met it is made, which takes seconds for a large
 * step. The argument's tensors are left as they are; those of the result are new and the caller's to dispose of.
 *
 * @throws ChartlifeError TraceFailed, see models/compile/trace.ts
 */
export interface CompiledStep<Input extends TensorTree, Output extends TensorTree> {
  (input: Input): Output;
  /** How many graphs there are: one for each form and shape of the argument so far. */
  readonly numGraphs: number;
  /** Frees the graphs. */
  dispose(): void;
}

interface LoadedGraph<Output extends TensorTree> {
  readonly id: number;
  readonly inputNames: string;
  readonly outputNames: string;
  readonly form: Output;
}

/**
 * A function that does what `step` does, from graphs. `step` must be a pure function of its argument: whatever else it
 * depends on is what it was when the shapes were first met.
 *
 * @param example Makes the graph for its shapes at once; its values are not used.
 */
export function compile<Input extends TensorTree, Output extends TensorTree>(
  step: (input: Input) => Output,
  example?: Input,
): CompiledStep<Input, Output> {
  const graphs = new Map<string, LoadedGraph<Output>>();
  const graphFor = (input: Input): LoadedGraph<Output> => {
    const form = formOf(input);
    const known = graphs.get(form);
    if (known !== undefined) return known;
    const made = load(step, input);
    graphs.set(form, made);
    return made;
  };
  const run = (input: Input): Output => {
    const leaves = leavesOf(input);
    refuseDisposed(leaves);
    refuseGradient();
    const { id, inputNames, outputNames, form } = graphFor(input);
    const backend = tensorflowBackend();
    const inputIds = backend.getInputTensorIds(leaves.map(({ tensor }) => tensor));
    const handles = backend.binding.runSavedModel(id, inputIds, inputNames, outputNames);
    return withLeaves(
      form,
      handles.map((handle): Tensor => backend.createOutputTensor(handle)),
    );
  };
  if (example !== undefined) graphFor(example);
  return Object.defineProperty(
    Object.assign(run, {
      dispose() {
        for (const { id } of graphs.values()) tensorflowBackend().binding.deleteSavedModel(id);
        graphs.clear();
      },
    }),
    'numGraphs',
    { get: () => graphs.size },
  ) as CompiledStep<Input, Output>;
}

function refuseDisposed(leaves: readonly TreeLeaf[]): void {
  const disposed = leaves.find(({ tensor }) => tensor.isDisposed);
  if (disposed === undefined) return;
  throw new ChartlifeError('TraceFailed', `${disposed.path || 'the argument'} of a compiled step is disposed of`, {
    next: 'Dispose of an argument after the last step that takes it.',
    details: { path: disposed.path },
  });
}

/** A graph is no op that TensorFlow.js knows a gradient of: it would leave it out, and the rest would look right. */
function refuseGradient(): void {
  const { gradientDepth, kernelDepth } = engine().state;
  if (gradientDepth === 0 || kernelDepth > 0) return;
  throw new ChartlifeError('TraceFailed', 'a compiled step is called where a gradient is taken', {
    next: 'Take the gradient within the step that is compiled, or call the plain function.',
  });
}

function load<Input extends TensorTree, Output extends TensorTree>(
  step: (input: Input) => Output,
  input: Input,
): LoadedGraph<Output> {
  const traced = trace(step, input);
  const { savedModel, inputNames, outputNames } = graphOf(traced);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'chartlife-graph-'));
  try {
    writeFileSync(path.join(folder, 'saved_model.pb'), savedModel);
    const id = tensorflowBackend().binding.loadSavedModel(folder, SAVED_MODEL_TAG);
    return { id, inputNames, outputNames, form: traced.output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
