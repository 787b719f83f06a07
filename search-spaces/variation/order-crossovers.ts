import type { ChoiceSource } from '../../foundation/numbers/index.js';

/** Two orders of the same elements, 0 to n − 1. */
export type Orders = readonly [readonly number[], readonly number[]];

/**
 * Partially mapped crossover (Goldberg and Lingle, 1985): child i takes positions start to end − 1 from the other
 * parent; elsewhere its own parent's element, replaced while it lies in the segment by the own element at that one's
 * position in the other parent.
 */
export function partiallyMapped([a, b]: Orders, start: number, end: number): Orders {
  const child = (own: readonly number[], other: readonly number[]): readonly number[] => {
    const placeInSegment = new Map<number, number>();
    for (let place = start; place < end; place++) placeInSegment.set(other[place] ?? 0, place);
    return own.map((element, place) => {
      if (place >= start && place < end) return other[place] ?? 0;
      let value = element;
      for (let at = placeInSegment.get(value); at !== undefined; at = placeInSegment.get(value)) {
        value = own[at] ?? 0;
      }
      return value;
    });
  };
  return [child(a, b), child(b, a)];
}

/**
 * Order crossover (Davis, 1985): child i takes positions start to end − 1 from the other parent; the free positions
 * from `end` on, cyclically, take the own parent's elements in their order from `end` on.
 */
export function orderCrossed([a, b]: Orders, start: number, end: number): Orders {
  const child = (own: readonly number[], other: readonly number[]): readonly number[] => {
    const n = own.length;
    const inSegment = new Set(other.slice(start, end));
    const result = [...other];
    let place = end % n;
    for (let i = 0; i < n; i++) {
      const element = own[(end + i) % n] ?? 0;
      if (inSegment.has(element)) continue;
      result[place] = element;
      place = (place + 1) % n;
    }
    return result;
  };
  return [child(a, b), child(b, a)];
}

/** Cycle crossover (Oliver et al., 1987): a coin decides for each cycle of positions whether the children swap it. */
export function cycleCrossed([a, b]: Orders, source: ChoiceSource): Orders {
  const placeInA = new Map(a.map((element, place) => [element, place]));
  const first = [...a];
  const second = [...b];
  const done = new Set<number>();
  for (let start = 0; start < a.length; start++) {
    if (done.has(start)) continue;
    const crossed = source.below(2) === 1;
    for (let place = start; !done.has(place); place = placeInA.get(b[place] ?? 0) ?? start) {
      done.add(place);
      if (!crossed) continue;
      first[place] = b[place] ?? 0;
      second[place] = a[place] ?? 0;
    }
  }
  return [first, second];
}
