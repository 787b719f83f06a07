import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { ActiveNode } from '../views/active-node.js';
import { activeId, activeNodes } from '../views/active-node.js';
import type { Genome } from '../views/genome.js';
import type { Orders } from './order-crossovers.js';
import { cycleCrossed, orderCrossed, partiallyMapped } from './order-crossovers.js';
import { pickSegments } from '../views/pick-segments.js';
import type { Plan } from '../views/plan.js';
import type { Selection } from '../views/where.js';
import { selected } from '../views/where.js';

/**
 * The parents with one random permutation, active in both, crossed; the parents themselves where there is none. What
 * is decided below an element comes from the parent that takes the new order.
 */
export function crossedPermutations(
  plan: Plan,
  parents: readonly Genome[],
  operator: 'pmx' | 'order' | 'cycle',
  where: Selection | undefined,
  source: ChoiceSource,
): readonly Genome[] {
  const [first = [], second = []] = parents;
  const inSecond = new Map(permutations(plan, second).map((active) => [activeId(active), active]));
  const common = permutations(plan, first).filter((active) => inSecond.has(activeId(active)));
  const eligible = where === undefined ? common : selected(where, common, source);
  const a = eligible.length === 0 ? undefined : eligible[source.below(eligible.length)];
  const b = a === undefined ? undefined : inSecond.get(activeId(a));
  if (a === undefined || b === undefined) return parents;
  const orders = crossedOrders([order(a, first), order(b, second)], operator, source);
  return [reordered(first, a, orders[0]), reordered(second, b, orders[1])];
}

function permutations(plan: Plan, numbers: Genome): readonly ActiveNode[] {
  return activeNodes(plan, numbers).filter(
    ({ plan: node }) => node.kind === 'picks' && node.node.permutation && node.k > 1,
  );
}

function order(active: ActiveNode, numbers: Genome): readonly number[] {
  return active.pickStarts.map((place) => numbers[place] ?? 0);
}

function crossedOrders(orders: Orders, operator: 'pmx' | 'order' | 'cycle', source: ChoiceSource): Orders {
  if (operator === 'cycle') return cycleCrossed(orders, source);
  // Two different ends of a segment among the n + 1 gaps.
  const n = orders[0].length;
  const one = source.below(n + 1);
  const drawn = source.below(n);
  const other = drawn < one ? drawn : drawn + 1;
  const start = Math.min(one, other);
  const end = Math.max(one, other);
  return operator === 'pmx' ? partiallyMapped(orders, start, end) : orderCrossed(orders, start, end);
}

function reordered(numbers: Genome, active: ActiveNode, elements: readonly number[]): Genome {
  const byElement = new Map(pickSegments(active, numbers).map((segment) => [segment[0], segment]));
  const segments = elements.map((element) => byElement.get(element) ?? [element]);
  return [...numbers.slice(0, active.start), ...segments.flat(), ...numbers.slice(active.end)];
}
