import type { Algorithm } from '../contract/algorithm.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import { Configuration } from '../contract/configuration.js';
import { readFields, readInteger } from '../contract/state-shape.js';
import { coordinatesOf, quasiRandomGenome } from '../coordinates/index.js';

export type QuasiRandomConfig = Readonly<Record<string, never>>;
/** `next` is the place of the next point in the sequence. */
export type QuasiRandomState = { readonly next: number };

const name = 'quasiRandom';
const version = 1;

/**
 * Points that fill a space more evenly than random ones: a scrambled Sobol' sequence in the first 256 numbers of a space,
 * Halton sequences beyond. The seed scrambles the sequence; an enqueued point takes no place of it. It never ends by
 * itself; in a small space points repeat.
 */
export function quasiRandom(): AlgorithmReference {
  return { name, version, config: {} };
}

export const quasiRandomAlgorithm: Algorithm<QuasiRandomConfig, QuasiRandomState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'any',
  configure(config, view) {
    new Configuration(name, config, []);
    coordinatesOf(view, name);
    return {};
  },
  maximumStateBytes: () => 32,
  init: () => ({ next: 0 }),
  propose({ view, rng }, { next }) {
    const genome = quasiRandomGenome(coordinatesOf(view, name), rng, next);
    return { state: { next: next + 1 }, action: { kind: 'trial', proposal: { genome } } };
  },
  tell: (_problem, state) => state,
  readState: (_problem, value) => ({
    next: readInteger(readFields(value, 'state', ['next']).next, 'state.next'),
  }),
};
