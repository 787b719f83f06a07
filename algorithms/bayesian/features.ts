import type { Coordinate, Coordinates, Row } from '../coordinates/index.js';

/** A decision as some numbers of a point, or as a category that is the same in another point or is not. */
export interface Dimension {
  readonly kind: 'numbers' | 'category';
  readonly from: number;
  readonly to: number;
}

/**
 * Points as numbers between which distances are Euclidean in every dimension, so that the kernel is positive definite on
 * any mixture of decisions: a quantity in [0, 1]; a set by its members, a permutation by the signs of all pairs, both
 * with distance 1 between opposites; a category that equals another or does not.
 */
export interface FeatureSpace {
  /** The dimension of each coordinate is its place; the one after them is the step, where trials end at different ones. */
  readonly dimensions: readonly Dimension[];
  /** Numbers of a point. */
  readonly width: number;
  /** Where the categories begin. */
  readonly categories: number;
  readonly steps: boolean;
}

/** A point as its numbers. */
export type Features = Float64Array;

/** What stands for a choice that is not active: one more candidate. */
const inactiveCategory = -1;
const inactiveNumber = 0.5;

/** The features of a space; `steps` adds the step of a trial as one more number. */
export function featureSpaceOf({ list }: Coordinates, steps: boolean): FeatureSpace {
  const sizes = list.map(numbersOf);
  const numbers = sizes.reduce((sum, size) => sum + size, 0);
  const categories = numbers + (steps ? 1 : 0);
  let number = 0;
  let category = categories;
  const dimensions = sizes.map((size): Dimension => {
    if (size === 0) return { kind: 'category', from: category, to: ++category };
    return { kind: 'numbers', from: number, to: (number += size) };
  });
  if (steps) dimensions.push({ kind: 'numbers', from: numbers, to: numbers + 1 });
  return { dimensions, width: category, categories, steps };
}

/** How many numbers stand for a coordinate; 0 for a category. */
function numbersOf(coordinate: Coordinate): number {
  switch (coordinate.kind) {
    case 'choice':
      return 0;
    case 'number':
      return 1;
    case 'set':
      return coordinate.of;
    case 'order':
      return (coordinate.of * (coordinate.of - 1)) / 2;
    default:
      return coordinate satisfies never;
  }
}

/** The features of a row; `step` is in [0, 1], 1 at the last one. */
export function featuresOf({ list }: Coordinates, space: FeatureSpace, row: Row, step: number): Features {
  const features = new Float64Array(space.width);
  for (const coordinate of list) {
    const { slot, place } = coordinate;
    const from = space.dimensions[place]?.from ?? 0;
    const first = row[slot] ?? NaN;
    const isActive = !Number.isNaN(first);
    switch (coordinate.kind) {
      case 'number':
        features[from] = isActive ? first : inactiveNumber;
        break;
      case 'choice':
        features[from] = isActive ? first : inactiveCategory;
        break;
      case 'set': {
        if (!isActive) break;
        const scale = 1 / Math.sqrt(2 * coordinate.picks);
        for (let index = 0; index < coordinate.of; index += 1)
          features[from + index] = (row[slot + index] ?? 0) * scale;
        break;
      }
      case 'order': {
        if (!isActive) break;
        const { of } = coordinate;
        const half = 0.5 / Math.sqrt((of * (of - 1)) / 2);
        let at = from;
        for (let i = 0; i < of; i += 1)
          for (let j = i + 1; j < of; j += 1)
            features[at++] = (row[slot + i] ?? 0) < (row[slot + j] ?? 0) ? half : -half;
        break;
      }
      default:
        coordinate satisfies never;
    }
  }
  if (space.steps) features[space.categories - 1] = step;
  return features;
}

/** The squared distance of two points in one dimension. */
export function squaredDistance({ kind, from, to }: Dimension, a: Features, b: Features): number {
  if (kind === 'category') return a[from] === b[from] ? 0 : 1;
  let sum = 0;
  for (let at = from; at < to; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    sum += difference * difference;
  }
  return sum;
}

/** The weight of each number: that of its dimension. */
export function weightsOfNumbers(
  { dimensions, width }: FeatureSpace,
  byDimension: Float64Array,
): Float64Array {
  const weights = new Float64Array(width);
  for (const [dimension, { from, to }] of dimensions.entries())
    weights.fill(byDimension[dimension] ?? 0, from, to);
  return weights;
}

/** The weighted sum of the squared distances in all dimensions. */
export function weightedDistance(
  { categories, width }: FeatureSpace,
  weights: Float64Array,
  a: Features,
  b: Features,
): number {
  let sum = 0;
  for (let at = 0; at < categories; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    sum += (weights[at] ?? 0) * difference * difference;
  }
  for (let at = categories; at < width; at += 1) if (a[at] !== b[at]) sum += weights[at] ?? 0;
  return sum;
}
