import { crowdingOrder, nonDominatedFronts } from '../evolution/pareto.js';
import type { Limit, Measure } from './measure.js';

/** A trial that can be ranked. */
export type Ranked = Measure & {
  readonly index: number;
  /** The step that it was trained to where trials end at different ones, else 0. */
  readonly step: number;
};

/**
 * Places of trials from the best to the worst: feasible ones first, then those that break limits by the sum of their
 * excesses, each as a share of its bound, then those without metrics. Feasible ones that were trained further come
 * first; of equally long ones those with higher scores, with several metrics by front and inside of a front by crowding
 * (Deb et al., NSGA-II, 2002). Ties go by index.
 */
export function rankedPlaces(trials: readonly Ranked[], limits: readonly Limit[]): readonly number[] {
  const feasible: number[] = [];
  const others: number[] = [];
  for (const [place, { feasible: isFeasible }] of trials.entries())
    (isFeasible ? feasible : others).push(place);
  const indexOf = (place: number): number => trials[place]?.index ?? 0;
  const excess = others.map(
    (place) => [place, violationOf(trials[place]?.excesses ?? null, limits)] as const,
  );
  excess.sort(([a, left], [b, right]) => (left === right ? indexOf(a) - indexOf(b) : left < right ? -1 : 1));
  return [...rankedFeasible(trials, feasible), ...excess.map(([place]) => place)];
}

function rankedFeasible(trials: readonly Ranked[], places: readonly number[]): readonly number[] {
  const stepOf = (place: number): number => trials[place]?.step ?? 0;
  const indexOf = (place: number): number => trials[place]?.index ?? 0;
  const scoresOf = (place: number): readonly number[] => trials[place]?.scores ?? [];
  if (places.every((place) => scoresOf(place).length <= 1)) {
    const scoreOf = (place: number): number => scoresOf(place)[0] ?? 0;
    return places.toSorted(
      (a, b) => stepOf(b) - stepOf(a) || scoreOf(b) - scoreOf(a) || indexOf(a) - indexOf(b),
    );
  }
  const byIndex = places.toSorted((a, b) => indexOf(a) - indexOf(b));
  const steps = [...new Set(places.map(stepOf))].sort((a, b) => b - a);
  return steps.flatMap((step) => {
    const alike = byIndex.filter((place) => stepOf(place) === step);
    return nonDominatedFronts(alike.map(scoresOf)).flatMap((front) => {
      const members = front.map((at) => alike[at] ?? 0);
      return crowdingOrder(members.map(scoresOf), 'infinite').map((at) => members[at] ?? 0);
    });
  });
}

/** How far a trial is beyond its limits; infinite where that is not known. */
export function violationOf(excesses: readonly number[] | null, limits: readonly Limit[]): number {
  if (excesses === null || excesses.length === 0) return Infinity;
  return excesses.reduce((sum, excess, at) => {
    const size = Math.abs(limits[at]?.bound ?? 1);
    return sum + Math.max(0, excess) / (size > 0 ? size : 1);
  }, 0);
}
