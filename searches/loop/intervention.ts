import { unreachable } from '../../foundation/errors/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { Budget, SearchDefinition } from '../definition/definition.js';
import { stillEnded } from './budget-end.js';
import type { LoopState } from './loop-state.js';
import type { SearchPlan } from './search-plan.js';

/** What a person or the clock did to a search, with the index from which it acts (in the record). */
export type Intervention =
  | { readonly kind: 'enqueue'; readonly genome: Genome }
  | { readonly kind: 'cancelTrial'; readonly trial: number }
  | { readonly kind: 'extend'; readonly budget: Budget }
  | { readonly kind: 'setConcurrency'; readonly concurrency: number }
  | { readonly kind: 'pause'; readonly by: 'user' | 'parent' | 'losses'; readonly message?: string }
  | { readonly kind: 'resume'; readonly by: 'user' | 'parent' }
  | { readonly kind: 'durationReached' }
  | { readonly kind: 'adopt'; readonly definition: SearchDefinition };

/**
 * The parts of the state that an intervention changes, with their new values; what follows from them is left out.
 * `concurrencyDecides`: whether the search takes other decisions with another concurrency.
 */
export function changesBy(
  intervention: Intervention,
  { metrics }: SearchPlan,
  state: Readonly<LoopState>,
  concurrencyDecides: boolean,
): Partial<LoopState> {
  switch (intervention.kind) {
    case 'enqueue':
      return {
        enqueued: [...state.enqueued, intervention.genome],
        end: state.end?.kind === 'exhausted' ? null : state.end,
        timed: true,
      };
    case 'extend': {
      const budget = { ...state.budget, ...intervention.budget };
      const ended =
        state.end !== null && stillEnded(metrics, { ...state, budget }, state.end, intervention.budget);
      return {
        budget,
        durationReached: state.durationReached && intervention.budget.duration === undefined,
        end: ended ? state.end : null,
        timed: true,
      };
    }
    case 'setConcurrency':
      return {
        concurrency: intervention.concurrency,
        timed: state.timed || concurrencyDecides,
      };
    case 'pause': {
      const { by } = intervention;
      if (by !== 'losses') return { pauses: { ...state.pauses, [by]: true } };
      const losses = intervention.message ?? 'a trial was lost over and over';
      return { pauses: { ...state.pauses, losses } };
    }
    case 'resume':
      return {
        pauses:
          intervention.by === 'user'
            ? { ...state.pauses, user: false, losses: null }
            : { ...state.pauses, parent: false },
      };
    case 'durationReached':
      return { durationReached: true, timed: true };
    case 'cancelTrial':
    case 'adopt':
      return { timed: true };
    default:
      return unreachable(intervention, 'intervention');
  }
}
