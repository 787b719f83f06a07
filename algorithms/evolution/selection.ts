import type { ChoiceSource } from '../../foundation/numbers/index.js';

/** The first n places by the order of their keys; with `cluster` all places that have one of the first n keys. */
export function ranked(
  keys: readonly number[],
  n: number,
  order: 'falling' | 'rising' | 'given',
  cluster: boolean,
): readonly number[] {
  const places = keys.map((_, place) => place);
  const key = (place: number): number => keys[place] ?? 0;
  if (order === 'falling') places.sort((a, b) => key(b) - key(a));
  if (order === 'rising') places.sort((a, b) => key(a) - key(b));
  if (!cluster) return places.slice(0, n);
  const chosen = new Set([...new Set(places.map(key))].slice(0, n));
  return places.filter((place) => chosen.has(key(place)));
}

/** Python's slice of a list. */
export function sliced<T>(
  list: readonly T[],
  from: number | undefined,
  to: number | undefined,
  step: number,
): readonly T[] {
  const { length } = list;
  const bound = (value: number | undefined, absent: number): number => {
    if (value === undefined) return absent;
    const place = value < 0 ? value + length : value;
    return step > 0 ? Math.min(Math.max(place, 0), length) : Math.min(Math.max(place, -1), length - 1);
  };
  const start = bound(from, step > 0 ? 0 : length - 1);
  const end = bound(to, step > 0 ? length : -1);
  const chosen: T[] = [];
  for (let place = start; step > 0 ? place < end : place > end; place += step) {
    const item = list[place];
    if (item !== undefined) chosen.push(item);
  }
  return chosen;
}

/** n different places at random, or n draws with replacement. */
export function randomPlaces(
  count: number,
  n: number,
  replace: boolean,
  source: ChoiceSource,
): readonly number[] {
  if (count === 0) return [];
  if (replace) return Array.from({ length: n }, () => source.below(count));
  const places = Array.from({ length: count }, (_, place) => place);
  for (let drawn = 0; drawn < Math.min(n, count); drawn += 1) {
    const at = drawn + source.below(count - drawn);
    [places[drawn], places[at]] = [places[at] ?? 0, places[drawn] ?? 0];
  }
  return places.slice(0, n);
}

/** n draws with replacement by weight; weights that are all zero count as equal. */
export function weightedPlaces(
  weights: readonly number[],
  n: number,
  source: ChoiceSource,
): readonly number[] {
  const own = evened(weights);
  const total = own.reduce((sum, weight) => sum + weight, 0);
  if (own.length === 0) return [];
  return Array.from({ length: n }, () => {
    let left = source.unit() * total;
    for (const [place, weight] of own.entries()) {
      if (left < weight) return place;
      left -= weight;
    }
    // Rounding can leave a little of `left`: the last place with a weight takes it.
    return own.findLastIndex((weight) => weight > 0);
  });
}

/**
 * A count for each place, n in all, in proportion to the weights and rounded half up. The heaviest places take what
 * rounding left over and the lightest with a weight give up what it added, in turn. All weights zero count as equal.
 */
export function shares(weights: readonly number[], n: number): readonly number[] {
  const own = evened(weights);
  const total = own.reduce((sum, weight) => sum + weight, 0);
  const counts = own.map((weight) => Math.floor((n * weight) / total + 0.5));
  const holders = own.flatMap((weight, place) => (weight > 0 ? [place] : []));
  let difference = n - counts.reduce((sum, count) => sum + count, 0);
  const weight = (place: number): number => own[place] ?? 0;
  const turn = [...holders].sort((a, b) => (difference > 0 ? weight(b) - weight(a) : weight(a) - weight(b)));
  for (let i = 0; difference !== 0 && turn.length > 0; i += 1) {
    const place = turn[i % turn.length] ?? 0;
    const count = counts[place] ?? 0;
    if (difference < 0 && count === 0) continue;
    counts[place] = count + Math.sign(difference);
    difference -= Math.sign(difference);
  }
  return counts;
}

function evened(weights: readonly number[]): readonly number[] {
  const held = weights.map((weight) => Math.max(0, weight));
  return held.some((weight) => weight > 0) ? held : held.map(() => 1);
}
