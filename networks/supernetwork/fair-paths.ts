import { fork, RandomStream } from '../../foundation/numbers/index.js';
import type { Rng } from '../../foundation/numbers/index.js';
import { activeChoices } from './choice-list.js';
import type { SupernetworkChoice } from './choice-list.js';

/**
 * Paths of one step of strict fairness (FairNAS, arXiv 1907.01845): as many as the largest choice has branches. The
 * outcomes of every choice run through permutations that `rng` draws, those of smaller choices again, and a sum takes
 * another set of candidates in each path. An outcome is 0 where its choice is not active.
 */
export function fairPaths(choices: readonly SupernetworkChoice[], rng: Rng): readonly Int32Array[] {
  const count = Math.max(
    1,
    ...choices.map(({ allowed, together }) => Math.ceil(allowed.length / together.length)),
  );
  const columns = choices.map(({ name, allowed, together }) => {
    // The picks of one sum share a permutation, so that no candidate is picked twice.
    const [owner = name] = together;
    const place = together.indexOf(name);
    const outcomes: number[] = [];
    for (let round = 0; outcomes.length < count * together.length; round++) {
      outcomes.push(...permuted(allowed, fork(fork(rng, owner), round), together.length));
    }
    return Array.from({ length: count }, (_none, path) => outcomes[path * together.length + place] ?? 0);
  });
  return Array.from({ length: count }, (_none, path) => {
    const drawn = Int32Array.from(columns, (column) => column[path] ?? 0);
    const active = activeChoices(choices, drawn);
    return drawn.map((outcome, i) => (active[i] === true ? outcome : 0));
  });
}

/** A permutation in groups of `size`; the last group is filled up from the start, so that none has an element twice. */
function permuted(values: readonly number[], rng: Rng, size: number): readonly number[] {
  const stream = new RandomStream(rng);
  const order = [...values];
  for (let last = order.length - 1; last > 0; last--) {
    const other = stream.below(last + 1);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  const missing = (size - (order.length % size)) % size;
  return [...order, ...order.slice(0, missing)];
}
