import { fork, RandomStream } from '../../foundation/numbers/index.js';
import { sample } from '../../search-spaces/variation/index.js';
import type { Algorithm } from '../contract/algorithm.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import { Configuration } from '../contract/configuration.js';
import { readFields } from '../contract/state-shape.js';

export type RandomConfig = Readonly<Record<string, never>>;
export type RandomState = Readonly<Record<string, never>>;

const name = 'random';
const version = 1;

/**
 * Random search: proposal i is a sample from the i-th stream, whatever happened before. It never ends by itself; in a
 * small space points repeat.
 */
export function random(): AlgorithmReference {
  return { name, version, config: {} };
}

export const randomAlgorithm: Algorithm<RandomConfig, RandomState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'any',
  configure(config) {
    new Configuration(name, config, []);
    return {};
  },
  maximumStateBytes: () => 16,
  init: () => ({}),
  propose: (problem, state, index) => ({
    state,
    action: {
      kind: 'trial',
      proposal: { genome: sample(problem.view, new RandomStream(fork(problem.rng, index))) },
    },
  }),
  tell: (_problem, state) => state,
  readState(_problem, value) {
    readFields(value, 'state', []);
    return {};
  },
};
