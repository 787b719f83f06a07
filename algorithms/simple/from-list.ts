import { validate } from '../../search-spaces/genomes/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { Algorithm } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import { Configuration } from '../contract/configuration.js';
import { readFields, readInteger } from '../contract/state-shape.js';

export type FromListConfig = { readonly genomes: readonly Genome[] };
export type FromListState = { readonly next: number };

const name = 'fromList';
const version = 1;

/** The given genomes in their order; then the search is done. */
export function fromList(genomes: readonly Genome[]): AlgorithmReference {
  return { name, version, config: { genomes: genomes.map((genome) => [...genome]) } };
}

export const fromListAlgorithm: Algorithm<FromListConfig, FromListState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'any',
  configure(config, view) {
    const fields = new Configuration(name, config, ['genomes']);
    const genomes = fields.value('genomes');
    if (!Array.isArray(genomes)) return fields.refuse('genomes', 'a list of genomes');
    return {
      genomes: genomes.map((genome: unknown, place) => {
        const result = validate(view, genome);
        if (result.ok) return result.value;
        throw new AlgorithmError(
          `genomes[${place}] of ${name} is no genome of this space: ${result.error.detail}`,
        );
      }),
    };
  },
  endsByItself: () => true,
  maximumStateBytes: () => 32,
  init: () => ({ next: 0 }),
  propose({ config }, state) {
    const genome = config.genomes[state.next];
    if (genome === undefined) return { state, action: { kind: 'done' } };
    return { state: { next: state.next + 1 }, action: { kind: 'trial', proposal: { genome } } };
  },
  tell: (_problem, state) => state,
  readState: (_problem, value) => ({
    next: readInteger(readFields(value, 'state', ['next']).next, 'state.next'),
  }),
};
