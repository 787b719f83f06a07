import { rngFromSeed } from '../../foundation/numbers/index.js';
import type { View } from '../../search-spaces/index.js';
import type { Algorithm, SearchProblem, TellingOrder } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { StateValue } from '../contract/state-value.js';
import type { Metric } from '../contract/trial.js';
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

/**
 * The algorithm inside a wrapping one, bound once for each problem, with those metrics of it that `seen` leaves (all).
 * `check` sees it then, and throws where it does not fit inside.
 */
export function innerAlgorithm<Config extends WrappingConfig>(
  find: (reference: AlgorithmReference) => RegisteredAlgorithm,
  check: (config: Config, inner: BoundAlgorithm) => void,
  seen: (metrics: readonly Metric[]) => readonly Metric[] = (metrics) => metrics,
): (problem: SearchProblem<Config>) => BoundAlgorithm {
  const bound = new WeakMap<SearchProblem<Config>, BoundAlgorithm>();
  return (problem) => {
    const known = bound.get(problem);
    if (known !== undefined) return known;
    const { view, metrics, order, config, rng } = problem;
    const inner = find(config.algorithm).bind(config.algorithm.config, view, seen(metrics), rng, order);
    check(config, inner);
    bound.set(problem, inner);
    return inner;
  };
}

/** The natural order of the algorithm that a wrapping one's field `algorithm` names. */
export function naturalOrderOfInner(
  fields: Configuration,
  find: (reference: AlgorithmReference) => RegisteredAlgorithm,
): TellingOrder {
  const algorithm = fields.algorithm('algorithm');
  return find(algorithm).naturalOrder(algorithm.config);
}

/**
 * End, slices, limits, draws, updates, what was learned and candidates of a wrapping algorithm: those of the algorithm
 * inside it.
 */
export function answersOfInner<Config extends WrappingConfig, State extends WrappingState>(
  innerOf: (problem: SearchProblem<Config>) => BoundAlgorithm,
): Required<
  Pick<
    Algorithm<Config, State>,
    | 'endsByItself'
    | 'slices'
    | 'drawer'
    | 'policy'
    | 'limits'
    | 'describe'
    | 'update'
    | 'program'
    | 'derivation'
  >
> {
  const none = ({ config }: SearchProblem<Config>): AlgorithmError =>
    new AlgorithmError(`${config.algorithm.name} has no updates`);
  return {
    endsByItself: (problem) => innerOf(problem).endsByItself,
    slices: (problem) => innerOf(problem).slices,
    drawer(problem, policy) {
      const { drawer } = innerOf(problem);
      if (drawer === undefined)
        throw new AlgorithmError(`${problem.config.algorithm.name} has no policy to draw from`);
      return drawer(policy);
    },
    policy: (problem, { inner }) => innerOf(problem).policy?.(inner) ?? null,
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
    program: (problem) => innerOf(problem).program ?? null,
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
