/** Runs a step once and notes what it asks of TensorFlow. */
import { engine, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import type { TensorflowBackend } from '../backend/binding.ts';
import { tensorflowBackend } from '../backend/loadTensorflow.ts';
import { rawOp, typeAttribute } from '../backend/rawOp.ts';
import { Recorder, type TracedConstant, type TracedOp, type TracedValue } from './recorder.ts';
import { traceError } from './traceError.ts';
import { leavesOf, type TensorTree, withLeaves } from './tree.ts';

export interface TracedArgument {
  /** The way to it, such as `parameters.head.bias`. */
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: Tensor['dtype'];
}

export interface Trace<Output extends TensorTree> {
  readonly arguments: readonly TracedArgument[];
  readonly constants: readonly TracedConstant[];
  readonly ops: readonly TracedOp[];
  /** One per leaf of the output. */
  readonly results: readonly TracedValue[];
  /** The form of the output; its tensors are freed. */
  readonly output: Output;
}

/**
 * The values that the step computes here are meaningless; those of the argument are left as they are.
 *
 * @throws ChartlifeError TraceFailed where the step reads a value, uses a tensor from outside, draws from a hidden state, or
 * makes shapes that depend on values; whatever the step throws itself
 */
export function trace<Input extends TensorTree, Output extends TensorTree>(
  step: (input: Input) => Output,
  input: Input,
): Trace<Output> {
  const backend = tensorflowBackend();
  if (Object.hasOwn(backend, 'getInputTensorIds')) {
    throw traceError('compiles another step', 'Call the plain function inside the step.');
  }
  const leaves = leavesOf(input);
  // Tensors of the trace's own: one tensor in two places of the argument is two arguments.
  const stand = leaves.map(({ tensor }) => rawOp('Identity', [tensor], [typeAttribute('T', tensor.dtype)]));
  const recorder = new Recorder(backend.binding, backend.getInputTensorIds(stand));
  const release = watch(backend, recorder, stand);
  engine().startScope('trace');
  try {
    const output = step(withLeaves(input, stand));
    const results = leavesOf(output);
    if (results.length === 0) throw traceError('gives no tensor', 'Return what is to be computed.');
    const disposed = results.find(({ tensor }) => tensor.isDisposed);
    if (disposed !== undefined) {
      throw traceError(`gives ${disposed.path || 'a tensor'} after disposing of it`, 'Keep what is returned.');
    }
    const outputIds = backend.getInputTensorIds(results.map(({ tensor }) => tensor));
    return {
      arguments: leaves.map(({ path, tensor: { shape, dtype } }) => ({ path, shape, dtype })),
      constants: recorder.constants,
      ops: recorder.ops,
      results: outputIds.map((id) => recorder.originOf(id) as TracedValue),
      output,
    };
  } finally {
    engine().endScope();
    release();
    recorder.close();
    for (const tensor of stand) tensor.dispose();
  }
}

/** TensorFlow.js seeds from it what is not given a seed; a draw would be baked into the graph. */
function refuseRandom(): never {
  throw traceError('draws without a seed', 'Draw from a key: see models/training/random.ts.');
}

/**
 * Puts the recorder in the addon's place. A tensor whose values are still in JavaScript looks like a constant of the
 * step when it is uploaded, so data that the step has not made is told by where it was first seen.
 *
 * @returns what puts everything back
 */
function watch(backend: TensorflowBackend, recorder: Recorder, argumentTensors: readonly TensorInfo[]): () => void {
  const { binding, getInputTensorIds, createOutputTensor, move } = backend;
  const known = new WeakSet<object>(argumentTensors.map(({ dataId }) => dataId));
  Object.assign(backend, {
    binding: recorder.binding(),
    getInputTensorIds(tensors: readonly TensorInfo[]) {
      for (const { dataId, dtype, shape } of tensors) {
        if (dataId === undefined || known.has(dataId)) continue;
        throw traceError(
          `uses a tensor from outside (${dtype}, shape [${shape.join(', ')}])`,
          'Pass it to the step as an argument.',
        );
      }
      return getInputTensorIds.call(backend, tensors);
    },
    createOutputTensor(handle: Parameters<typeof createOutputTensor>[0]) {
      const tensor = createOutputTensor.call(backend, handle);
      known.add(tensor.dataId);
      return tensor;
    },
    move(...[dataId, ...rest]: Parameters<typeof move>) {
      known.add(dataId);
      move.call(backend, dataId, ...rest);
    },
  });
  const { random } = Math;
  Math.random = refuseRandom;
  return () => {
    Math.random = random;
    for (const name of ['getInputTensorIds', 'createOutputTensor', 'move'] as const) {
      Reflect.deleteProperty(backend, name);
    }
    backend.binding = binding;
  };
}
