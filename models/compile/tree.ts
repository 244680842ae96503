/** Tensors in a tree of records and lists: what a step takes and what it gives. */
import { Tensor } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';

export type TensorTree = Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/** A leaf with its way from the root, such as `parameters.head.bias` or `batch[0]`. */
export interface TreeLeaf {
  readonly path: string;
  readonly tensor: Tensor;
}

/**
 * All leaves; the entries of a record in the order of their names, however they were put in.
 *
 * @throws ChartlifeError TraceFailed, with the way to it, for what is neither a tensor, a list nor a record
 */
export function leavesOf(tree: TensorTree, path = ''): TreeLeaf[] {
  if (tree instanceof Tensor) return [{ path, tensor: tree }];
  if (Array.isArray(tree)) return tree.flatMap((branch, index) => leavesOf(branch, `${path}[${index}]`));
  if (!isRecord(tree)) throw noTensor(tree, path);
  return sortedEntries(tree).flatMap(([name, branch]) => leavesOf(branch, path === '' ? name : `${path}.${name}`));
}

/** What two trees have in common that one graph can serve: form, types and shapes, as text. */
export function formOf(tree: TensorTree): string {
  if (tree instanceof Tensor) return `${tree.dtype}[${tree.shape}]`;
  if (Array.isArray(tree)) return `[${tree.map(formOf).join(';')}]`;
  if (!isRecord(tree)) throw noTensor(tree, '');
  return `{${sortedEntries(tree)
    .map(([name, branch]) => `${JSON.stringify(name)}:${formOf(branch)}`)
    .join(';')}}`;
}

/** A tree of the same form whose leaves are these, in the order of {@link leavesOf}. */
export function withLeaves<T extends TensorTree>(tree: T, leaves: readonly Tensor[]): T {
  let next = 0;
  const build = (branch: TensorTree): TensorTree => {
    if (branch instanceof Tensor) return leaves[next++] as Tensor;
    if (Array.isArray(branch)) return branch.map(build);
    return Object.fromEntries(sortedEntries(branch as TensorRecord).map(([name, child]) => [name, build(child)]));
  };
  return build(tree) as T;
}

/** Frees every tensor of the tree. */
export function disposeTree(tree: TensorTree): void {
  for (const { tensor } of leavesOf(tree)) tensor.dispose();
}

type TensorRecord = { readonly [name: string]: TensorTree };

/** An object without a class: not a promise, not a typed array. */
function isRecord(value: unknown): value is TensorRecord {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function noTensor(value: unknown, path: string): ChartlifeError {
  const what = typeof value === 'object' && value !== null ? value.constructor.name : String(value);
  return new ChartlifeError('TraceFailed', `${path === '' ? 'the whole' : path} is ${what}, not a tensor`, {
    next: 'A compiled step takes and gives tensors, in lists and records; make a number a scalar.',
    details: { path },
  });
}

function sortedEntries(record: TensorRecord): [string, TensorTree][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
