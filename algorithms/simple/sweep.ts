import { first, nextWithFixedFloats } from '../../search-spaces/enumeration/index.js';
import type { Genome, View } from '../../search-spaces/views/index.js';
import type { Algorithm } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import { Configuration } from '../contract/configuration.js';
import { largestGenomeBytes } from '../contract/genome-bytes.js';
import { readFields, readGenome } from '../contract/state-shape.js';

export type SweepConfig = Readonly<Record<string, never>>;

/** `last` is the genome proposed last, null before the first. */
export type SweepState = { readonly last: Genome | null };

const name = 'sweep';
const version = 1;

/**
 * Every point of a space without floats (or whose floats have one value each), once, in sweep order; then the search is done. Enqueued points neither move
 * the sweep nor are left out of it; points that violate a constraint are proposed and come back as infeasible.
 */
export function sweep(): AlgorithmReference {
  return { name, version, config: {} };
}

export const sweepAlgorithm: Algorithm<SweepConfig, SweepState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'any',
  configure(config, view) {
    new Configuration(name, config, []);
    const float = firstFloat(view);
    if (float !== null) {
      throw new AlgorithmError(
        `${name} cannot enumerate the float '${float}': make it an int or a choice among values, or use another algorithm`,
      );
    }
    return {};
  },
  endsByItself: () => true,
  maximumStateBytes: ({ view }) => 16 + largestGenomeBytes(view),
  init: () => ({ last: null }),
  propose(problem, state) {
    const genome = state.last === null ? first(problem.view) : nextWithFixedFloats(problem.view, state.last);
    if (genome === null) return { state, action: { kind: 'done' } };
    return { state: { last: genome }, action: { kind: 'trial', proposal: { genome } } };
  },
  tell: (_problem, state) => state,
  readState(problem, value) {
    const fields = readFields(value, 'state', ['last']);
    return { last: fields.last === null ? null : readGenome(problem.view, fields.last, 'state.last') };
  },
};

/** The id of the first float with more than one value, null when there is none. */
export function firstFloat(view: View): string | null {
  for (const node of view.nodes) {
    if (node.kind === 'float' && node.min < node.max) return node.id;
    if (node.kind === 'int' || node.kind === 'float') continue;
    for (const inner of node.sub) {
      const found = firstFloat(inner);
      if (found !== null) return found;
    }
  }
  return null;
}
