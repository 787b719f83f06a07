import { dexp, dlog, type RandomStream } from '../../../foundation/numbers/index.js';

/** A one-step game: a reward for every joint action of agents with these numbers of actions, the last one fastest. */
export interface Game {
  readonly sizes: readonly number[];
  readonly rewards: Float64Array;
}

/** A distribution for each agent. */
export type Policies = readonly Float64Array[];

export function randomGame(sizes: readonly number[], source: RandomStream): Game {
  const size = sizes.reduce((product, of) => product * of, 1);
  return { sizes, rewards: Float64Array.from({ length: size }, () => source.unit()) };
}

/** Flat Dirichlet distributions. */
export function randomPolicies({ sizes }: Game, source: RandomStream): Policies {
  return sizes.map((of) => normalised(Float64Array.from({ length: of }, () => -dlog(1 - source.unit()))));
}

export function normalised(weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Mean reward of the policies. */
export function valueOf(game: Game, policies: Policies): number {
  const own = actionValues(game, policies, 0);
  return own.reduce((sum, value, action) => sum + value * (policies[0]?.[action] ?? 0), 0);
}

/** Mean reward of each action of an agent while the others follow their policies. */
export function actionValues({ sizes, rewards }: Game, policies: Policies, agent: number): Float64Array {
  let values = rewards;
  // Agents after it are summed out from the back, those before it from the front.
  for (let other = sizes.length - 1; other > agent; other -= 1) {
    const policy = policies[other] ?? new Float64Array(0);
    const sums = new Float64Array(values.length / policy.length);
    for (let at = 0; at < values.length; at += 1) {
      const to = Math.floor(at / policy.length);
      sums[to] = (sums[to] ?? 0) + (policy[at % policy.length] ?? 0) * (values[at] ?? 0);
    }
    values = sums;
  }
  for (let other = 0; other < agent; other += 1) {
    const policy = policies[other] ?? new Float64Array(0);
    const block = values.length / policy.length;
    const sums = new Float64Array(block);
    for (let at = 0; at < values.length; at += 1)
      sums[at % block] = (sums[at % block] ?? 0) + (policy[Math.floor(at / block)] ?? 0) * (values[at] ?? 0);
    values = sums;
  }
  return values;
}

/** argmax over distributions of E[values] − ω KL(· ‖ prior): prior · exp(values / ω), normalised. */
export function closedForm(prior: Float64Array, values: Float64Array, weight: number): Float64Array {
  const most = values.reduce((largest, value) => Math.max(largest, value), -Infinity);
  return normalised(prior.map((probability, at) => probability * dexp(((values[at] ?? 0) - most) / weight)));
}

/** Every agent's exact update from the same policies. */
export function simultaneousUpdate(game: Game, policies: Policies, weight: number): Policies {
  return policies.map((policy, agent) => closedForm(policy, actionValues(game, policies, agent), weight));
}

/** One agent after the other, each against the policies after the updates before it. */
export function sequentialUpdate(game: Game, policies: Policies, weight: number): Policies {
  return policies.reduce<Policies>((current, policy, agent) => {
    const updated = closedForm(policy, actionValues(game, current, agent), weight);
    return current.map((other, place) => (place === agent ? updated : other));
  }, policies);
}

/** Every agent's best action against the same policies. */
export function bestResponse(game: Game, policies: Policies): Policies {
  return policies.map((policy, agent) => {
    const values = actionValues(game, policies, agent);
    const best = values.reduce((most, value, at) => (value > (values[most] ?? 0) ? at : most), 0);
    return policy.map((_, at) => (at === best ? 1 : 0));
  });
}

/** KL(a ‖ b) in nats. */
export function divergence(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, p, at) => (p === 0 ? sum : sum + p * (dlog(p) - dlog(b[at] ?? 0))), 0);
}
