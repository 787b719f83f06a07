import type { Algorithm } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { StateValue } from '../contract/state-value.js';
import type { Proposal } from '../contract/trial.js';
import type { RegisteredAlgorithm } from '../contract/bound-algorithm.js';
import { Configuration, plainConfig } from '../contract/configuration.js';
import { freezePolicy, joinHistories, rankGatesOf } from '../early-stopping/frozen-policy.js';
import {
  emptyHistory,
  historyBytes,
  readRankHistory,
  type RankHistory,
} from '../early-stopping/rank-history.js';
import {
  answersOfInner,
  innerAlgorithm,
  naturalOrderOfInner,
  readInnerAlgorithm,
} from './inner-algorithm.js';
import { readStoppingPolicy, type CheckedPolicy } from '../early-stopping/read-policy.js';
import { readFields, readList } from '../contract/state-shape.js';
import type { StoppingPolicy } from '../early-stopping/stopping-policy.js';

export type StopEarlyConfig = { readonly algorithm: AlgorithmReference; readonly policy: CheckedPolicy };

export type StopEarlyState = {
  readonly inner: StateValue;
  /** One for each gate that compares with earlier trials, in the order of the policy. */
  readonly histories: readonly RankHistory[];
};

const name = 'stopEarly';
const version = 1;
const fieldNames = ['algorithm', 'policy'];

/**
 * Ends the trials of any algorithm by a policy. It freezes the policy into each proposal: gates by rank compare with
 * the trials whose outcomes it knew by then, not with those that run beside the new one.
 */
export function stopEarly(algorithm: AlgorithmReference, policy: StoppingPolicy): AlgorithmReference {
  return { name, version, config: plainConfig(name, { algorithm, policy }) };
}

/** The wrapper over the algorithms that `find` knows. */
export function stopEarlyAlgorithm(
  find: (reference: AlgorithmReference) => RegisteredAlgorithm,
): Algorithm<StopEarlyConfig, StopEarlyState> {
  const innerOf = innerAlgorithm<StopEarlyConfig>(find, (config, inner) => {
    if (inner.slices) refuseSlices(config);
    // The first proposal of the inner algorithm shows whether it ends trials by itself.
    const { action } = inner.propose(inner.init(), 0);
    if (action.kind === 'trial') refuseOwnEnd(config, action.proposal);
  });

  return {
    name,
    version,
    orders: ['in-order', 'as-completed'],
    naturalOrder: (config) => naturalOrderOfInner(new Configuration(name, config, fieldNames), find),
    objectives: 'any',
    configure(config, view, metrics) {
      const fields = new Configuration(name, config, fieldNames);
      const algorithm = readInnerAlgorithm(fields, find, view, metrics);
      return { algorithm, policy: readStoppingPolicy(fields.value('policy'), metrics) };
    },
    maximumStateBytes(problem) {
      const gates = rankGatesOf(problem.config.policy).length;
      return 64 + innerOf(problem).maximumStateBytes + gates * historyBytes;
    },
    init: (problem) => ({
      inner: innerOf(problem).init(),
      histories: rankGatesOf(problem.config.policy).map(() => emptyHistory),
    }),
    propose(problem, state, index) {
      const { config } = problem;
      const { state: inner, action } = innerOf(problem).propose(state.inner, index);
      const after = { ...state, inner };
      if (action.kind !== 'trial') return { state: after, action };
      refuseOwnEnd(config, action.proposal);
      if (action.proposal.known !== undefined) return { state: after, action };
      const proposal = { ...action.proposal, gate: freezePolicy(config.policy, state.histories) };
      return { state: after, action: { kind: 'trial', proposal } };
    },
    tell(problem, state, told) {
      const { policy } = problem.config;
      const histories = told.reduce((before, { outcome }) => {
        const values = outcome.kind === 'scored' || outcome.kind === 'stopped' ? outcome.atLeaves : undefined;
        return values === undefined ? before : joinHistories(policy, before, values);
      }, state.histories);
      return { inner: innerOf(problem).tell(state.inner, told), histories };
    },
    readState(problem, value) {
      const fields = readFields(value, 'state', ['inner', 'histories']);
      const expected = rankGatesOf(problem.config.policy).length;
      const histories = readList(fields.histories, 'state.histories', expected, readRankHistory);
      if (histories.length !== expected) {
        throw new AlgorithmError(`state.histories must have ${expected} items, found ${histories.length}`);
      }
      return { inner: fields.inner ?? null, histories };
    },
    ...answersOfInner(innerOf),
  };
}

function refuseSlices({ algorithm }: StopEarlyConfig): never {
  throw new AlgorithmError(
    `${algorithm.name} proposes slices of one training, which stopEarly cannot stop: leave stopEarly out`,
  );
}

function refuseOwnEnd({ algorithm }: StopEarlyConfig, { gate, until, continues }: Proposal): void {
  if (gate === undefined && until === undefined && continues === undefined) return;
  throw new AlgorithmError(
    `${algorithm.name} decides itself where its trials end, so stopEarly cannot stop them: give it another algorithm` +
      (algorithm.name === name ? ', and both policies in one anyOf or allOf' : ''),
  );
}
