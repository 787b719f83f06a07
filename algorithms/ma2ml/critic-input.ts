import { idSegments } from '../../search-spaces/language/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { Head } from '../policy-gradient/heads.js';
import type { Ma2mlOrderFree } from './options.js';

/**
 * Heads that the critic reads together, with the first of their input rows. `one-hot`: a row for each option.
 * `operation`: for the chosen operation of `count` possible ones a 1 in the rows of counts, and each level, from 0 to
 * 1, in its rows of sums; all operations that share these rows are exchangeable.
 */
export type InputUnit =
  | { readonly kind: 'one-hot'; readonly head: number; readonly row: number }
  | {
      readonly kind: 'operation';
      readonly head: number;
      readonly row: number;
      readonly count: number;
      readonly levels: readonly { readonly head: number; readonly of: number }[];
    };

/** How pipelines become the critic's input. */
export interface CriticInput {
  readonly width: number;
  readonly units: readonly InputUnit[];
  /** The unit of each head. */
  readonly unitOf: readonly number[];
}

/** One-hot blocks in head order; with `orderFree` the repeated operations share their rows. */
export function criticInputOf(heads: readonly Head[], orderFree: Ma2mlOrderFree | null): CriticInput {
  const units: InputUnit[] = [];
  const unitOf = new Array<number>(heads.length).fill(-1);
  let width = 0;
  if (orderFree !== null) {
    for (const operation of operationsOf(heads, orderFree)) {
      const count = heads[operation.head]?.of ?? 0;
      if (units.length === 0) width = count * (1 + orderFree.levels.length);
      else if (count * (1 + orderFree.levels.length) !== width) {
        throw new AlgorithmError(
          `'orderFree' of ma2ml needs operations with the same number of options, '${heads[operation.head]?.id}' has ${count}`,
        );
      }
      for (const head of [operation.head, ...operation.levels.map((level) => level.head)])
        unitOf[head] = units.length;
      units.push({ kind: 'operation', row: 0, count, ...operation });
    }
  }
  for (const [head, { of }] of heads.entries()) {
    if (unitOf[head] !== -1) continue;
    unitOf[head] = units.length;
    units.push({ kind: 'one-hot', head, row: width });
    width += of;
  }
  return { width, units, unitOf };
}

function operationsOf(heads: readonly Head[], { operation, levels }: Ma2mlOrderFree) {
  const byId = new Map(heads.map((head, place) => [head.id, place]));
  const found = heads.flatMap((head, place) => {
    if (idSegments(head.id).at(-1) !== operation) return [];
    const folder = head.id.slice(0, head.id.length - operation.length);
    const beside = levels.map((level) => {
      const at = byId.get(folder + level);
      const { of, parent, parentOption } = heads[at ?? -1] ?? { of: 0, parent: -1, parentOption: -1 };
      if (at === undefined || parent !== head.parent || parentOption !== head.parentOption) {
        throw new AlgorithmError(
          `'orderFree' of ma2ml finds the operation '${head.id}' but no decision '${folder}${level}' beside it`,
        );
      }
      return { head: at, of };
    });
    return [{ head: place, levels: beside }];
  });
  if (found.length > 0) return found;
  throw new AlgorithmError(`'orderFree' of ma2ml finds no decision called '${operation}'`);
}
