import {
  AlgorithmError,
  register,
  scoreOf,
  type Algorithm,
  type StateValue,
} from '../../algorithms/index.js';
import { fork, RandomStream } from '../../foundation/numbers/index.js';
import { mutate, sample, validate, type Genome } from '../../search-spaces/index.js';
import type { OwnAlgorithm } from '../../testing/index.js';

/** The best point so far with its score; null before the first. */
export type BestState = { readonly best: { readonly genome: Genome; readonly score: number } | null };

export type BestAlgorithm = Algorithm<null, BestState>;

/** A whole search algorithm in a few lines: it changes the best point so far, or draws one. */
export const bestSoFar: BestAlgorithm = {
  name: 'bestSoFar',
  version: 1,
  orders: ['in-order', 'as-completed'],
  objectives: 'single',
  configure: () => null,
  maximumStateBytes: () => 10_000,
  init: () => ({ best: null }),
  propose({ view, rng }, state, index) {
    const source = new RandomStream(fork(rng, index));
    const { best } = state;
    const genome =
      best === null || index % 4 === 0 ? sample(view, source) : mutate(view, best.genome, source);
    return { state, action: { kind: 'trial', proposal: { genome } } };
  },
  tell: ({ metrics }, state, told) =>
    told.reduce((before, { trial, outcome }) => {
      const score = scoreOf(metrics, outcome);
      if (score === null || (before.best !== null && score <= before.best.score)) return before;
      return { best: { genome: trial.genome, score } };
    }, state),
  readState({ view }, value) {
    if (!isObject(value) || !('best' in value)) throw new AlgorithmError('state must have the field best');
    const { best } = value;
    if (best === null) return { best };
    const genome = isObject(best) ? validate(view, best['genome']) : null;
    if (!isObject(best) || genome?.ok !== true || typeof best['score'] !== 'number')
      throw new AlgorithmError('state.best must be a point with a score');
    return { best: { genome: genome.value, score: best['score'] } };
  },
};

/** The algorithm with some of its parts exchanged, ready to be tested. */
export function toy(changes: Partial<BestAlgorithm> = {}): OwnAlgorithm {
  return { ...register({ ...bestSoFar, ...changes }), config: {} };
}

function isObject(value: StateValue | undefined): value is { readonly [key: string]: StateValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
