import { bindAlgorithm } from '../../algorithms/index.js';
import { rngFromSeed } from '../../foundation/numbers/index.js';
import { type Space, spaceHash, view } from '../../search-spaces/index.js';
import { decidingMetrics } from '../definition/deciding-metrics.js';
import type { DefinitionReader } from '../definition/definition-reader.js';
import type { LevelDefinition, WeightsEvaluator } from '../definition/definition.js';

/** Evaluates under the weights that another search has trained. */
export interface SharedWeightsEvaluator {
  readonly kind: 'sharedWeights';
  /** Id of that search. */
  readonly search: string;
  readonly pure: true;
}

/** The weights that a search left, as the client finds them in its home. */
export interface FoundWeights {
  readonly evaluator: WeightsEvaluator;
  /** The space whose architectures share them. */
  readonly space: Space;
}

/** Finds the last weights of a search, or says in one sentence why there are none to go on with. */
export type FindWeights = (search: string) => FoundWeights | { readonly problem: string };

/**
 * An evaluator that trains nothing: the evaluate function of another search, whose trials share weights, evaluates each
 * point under the last weights of that search (its id, such as `one-shot`, or `co-design/3/architecture` for an inner
 * one). The space has to be that search's. Equal points are evaluated once for all searches under the same weights, and
 * cost nothing. The weights are those that the search has when the search file is loaded.
 */
export function sharedWeights(search: string): SharedWeightsEvaluator {
  return { kind: 'sharedWeights', search, pure: true };
}

/** The weights that `evaluate` names, found; `options` are those beside which it stands. */
export function foundWeights(options: DefinitionReader, find: FindWeights | undefined): FoundWeights {
  const reader = options.at('evaluate');
  reader.members(['kind', 'search', 'pure']);
  if (options.optional('light', (light) => light.boolean()) === true) {
    options.at('light').refuse('only a function can be light, and evaluate is sharedWeights(…).');
  }
  const search = reader.at('search').nonEmptyText();
  if (find === undefined) {
    return reader.refuse(
      'the weights of another search cannot be found here: put the search into a search file.',
    );
  }
  const found = find(search);
  return 'problem' in found ? reader.refuse(found.problem) : found;
}

/** Refuses weights that the innermost level cannot search on. */
export function checkWeights(
  reader: DefinitionReader,
  { evaluator: { search }, space }: FoundWeights,
  levels: readonly LevelDefinition[],
): void {
  const level = levels.at(-1);
  if (level === undefined) return;
  const { name, algorithm, metrics, objective, order } = level;
  if (level.restOf !== undefined) {
    reader.refuse(
      `the space of the level "${name}" differs from trial to trial, and the weights of "${search}" are of one space: ` +
        'give the level that space, and let the outer levels decide what is not in it.',
    );
  }
  if (spaceHash(level.space) !== spaceHash(space)) {
    reader.refuse(
      `the weights of "${search}" are of another space than that of the level "${name}": give both the same space.`,
    );
  }
  const seen = decidingMetrics({ metrics, objective });
  const bound = bindAlgorithm(algorithm, view(level.space), seen, rngFromSeed(0), order);
  if (bound.slices) {
    reader.refuse(
      `the level "${name}" trains shared weights of its own: leave out its weightSharing, or evaluate by a function.`,
    );
  }
  // The first proposal shows whether the algorithm decides where its trials begin and end.
  const { action } = bound.propose(bound.init(), 0);
  if (action.kind !== 'trial') return;
  const { gate, until, continues } = action.proposal;
  if (gate !== undefined || until !== undefined || continues !== undefined) {
    reader.refuse(
      `${algorithm.name} decides itself where its trials begin or end, and under shared weights nothing is trained: ` +
        `give the level "${name}" another algorithm.`,
    );
  }
}
