import type { TellingOrder } from '../../algorithms/index.js';
import { asCompleted } from './as-completed.js';
import { inOrder } from './in-order.js';
import type { TellingStrategy } from './telling-strategy.js';

const strategies: Readonly<Record<TellingOrder, TellingStrategy>> = {
  'in-order': inOrder,
  'as-completed': asCompleted,
};

/** How a level of this order counts and tells outcomes. */
export function tellingIn(level: { readonly order: TellingOrder }): TellingStrategy {
  return strategies[level.order];
}
