import { dlog } from '../../foundation/numbers/index.js';
import type { AlgorithmDescription } from '../contract/description.js';
import { entropyOf, policyOf } from '../policy-gradient/categorical-policy.js';
import type { Layout } from './layout.js';
import type { Ma2mlState } from './ma2ml-state.js';
import { policyOfBytes } from './policy-bytes.js';

/** The policy of one decision: what its options stand for in a genome, and their probabilities in the same order. */
export interface Ma2mlHeadReport {
  readonly id: string;
  /** Id of the decision in the view, which picks of a multi-choice share. */
  readonly node: string;
  readonly options: readonly (readonly number[])[];
  readonly probabilities: readonly number[];
  /** In nats. */
  readonly entropy: number;
}

/** What one agent has learned. */
export interface Ma2mlAgentReport {
  readonly name: string;
  /** Sum of the entropies of its heads, in nats. */
  readonly entropy: number;
  /** Its part of all agents' credit in the last update, 0 … 1; null where the update gave no credit. */
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

/** The agents of a state, readable. */
export function agentsReport(layout: Layout, state: Ma2mlState): Ma2mlReport {
  const policy = policyOf(layout, policyOfBytes(state.policy, layout.size, 'state.policy').logits);
  const total = state.credit.reduce((sum, credit) => sum + credit, 0);
  const agents = layout.agents.map((name, agent) => {
    const heads = layout.heads
      .filter((head) => head.agent === agent)
      .map((head) => ({
        id: head.id,
        node: head.node,
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

/** The same for people who watch, whatever the algorithm is. */
export function descriptionOf(report: Ma2mlReport): AlgorithmDescription {
  const { round, evaluations, unscored, overTarget, clipped, meanReward, klWeight, agents, warning } = report;
  return {
    figures: [
      { name: 'round', value: round },
      { name: 'results', value: evaluations },
      { name: 'without a score', value: unscored },
      { name: 'above a cost target', value: overTarget },
      { name: 'outside of the range', value: clipped },
      { name: 'mean reward', value: meanReward },
      { name: 'weight ω', value: klWeight },
    ],
    groups: agents.map(({ name, entropy, creditShare, heads }) => ({
      name,
      figures: [
        // In nats.
        { name: 'entropy', value: entropy },
        { name: 'largest entropy', value: heads.reduce((sum, { options }) => sum + dlog(options.length), 0) },
        { name: 'share of credit', value: creditShare },
      ],
      decisions: heads.map(({ id, node, options, probabilities }) => ({ id, node, options, probabilities })),
    })),
    warning,
  };
}
