import type { Evaluator } from './definition.js';

/** What of an evaluator can change a result: a table is its bytes, wherever they lie. */
export function evaluatorIdentity(evaluator: Evaluator): object {
  if (evaluator.kind !== 'table') return evaluator;
  const { path, ...identity } = evaluator;
  return identity;
}
