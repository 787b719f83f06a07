import { rngFromSeed } from '../../foundation/numbers/index.js';
import type { View } from '../../search-spaces/index.js';
import {
  AlgorithmError,
  type Algorithm,
  type AlgorithmReference,
  type Metric,
  type SearchProblem,
  type StateValue,
} from '../contract/algorithm.js';
import type { BoundAlgorithm, RegisteredAlgorithm } from '../contract/bound-algorithm.js';
import type { Configuration } from '../contract/configuration.js';

type WrappingConfig = { readonly algorithm: AlgorithmReference };
type WrappingState = { readonly [key: string]: StateValue; readonly inner: StateValue };

/** The algorithm that a wrapping one's field `algorithm` names, checked for this problem. */
export function readInnerAlgorithm(
  fields: Configuration,
  find: (reference: AlgorithmReference) => RegisteredAlgorithm,
  view: View,
  metrics: readonly Metric[],
): AlgorithmReference {
  const algorithm = fields.algorithm('algorithm');
  const found = find(algorithm);
  found.bind(algorithm.config, view, metrics, rngFromSeed(0), found.orders[0] ?? 'in-order');
  return algorithm;
}

/** Limits, updates, what was learned and candidates of a wrapping algorithm: those of the algorithm inside it. */
export function answersOfInner<Config extends WrappingConfig, State extends WrappingState>(
  innerOf: (problem: SearchProblem<Config>) => BoundAlgorithm,
): Required<Pick<Algorithm<Config, State>, 'limits' | 'describe' | 'update' | 'derivation'>> {
  const none = ({ config }: SearchProblem<Config>): AlgorithmError =>
    new AlgorithmError(`${config.algorithm.name} has no updates`);
  return {
    limits: (problem) => innerOf(problem).limits,
    describe: (problem, state) => innerOf(problem).describe?.(state.inner) ?? null,
    update: {
      compute(problem, bulk, input) {
        const { computeUpdate } = innerOf(problem);
        if (computeUpdate === undefined) throw none(problem);
        return computeUpdate(bulk, input);
      },
      apply(problem, state, result) {
        const { applyUpdate } = innerOf(problem);
        if (applyUpdate === undefined) throw none(problem);
        return { ...state, inner: applyUpdate(state.inner, result) };
      },
    },
    derivation(problem) {
      const { derivation } = innerOf(problem);
      if (derivation === undefined) return null;
      return {
        limits: derivation.limits,
        bulk: ({ inner }) => derivation.bulk(inner),
        derive: ({ inner }, bulk, counts) => derivation.derive(inner, bulk, counts),
      };
    },
  };
}
