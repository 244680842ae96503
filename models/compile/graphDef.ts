/** A trace as TensorFlow's graph: arguments are placeholders, what the step made of nothing are constants. */
import { ATTRIBUTE_KIND } from '../backend/binding.ts';
import { shapeAttribute, typeAttribute } from '../backend/rawOp.ts';
import { encodeSavedModel, type GraphNode } from './protobuf.ts';
import type { TracedOp, TracedValue } from './recorder.ts';
import type { Trace } from './trace.ts';
import { leavesOf, type TensorTree } from './tree.ts';

export interface Graph {
  /** The bytes of a SavedModel. */
  readonly savedModel: Uint8Array;
  /** `argument0:0,argument1:0,...`, as the addon takes them. */
  readonly inputNames: string;
  readonly outputNames: string;
  readonly numOps: number;
}

export function graphOf(trace: Trace<TensorTree>): Graph {
  const used = reachable(trace);
  const placeholders = trace.arguments.map(({ shape, dtype }, index): GraphNode => {
    const attributes = [typeAttribute('dtype', dtype), shapeAttribute('shape', shape)];
    return { name: `argument${index}`, op: 'Placeholder', inputs: [], attributes };
  });
  const constants = trace.constants.flatMap((tensor, index): GraphNode[] => {
    if (!used.has(`constant${index}`)) return [];
    const attributes = [{ name: 'dtype', type: ATTRIBUTE_KIND.type, value: tensor.dtype }];
    return [{ name: `constant${index}`, op: 'Const', inputs: [], attributes, tensor }];
  });
  const ops = trace.ops.flatMap(({ name, attributes, inputs }, index): GraphNode[] =>
    used.has(`op${index}`) ? [{ name: `op${index}`, op: name, inputs: inputs.map(outputName), attributes }] : [],
  );
  // TensorFlow refuses to give back what it was fed, so every result gets a node of its own; it copies nothing.
  const results = leavesOf(trace.output).map(({ tensor }, index): GraphNode => {
    const input = outputName(trace.results[index] as TracedValue);
    return { name: `result${index}`, op: 'Identity', inputs: [input], attributes: [typeAttribute('T', tensor.dtype)] };
  });
  return {
    savedModel: encodeSavedModel([...placeholders, ...constants, ...ops, ...results]),
    inputNames: placeholders.map(({ name }) => `${name}:0`).join(','),
    outputNames: results.map(({ name }) => `${name}:0`).join(','),
    numOps: ops.length,
  };
}

function nodeName({ from, index }: TracedValue): string {
  return `${from}${index}`;
}

function outputName(value: TracedValue): string {
  return `${nodeName(value)}:${value.from === 'op' ? value.output : 0}`;
}

/** The names of the nodes that the results depend on. An op comes after its inputs, so one pass back finds them. */
function reachable({ ops, results }: Trace<TensorTree>): Set<string> {
  const used = new Set(results.map(nodeName));
  for (let index = ops.length - 1; index >= 0; index--) {
    if (!used.has(`op${index}`)) continue;
    for (const input of (ops[index] as TracedOp).inputs) used.add(nodeName(input));
  }
  return used;
}
