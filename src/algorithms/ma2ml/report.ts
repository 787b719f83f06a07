import { rngFromSeed } from '../../numerics/index.js';
import type { View } from '../../search-spaces/index.js';
import { AlgorithmError, type AlgorithmReference, type Metric, type StateValue } from '../algorithm.js';
import { layoutOf, type Layout } from './layout.js';
import { ma2mlAlgorithm, policyOfBytes, type Ma2mlState } from './ma2ml.js';
import type { Ma2mlConfig } from './options.js';
import { entropyOf, policyOf } from './policy.js';

/** The policy of one decision: what its options stand for in a genome, and their probabilities in the same order. */
export interface Ma2mlHeadReport {
  readonly id: string;
  readonly options: readonly (readonly number[])[];
  readonly probabilities: readonly number[];
  /** In nats. */
  readonly entropy: number;
}

export interface Ma2mlAgentReport {
  readonly name: string;
  /** Sum of the entropies of its heads, in nats. */
  readonly entropy: number;
  /** Its part of all agents' credit in the last update, 0 … 1; null where no credit was given. */
  readonly creditShare: number | null;
  readonly heads: readonly Ma2mlHeadReport[];
}

/** What the agents of a search have learned. */
export interface Ma2mlReport {
  readonly round: number;
  readonly evaluations: number;
  /** How many of them had no score, a cost above its target, a metric outside of the range. */
  readonly unscored: number;
  readonly overTarget: number;
  readonly clipped: number;
  /** Weight ω of the divergence from the target policies; null while it is not known. */
  readonly klWeight: number | null;
  /** Moving average of the mean rewards of rounds; null before the first update. */
  readonly meanReward: number | null;
  readonly agents: readonly Ma2mlAgentReport[];
  /** One sentence about what keeps the agents from learning; null when nothing does. */
  readonly warning: string | null;
}

/** The agents of a state, readable. Throws `AlgorithmError` when it is not a state of this search. */
export function reportMa2ml(
  reference: AlgorithmReference,
  view: View,
  metrics: readonly Metric[],
  value: StateValue,
): Ma2mlReport {
  const { layout, state } = readSearch(reference, view, metrics, value);
  const policy = policyOf(layout, policyOfBytes(state.policy, layout.size, 'state.policy').logits);
  const total = state.credit.reduce((sum, credit) => sum + credit, 0);
  const agents = layout.agents.map((name, agent) => {
    const heads = layout.heads
      .filter((head) => head.agent === agent)
      .map((head) => ({
        id: head.id,
        options: head.options,
        probabilities: [...policy.probabilities.subarray(head.offset, head.offset + head.of)],
        entropy: entropyOf(head, policy),
      }));
    return {
      name,
      entropy: heads.reduce((sum, { entropy }) => sum + entropy, 0),
      creditShare: total > 0 ? (state.credit[agent] ?? 0) / total : null,
      heads,
    };
  });
  const { round, evaluations, unscored, overTarget, clipped, klWeight, baseline: meanReward } = state;
  const counts = { round, evaluations, unscored, overTarget, clipped };
  return { ...counts, klWeight, meanReward, agents, warning: warningOf(state) };
}

function warningOf({ evaluations, clipped, least, most }: Ma2mlState): string | null {
  if (evaluations > 1 && least === most) {
    return `All ${evaluations} rewards so far are ${most}: the agents have nothing to learn from and keep their policies.`;
  }
  if (clipped <= evaluations / 2) return null;
  return `${clipped} of ${evaluations} trials lie outside of the range of rewards: the agents cannot tell them apart.`;
}

/** The problem and the state of a search with MA2ML. */
export function readSearch(
  reference: AlgorithmReference,
  view: View,
  metrics: readonly Metric[],
  value: StateValue,
): { readonly layout: Layout; readonly config: Ma2mlConfig; readonly state: Ma2mlState } {
  const { name, version } = ma2mlAlgorithm;
  if (reference.name !== name || reference.version !== version) {
    throw new AlgorithmError(
      `the search uses '${reference.name}' version ${reference.version}, not ${name} version ${version}`,
    );
  }
  const config = ma2mlAlgorithm.configure(reference.config, view, metrics);
  const problem = { view, metrics, config, rng: rngFromSeed(0), order: 'in-order' } as const;
  return { layout: layoutOf(problem), config, state: ma2mlAlgorithm.readState(problem, value) };
}
