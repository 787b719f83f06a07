import type { TrialEvaluator } from './definition.js';

/** What of an evaluator can change a result: a table is its bytes, wherever they lie, and weights are theirs. */
export function evaluatorIdentity(evaluator: TrialEvaluator): object {
  if (evaluator.kind === 'sharedWeights') {
    const { kind, setting, weights, pure } = evaluator;
    return { kind, setting, weights, pure };
  }
  if (evaluator.kind !== 'table') return evaluator;
  const { path, ...identity } = evaluator;
  return identity;
}
