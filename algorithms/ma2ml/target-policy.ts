import { dlog } from '../../foundation/numbers/index.js';
import { policyOf } from '../policy-gradient/categorical-policy.js';
import type { Layout } from './layout.js';

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
