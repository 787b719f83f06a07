import { fork, type Rng } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import type { ChoiceCoordinate, Coordinates } from './coordinates.js';
import { decidedGenome } from './decided-genome.js';
import { lowDiscrepancy } from './low-discrepancy.js';

/**
 * Point `index` of the scrambled low-discrepancy sequence of a search: a function of `rng` and the index alone. The law
 * of each decision is that of `sample`.
 */
export function quasiRandomGenome(coordinates: Coordinates, rng: Rng, index: number): Genome {
  const { key } = fork(rng, 'quasi-random');
  const unit = (dimension: number): number => lowDiscrepancy(index, dimension, key);
  return decidedGenome(coordinates, {
    number: ({ slot }) => unit(slot),
    choice: (coordinate) => weightedIndex(coordinate, unit(coordinate.slot)),
    set({ slot, slots, of, picks, distinct }) {
      const left = Array.from({ length: of }, (_, index) => index);
      return Array.from({ length: picks }, (_, pick) => {
        const place = Math.floor(unit(slot + (pick % slots)) * left.length);
        return distinct ? (left.splice(place, 1)[0] ?? 0) : place;
      });
    },
    order({ slot, of }) {
      const left = Array.from({ length: of }, (_, index) => index);
      return Array.from(
        { length: of },
        (_, position) => left.splice(Math.floor(unit(slot + position) * left.length), 1)[0] ?? 0,
      );
    },
  });
}

/** The candidate at a place in [0, 1), by weight. */
export function weightedIndex({ of, weights }: ChoiceCoordinate, unit: number): number {
  if (weights === null) return Math.min(of - 1, Math.floor(unit * of));
  let rest = unit * weights.reduce((sum, weight) => sum + weight, 0);
  const found = weights.findIndex((weight) => {
    rest -= weight;
    return rest < 0;
  });
  return found === -1 ? of - 1 : found;
}
