import type { ChoiceSource } from '../../foundation/numbers/index.js';
import { addSlope, divergenceOf, type CategoricalPolicy } from '../policy-gradient/categorical-policy.js';
import { isActive } from '../policy-gradient/decisions.js';
import type { CreditBlock, ExactBlock } from './credit-blocks.js';
import type { Layout } from './layout.js';
import { drawOptions, inactive } from './pipeline.js';

/**
 * The value of joint actions, in which every head has an option, also those that others switch off: the value does
 * not depend on the options of inactive heads, and all heads are independent.
 */
export interface JointValue {
  value(actions: Uint8Array): number;
  /** The values of the joint actions with each joint option of a block in turn, the other heads kept. */
  alternatives(block: ExactBlock, actions: Uint8Array, values: Float64Array): void;
}

/** Probability of each joint option of a block. */
export function jointProbabilities(
  { heads }: Layout,
  block: ExactBlock,
  policy: CategoricalPolicy,
): Float64Array {
  const width = block.heads.length;
  const offsets = block.heads.map((head) => heads[head]?.offset ?? 0);
  const probabilities = new Float64Array(block.count);
  for (let joint = 0; joint < block.count; joint += 1) {
    let product = 1;
    for (let at = 0; at < width; at += 1) {
      const option = block.joint[joint * width + at] ?? 0;
      product *= policy.probabilities[(offsets[at] ?? 0) + option] ?? 0;
    }
    probabilities[joint] = product;
  }
  return probabilities;
}

/** Index of the block's own joint option among its alternatives. */
function ownPlace({ heads }: Layout, block: ExactBlock, actions: Uint8Array): number {
  return block.heads.reduce((place, head) => place * (heads[head]?.of ?? 1) + (actions[head] ?? 0), 0);
}

/**
 * Counterfactual credit of a block for its part of joint actions: their value less its mean over the block's own
 * policy, the options of all others kept (Foerster et al., 2018).
 */
export function creditOf(
  layout: Layout,
  block: ExactBlock,
  value: JointValue,
  probabilities: Float64Array,
  actions: Uint8Array,
): number {
  const values = new Float64Array(block.count);
  value.alternatives(block, actions, values);
  let mean = 0;
  for (let joint = 0; joint < block.count; joint += 1)
    mean += (probabilities[joint] ?? 0) * (values[joint] ?? 0);
  return (values[ownPlace(layout, block, actions)] ?? 0) - mean;
}

/**
 * The credit of `creditOf` with the mean over the own policy estimated: that of the joint actions with the parts that
 * the heads have in `draws`. Unbiased for draws from the policy that do not depend on `actions`.
 */
export function sampledCreditOf(
  heads: readonly number[],
  value: JointValue,
  draws: readonly Uint8Array[],
  actions: Uint8Array,
): number {
  const swapped = actions.slice();
  let sum = 0;
  for (const draw of draws) {
    for (const head of heads) swapped[head] = draw[head] ?? 0;
    sum += value.value(swapped);
  }
  return value.value(actions) - sum / draws.length;
}

/** What the weight of an action is made of. */
export type Advantage =
  /**
   * Counterfactual credit under a value; `draws` are joint actions from the policy, independent of the samples, for the
   * agents whose credit is estimated.
   */
  | { readonly kind: 'credit'; readonly value: JointValue; readonly draws: readonly Uint8Array[] }
  /** The same number for every agent, one for each joint action. */
  | { readonly kind: 'shared'; readonly weights: readonly number[] };

/** What a step of the actors climbs: the advantage of the samples, less the divergence from the target policies. */
export interface ActorStep {
  readonly policy: CategoricalPolicy;
  /** Target policies and the weight ω of the divergence from them; null: none. */
  readonly regularised: { readonly target: CategoricalPolicy; readonly weight: number } | null;
  readonly advantage: Advantage;
  /** Joint actions drawn from the policy, an option for every head. */
  readonly samples: readonly Uint8Array[];
}

/**
 * Adds to `gradient` the estimate, from the samples, of the slope of E[value] − ω Σ KL(policy ‖ target) with respect
 * to the logits of some blocks, and to `credit` the size of each agent's credit. The divergence of a block counts its
 * active heads; inactive ones have no slope.
 */
export function addActorGradient(
  layout: Layout,
  blocks: readonly CreditBlock[],
  { policy, regularised, advantage, samples }: ActorStep,
  gradient: Float64Array,
  credit: Float64Array,
): void {
  const { heads } = layout;
  const target = regularised?.target ?? null;
  const divergences = heads.map((head) => (target === null ? 0 : divergenceOf(head, policy, target)));
  for (const block of blocks) {
    const creditAt = advantage.kind === 'credit' ? creditFunction(layout, block, policy, advantage) : null;
    for (const [place, actions] of samples.entries()) {
      const active = block.heads.filter((head) => isActive(heads, actions, head));
      if (active.length === 0) continue;
      let weight: number;
      if (creditAt !== null) {
        weight = creditAt(actions);
        credit[block.agent] = (credit[block.agent] ?? 0) + Math.abs(weight) / samples.length;
      } else {
        weight = advantage.kind === 'shared' ? (advantage.weights[place] ?? 0) : 0;
      }
      if (regularised !== null) {
        let surplus = 0;
        for (const head of active) {
          const at = (heads[head]?.offset ?? 0) + (actions[head] ?? 0);
          const ratio = (policy.logarithms[at] ?? 0) - (regularised.target.logarithms[at] ?? 0);
          surplus += ratio - (divergences[head] ?? 0);
        }
        weight -= regularised.weight * surplus;
      }
      for (const place of active) {
        const head = heads[place];
        if (head === undefined) continue;
        addSlope(head, policy, actions[place] ?? inactive, weight / samples.length, gradient);
      }
    }
  }
}

/** The credit of a block for its part of joint actions. */
function creditFunction(
  layout: Layout,
  block: CreditBlock,
  policy: CategoricalPolicy,
  { value, draws }: Extract<Advantage, { kind: 'credit' }>,
): (actions: Uint8Array) => number {
  switch (block.kind) {
    case 'exact': {
      const probabilities = jointProbabilities(layout, block, policy);
      return (actions) => creditOf(layout, block, value, probabilities, actions);
    }
    case 'sampled':
      return (actions) => sampledCreditOf(block.heads, value, draws, actions);
    default:
      return block satisfies never;
  }
}

/** Each number less the mean of the others; 0 when there are no others. */
export function leaveOneOut(values: readonly number[]): readonly number[] {
  const sum = values.reduce((total, value) => total + value, 0);
  const others = values.length - 1;
  return values.map((value) => (others === 0 ? 0 : value - (sum - value) / others));
}

/** Evaluated pipelines as joint actions: the options of inactive heads are drawn. */
export function withDrawnInactive(
  layout: Layout,
  policy: CategoricalPolicy,
  actions: Uint8Array,
  source: ChoiceSource,
): Uint8Array {
  const drawn = drawOptions(layout, policy, source);
  return actions.map((option, place) => (option === inactive ? (drawn[place] ?? 0) : option));
}
