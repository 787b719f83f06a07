import {
  decodeState,
  encodeState,
  type Action,
  type BoundAlgorithm,
  type StateValue,
} from '../algorithms/index.js';
import { deepFreeze, demand, sameBits } from './contract-violation.js';

/** Looks at every state that a call returned. */
export function seeStates(bound: BoundAlgorithm, onState: (state: StateValue) => void): BoundAlgorithm {
  const seen = (state: StateValue): StateValue => {
    onState(state);
    return state;
  };
  return {
    ...bound,
    init: () => seen(bound.init()),
    propose(state, index) {
      const proposed = bound.propose(state, index);
      seen(proposed.state);
      return proposed;
    },
    tell: (state, told) => seen(bound.tell(state, told)),
  };
}

/** Looks at every action that the algorithm asks for, with the number of its trials that were told by then. */
export function seeActions(
  bound: BoundAlgorithm,
  onAction: (action: Action, told: number, index: number) => void,
): BoundAlgorithm {
  let told = 0;
  return {
    ...bound,
    propose(state, index) {
      const proposed = bound.propose(state, index);
      onAction(proposed.action, told, index);
      return proposed;
    },
    tell(state, outcomes) {
      told += outcomes.length;
      return bound.tell(state, outcomes);
    },
  };
}

/**
 * Runs an algorithm together with a copy of it whose state goes through bytes before every call. Both must do the same,
 * and no call may change its arguments; throws `ContractViolation` where it is not so.
 */
export function besideCopy(bound: BoundAlgorithm, copy: BoundAlgorithm): BoundAlgorithm {
  const call = <T extends { readonly state: StateValue; readonly action?: Action }>(
    what: string,
    state: StateValue,
    run: (algorithm: BoundAlgorithm, state: StateValue) => T,
  ): T => {
    const before = encodeState(state);
    const result = run(bound, state);
    demand(sameBits(state, decodeState(before)), `${what} changed the state that it was given`);
    const repeated = run(copy, deepFreeze(decodeState(before)));
    demand(
      sameBits(repeated.state, result.state) && sameBits(plainAction(repeated), plainAction(result)),
      `${what} did something else when its state had been written down and read back`,
    );
    return deepFreeze(result);
  };
  const { computeUpdate, applyUpdate } = bound;
  return {
    ...bound,
    init: () => deepFreeze(bound.init()),
    propose: (state, index) => call('propose', state, (algorithm, own) => algorithm.propose(own, index)),
    tell: (state, told) =>
      call('tell', state, (algorithm, own) => ({ state: algorithm.tell(own, deepFreeze(told)) })).state,
    ...(computeUpdate === undefined || applyUpdate === undefined
      ? {}
      : {
          computeUpdate: (bulk, input) => {
            const before = [encodeState(bulk), encodeState(input)] as const;
            const result = computeUpdate(bulk, decodeState(before[1]));
            const again = computeUpdate(bulk, input);
            demand(sameBits({ ...again }, { ...result }), 'the update gave another result the second time');
            demand(
              sameBits(bulk, decodeState(before[0])) && sameBits(input, decodeState(before[1])),
              'the update changed what it was given',
            );
            return result;
          },
          applyUpdate: (state, result) =>
            call('the second half of the update', state, (algorithm, own) => {
              demand(algorithm.applyUpdate !== undefined, 'the update has only one half');
              return { state: algorithm.applyUpdate(own, result) };
            }).state,
        }),
  };
}

/** An action as a plain value; null where the call has none. */
function plainAction({ action }: { readonly action?: Action }): StateValue {
  if (action === undefined) return null;
  switch (action.kind) {
    case 'trial':
      return { kind: action.kind, proposal: JSON.stringify(action.proposal) };
    case 'update':
      return { kind: action.kind, request: { ...action.request } };
    case 'wait':
    case 'done':
      return { kind: action.kind };
    default:
      return action satisfies never;
  }
}
