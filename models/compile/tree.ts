/** Tensors in a tree of records and lists: what a step takes and what it gives. */
import { Tensor } from '@tensorflow/tfjs-core';

export type TensorTree = Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/** A leaf with its way from the root, such as `parameters.head.bias` or `batch[0]`. */
export interface TreeLeaf {
  readonly path: string;
  readonly tensor: Tensor;
}

/** All leaves; the entries of a record in the order of their names, however they were put in. */
export function leavesOf(tree: TensorTree, path = ''): TreeLeaf[] {
  if (tree instanceof Tensor) return [{ path, tensor: tree }];
  if (Array.isArray(tree)) return tree.flatMap((branch, index) => leavesOf(branch, `${path}[${index}]`));
  return sortedEntries(tree as { readonly [name: string]: TensorTree }).flatMap(([name, branch]) =>
    leavesOf(branch, path === '' ? name : `${path}.${name}`),
  );
}

/** A tree of the same form whose leaves are these, in the order of {@link leavesOf}. */
export function withLeaves<T extends TensorTree>(tree: T, leaves: readonly Tensor[]): T {
  let next = 0;
  const build = (branch: TensorTree): TensorTree => {
    if (branch instanceof Tensor) return leaves[next++] as Tensor;
    if (Array.isArray(branch)) return branch.map(build);
    return Object.fromEntries(
      sortedEntries(branch as { readonly [name: string]: TensorTree }).map(([name, child]) => [name, build(child)]),
    );
  };
  return build(tree) as T;
}

/** Frees every tensor of the tree. */
export function disposeTree(tree: TensorTree): void {
  for (const { tensor } of leavesOf(tree)) tensor.dispose();
}

function sortedEntries(record: { readonly [name: string]: TensorTree }): [string, TensorTree][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
