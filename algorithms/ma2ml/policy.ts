import { dexp, dlog, type ChoiceSource } from '../../foundation/numbers/index.js';
import type { Head } from './head.js';
import type { Layout } from './layout.js';

/** Probabilities and log-probabilities of all options of all heads, in the order of the logits. */
export interface Policy {
  readonly probabilities: Float64Array;
  readonly logarithms: Float64Array;
}

/** The policy of some logits: a softmax for each head. */
export function policyOf({ heads, size }: Layout, logits: Float32Array | Float64Array): Policy {
  const probabilities = new Float64Array(size);
  const logarithms = new Float64Array(size);
  for (const { offset, of } of heads) {
    let largest = -Infinity;
    for (let at = offset; at < offset + of; at += 1) largest = Math.max(largest, logits[at] ?? 0);
    let total = 0;
    for (let at = offset; at < offset + of; at += 1) {
      const weight = dexp((logits[at] ?? 0) - largest);
      probabilities[at] = weight;
      total += weight;
    }
    const logTotal = dlog(total);
    for (let at = offset; at < offset + of; at += 1) {
      probabilities[at] = (probabilities[at] ?? 0) / total;
      logarithms[at] = (logits[at] ?? 0) - largest - logTotal;
    }
  }
  return { probabilities, logarithms };
}

/** Draws an option for every head, active or not: heads are independent. */
export function drawOptions({ heads }: Layout, { probabilities }: Policy, source: ChoiceSource): Uint8Array {
  const actions = new Uint8Array(heads.length);
  for (const [place, head] of heads.entries())
    actions[place] = drawOption(head, probabilities, source.unit());
  return actions;
}

/** The first option whose cumulative probability exceeds a number in [0, 1); the last one takes the rest. */
function drawOption({ offset, of }: Head, probabilities: Float64Array, unit: number): number {
  let sum = 0;
  for (let option = 0; option < of - 1; option += 1) {
    sum += probabilities[offset + option] ?? 0;
    if (sum > unit) return option;
  }
  return of - 1;
}

/** The most probable option of every head; the first of equal ones. */
export function mostProbable({ heads }: Layout, logits: Float32Array): Uint8Array {
  const actions = new Uint8Array(heads.length);
  for (const [place, { offset, of }] of heads.entries()) {
    let best = 0;
    for (let option = 1; option < of; option += 1)
      if ((logits[offset + option] ?? 0) > (logits[offset + best] ?? 0)) best = option;
    actions[place] = best;
  }
  return actions;
}

/** Entropy of a head in nats. */
export function entropyOf({ offset, of }: Head, { probabilities, logarithms }: Policy): number {
  let sum = 0;
  for (let at = offset; at < offset + of; at += 1) sum -= (probabilities[at] ?? 0) * (logarithms[at] ?? 0);
  return sum + 0;
}

/** KL(policy ‖ target) of a head in nats. */
export function divergenceOf({ offset, of }: Head, policy: Policy, target: Policy): number {
  let sum = 0;
  for (let at = offset; at < offset + of; at += 1) {
    const difference = (policy.logarithms[at] ?? 0) - (target.logarithms[at] ?? 0);
    sum += (policy.probabilities[at] ?? 0) * difference;
  }
  return sum;
}

/** Moves target logits a share `rate` towards the policy, in logits or in probabilities. */
export function followPolicy(
  layout: Layout,
  logits: Float32Array,
  target: Float32Array,
  rate: number,
  mode: 'logits' | 'mixture',
): void {
  if (mode === 'logits') {
    for (let at = 0; at < layout.size; at += 1)
      target[at] = (1 - rate) * (target[at] ?? 0) + rate * (logits[at] ?? 0);
    return;
  }
  const now = policyOf(layout, logits).probabilities;
  const before = policyOf(layout, target).probabilities;
  for (let at = 0; at < layout.size; at += 1) {
    const mixed = (1 - rate) * (before[at] ?? 0) + rate * (now[at] ?? 0);
    // An option that has become impossible in floating point keeps a finite logit.
    target[at] = dlog(Math.max(mixed, 1e-37));
  }
}
