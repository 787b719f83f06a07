import { AlgorithmError } from '../contract/algorithm-error.js';
import type { Configuration } from '../contract/configuration.js';

/** Readers of the fields that every way of sharing weights has; each throws `AlgorithmError` for what is wrong. */

const mostEpochs = 100_000;
const mostExamples = 1_000_000_000;

/** Passes over the training data. */
export function readEpochs(fields: Configuration): number {
  return fields.integer('epochs', 1, mostEpochs);
}

/** Paths that a command finds in its file of draws; null where none are named. */
export function readSteps(fields: Configuration): number | null {
  return fields.value('steps') === undefined ? null : fields.integer('steps', 1, Number.MAX_SAFE_INTEGER);
}

/** Validation examples of each score. */
export function readExamples(fields: Configuration, fallback: number): number {
  return fields.integer('examples', 1, mostExamples, fallback);
}

/** Refuses the selection of decisions, which no way of sharing has. */
export function refuseWhere(owner: string, value: { readonly [key: string]: unknown }): void {
  if (value['where'] === undefined) return;
  throw new AlgorithmError(
    `'where' of ${owner} cannot select decisions, because all those of a level share weights: ` +
      'give the others to an outer level, as factorised(space, where, { outer, inner }) does',
  );
}
