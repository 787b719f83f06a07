import type { Moves } from './moves.js';
import { pickSegments, sameNumbers } from '../views/pick-segments.js';

export const swapMoves: Moves = {
  count(active, numbers) {
    const { plan } = active;
    if (plan.kind !== 'length') {
      if (plan.kind !== 'picks' || plan.sorted || plan.k < 2) return 0;
      if (plan.distinct) return 1;
    }
    const [head = [], ...rest] = pickSegments(active, numbers);
    return rest.some((segment) => !sameNumbers(segment, head)) ? 1 : 0;
  },

  apply(active, numbers, _unit, source) {
    const segments = pickSegments(active, numbers);
    const place = source.below(segments.length);
    const here = segments[place] ?? [];
    // Consider only positions with other numbers, so that the swap always changes the genome.
    const others: number[] = [];
    segments.forEach((segment, i) => {
      if (!sameNumbers(segment, here)) others.push(i);
    });
    const other = others[source.below(others.length)] ?? place;
    segments[place] = segments[other] ?? [];
    segments[other] = here;
    return active.plan.kind === 'length' ? [segments.length, ...segments.flat()] : segments.flat();
  },
};
