/** Which example comes when: every epoch takes each once, in an order of its own. */
import { Draws } from '../../runtime/philox.ts';
import { PURPOSE } from './purposes.ts';

/**
 * The example at a place of the run's endless order, a pure function of its arguments.
 *
 * @param position from 0: step · batch size + place in the batch; a batch may lie in two epochs
 */
export function exampleAt(numExamples: number, seed: number, position: number): number {
  return epochOrder(numExamples, seed, Math.floor(position / numExamples))[position % numExamples] as number;
}

/** The last orders made: a batch asks for one or two of them, over and over. */
const orders = new Map<string, Int32Array>();
const MAX_ORDERS = 4;

/** All examples, shuffled (Fisher and Yates). */
export function epochOrder(numExamples: number, seed: number, epoch: number): Int32Array {
  const name = `${numExamples}/${seed}/${epoch}`;
  const known = orders.get(name);
  if (known !== undefined) return known;
  const order = Int32Array.from({ length: numExamples }, (_, example) => example);
  const draws = new Draws(seed, epoch, PURPOSE.epochOrder);
  for (let last = numExamples - 1; last > 0; last--) {
    const other = draws.integer(0, last);
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  if (orders.size >= MAX_ORDERS) orders.delete(orders.keys().next().value as string);
  orders.set(name, order);
  return order;
}
