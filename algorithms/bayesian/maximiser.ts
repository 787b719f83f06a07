import { fork, RandomStream, type Rng } from '../../foundation/numbers/index.js';
import { mutate, neighbours, sample } from '../../search-spaces/variation/index.js';
import type { Genome, View } from '../../search-spaces/index.js';
import {
  isSeen,
  placesOf,
  freshRow,
  unseenPoint,
  type Coordinate,
  type Coordinates,
  type NumberCoordinate,
  type SeenPoints,
} from '../coordinates/index.js';
import { featuresOf, type Features, type FeatureSpace } from './features.js';
import type { Models } from './models.js';

/** Where the best point to propose is looked for. */
export interface Searched {
  readonly view: View;
  readonly coordinates: Coordinates;
  readonly space: FeatureSpace;
  /** Points that are not proposed; null where all may be. */
  readonly seen: SeenPoints | null;
  /** The best told points, best first. */
  readonly best: readonly Genome[];
  /** Random points that it begins with. */
  readonly pool: number;
}

interface Candidate {
  readonly genome: Genome;
  readonly features: Features;
  readonly value: number;
}

const mutants = 60;
/** From one in so many of the pool it climbs, from at most eight, and from so many of the best told points. */
const starts = { share: 125, pool: 8, told: 2 } as const;
const parents = 10;
/** Turns of steps between candidates and steps along numbers. */
const turns = 5;
/** The highest so many climb on after the first turn. */
const tops = 3;
/** A turn that gains less in the logarithm is the last one. */
const leastGain = 0.01;
const mostNeighbours = 120;
/** Steps between candidates in one turn. */
const mostSteps = 12;
/** Ints with more values are climbed like floats. */
const fewValues = 8;
const slopeSteps = 12;

/** The unseen point of the largest acquisition that it finds, and its logarithm; null where no unseen point is left. */
export function bestCandidate(
  searched: Searched,
  models: Models,
  rng: Rng,
): { readonly genome: Genome; readonly value: number | null } | null {
  const maximiser = new Maximiser(searched, models);
  const pool = maximiser.pool(rng);
  const ascents = [
    ...pool
      .toSorted((a, b) => b.value - a.value)
      .slice(0, Math.min(starts.pool, Math.ceil(searched.pool / starts.share))),
    ...searched.best.slice(0, starts.told).map((genome) => maximiser.candidate(genome)),
  ];
  const feet = ascents.map((start, place) =>
    maximiser.climbed(start, new RandomStream(fork(rng, `foot:${place}`)), 1),
  );
  let best: Candidate | null = null;
  for (const [place, foot] of feet.toSorted((a, b) => b.value - a.value).entries()) {
    const source = new RandomStream(fork(rng, `top:${place}`));
    const top = place < tops ? maximiser.climbed(foot, source, turns) : foot;
    if (maximiser.isAllowed(top.genome) && (best === null || top.value > best.value)) best = top;
  }
  if (best !== null) return { genome: best.genome, value: best.value };
  const left =
    searched.seen === null
      ? null
      : unseenPoint(searched.view, searched.seen, searched.best.slice(0, parents), fork(rng, 'left'));
  return left === null ? null : { genome: left, value: null };
}

class Maximiser {
  constructor(
    private readonly searched: Searched,
    private readonly models: Models,
  ) {}

  isAllowed(genome: Genome): boolean {
    const { seen } = this.searched;
    return seen === null || !isSeen(seen, genome);
  }

  candidate(genome: Genome): Candidate {
    const { coordinates, space } = this.searched;
    const features = featuresOf(coordinates, space, freshRow(coordinates, genome), 1);
    return { genome, features, value: this.models.acquisition(features) };
  }

  /** Unseen random points, and mutants of the best told ones. */
  pool(rng: Rng): readonly Candidate[] {
    const { view, pool, best } = this.searched;
    const source = new RandomStream(fork(rng, 'pool'));
    const found: Candidate[] = [];
    const known = new Set<string>();
    const add = (genome: Genome): void => {
      const key = genome.join();
      if (known.has(key) || !this.isAllowed(genome)) return;
      known.add(key);
      found.push(this.candidate(genome));
    };
    for (let drawn = 0; drawn < pool; drawn += 1) add(sample(view, source));
    const mutated = best.slice(0, parents);
    if (mutated.length === 0) return found;
    for (let drawn = 0; drawn < mutants; drawn += 1) {
      const parent = mutated[drawn % mutated.length] ?? [];
      const child = mutate(view, parent, source);
      add(drawn % 2 === 0 ? child : mutate(view, child, source));
    }
    return found;
  }

  /** Where a candidate gets to on its hill in so many turns. */
  climbed(start: Candidate, source: RandomStream, most: number): Candidate {
    let present = start;
    for (let turn = 0; turn < most; turn += 1) {
      const across = this.steepest(present, source);
      const along = this.alongNumbers(across);
      const gain = along.value - across.value;
      present = along;
      if (!(gain > leastGain)) break;
    }
    return present;
  }

  /** Steps to the best neighbour as long as it is better. A start that was seen takes the first step in any case. */
  private steepest(start: Candidate, source: RandomStream): Candidate {
    let present = start;
    for (let step = 0; step < mostSteps; step += 1) {
      let best = this.isAllowed(present.genome) ? present : null;
      for (const genome of this.neighboursOf(present.genome, source)) {
        if (!this.isAllowed(genome)) continue;
        const other = this.candidate(genome);
        if (best === null || other.value > best.value) best = other;
      }
      if (best === null || best === present) return present;
      present = best;
    }
    return present;
  }

  private neighboursOf(genome: Genome, source: RandomStream): readonly Genome[] {
    const { view } = this.searched;
    const climbed = this.climbedPlaces(genome);
    const all: Genome[] = [];
    for (const neighbour of neighbours(view, genome)) {
      const changed = neighbour.findIndex((number, at) => number !== genome[at]);
      // Numbers with many values are left to the slope.
      if (!climbed.has(changed) || neighbour.length !== genome.length) all.push(neighbour);
      if (all.length >= 4 * mostNeighbours) break;
    }
    // Of too many some are looked at, another part in each step.
    while (all.length > mostNeighbours) all.splice(source.below(all.length), 1);
    return all;
  }

  /** Where the numbers stand that are climbed by their slope. */
  private climbedPlaces(genome: Genome): ReadonlySet<number> {
    const { coordinates } = this.searched;
    const places = placesOf(coordinates, genome);
    const climbed = coordinates.list.filter(isClimbed).map(({ place }) => places[place] ?? -1);
    return new Set(climbed.filter((place) => place >= 0));
  }

  /** Projected ascent over the numbers that are active, in units of their lengths. */
  private alongNumbers(start: Candidate): Candidate {
    const { coordinates } = this.searched;
    const places = placesOf(coordinates, start.genome);
    const climbed = coordinates.list.filter(isClimbed).filter(({ place }) => (places[place] ?? -1) >= 0);
    if (climbed.length === 0) return start;
    const dimensions = climbed.map(({ place }) => place);
    const lengths = dimensions.map((dimension) => this.models.lengthOf(dimension));
    let present = start;
    let reach = 0.5;
    for (let step = 0; step < slopeSteps && reach > 1e-3; step += 1) {
      const slope = this.models.acquisitionSlope(present.features, dimensions);
      // A number at a bound that its slope points to does not move.
      let norm = 0;
      const moves = climbed.map(({ place }, at) => {
        const unit = this.unitAt(present, place);
        const scaled = (slope[at] ?? 0) * (lengths[at] ?? 1);
        const blocked = (unit <= 0 && scaled < 0) || (unit >= 1 && scaled > 0);
        if (!blocked) norm += scaled * scaled;
        return blocked ? 0 : scaled;
      });
      if (!(norm > 0)) return present;
      let improved = false;
      while (reach > 1e-3 && !improved) {
        const numbers = [...present.genome];
        for (const [at, { place, scale }] of climbed.entries()) {
          const move = (reach * (moves[at] ?? 0) * (lengths[at] ?? 1)) / Math.sqrt(norm);
          const unit = Math.min(1, Math.max(0, this.unitAt(present, place) + move));
          numbers[places[place] ?? 0] = scale.valueAt(unit);
        }
        const other = this.candidate(numbers);
        if (other.value > present.value && this.isAllowed(other.genome)) {
          present = other;
          improved = true;
        } else {
          reach /= 2;
        }
      }
      reach = Math.min(1, reach * 2);
    }
    return present;
  }

  private unitAt({ features }: Candidate, dimension: number): number {
    return features[this.searched.space.dimensions[dimension]?.from ?? 0] ?? 0.5;
  }
}

/** Whether a coordinate has so many values that its slope is followed. */
function isClimbed(coordinate: Coordinate): coordinate is NumberCoordinate {
  return coordinate.kind === 'number' && (coordinate.scale.count === 0 || coordinate.scale.count > fewValues);
}
