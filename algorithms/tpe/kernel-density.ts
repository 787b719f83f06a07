import { dexp, normalCdf, normalQuantile, type ChoiceSource } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import {
  decidedGenome,
  type Coordinate,
  type Coordinates,
  type NumberCoordinate,
  type OrderCoordinate,
  type Row,
  type SetCoordinate,
} from '../coordinates/index.js';
import { normalMass } from './normal-mass.js';

/** Centre and deviation of the kernel that stands for knowing nothing. */
const priorMean = 0.5;
const priorDeviation = 1;
const priorMass = normalCdf(0.5) - normalCdf(-0.5);

/** A product of so many ratios would no longer be a number. */
const largestRatio = 1e300;

/**
 * A density over the points of a space: a sum of kernels, one around each of some points and one for the prior of
 * weight 1. A kernel is a product over the decisions that are active in a point, so that it is a density on the tree
 * of decisions. All densities are given as ratios to that of the prior kernel: then nothing underflows in spaces of many
 * decisions, and the prior cancels where two densities are compared.
 */
export class KernelDensity {
  /** Kernels, the prior's among them. */
  private readonly count: number;
  private readonly totalWeight: number;
  /** The numbers of all kernels' centres, slot by slot. */
  private readonly columns: Float64Array;
  /** Deviations of the kernels of each number, by coordinate and point. */
  private readonly deviations: readonly (Float64Array | null)[];

  constructor(
    private readonly coordinates: Coordinates,
    private readonly rows: readonly Row[],
    private readonly weights: readonly number[],
  ) {
    this.count = rows.length + 1;
    this.totalWeight = weights.reduce((sum, weight) => sum + weight, 1);
    const kernels = rows.length;
    const columns = new Float64Array(coordinates.width * kernels);
    for (const [kernel, row] of rows.entries())
      for (let slot = 0; slot < row.length; slot += 1) columns[slot * kernels + kernel] = row[slot] ?? NaN;
    this.columns = columns;
    this.deviations = coordinates.list.map((coordinate) =>
      coordinate.kind === 'number' ? deviationsOf(this.columnOf(coordinate)) : null,
    );
  }

  /** A point drawn from the density. */
  draw(source: ChoiceSource): Genome {
    let rest = source.unit() * this.totalWeight;
    const kernel = this.weights.findIndex((weight) => {
      rest -= weight;
      return rest < 0;
    });
    const row = this.rows[kernel];
    const centre = ({ slot }: Coordinate): number => row?.[slot] ?? NaN;
    return decidedGenome(this.coordinates, {
      number: (coordinate) => {
        const mean = centre(coordinate);
        if (row === undefined) return drawNormal(priorMean, priorDeviation, source);
        if (Number.isNaN(mean)) return source.unit();
        return drawNormal(mean, this.deviations[coordinate.place]?.[kernel] ?? priorDeviation, source);
      },
      choice: (coordinate) => {
        const index = centre(coordinate);
        if (Number.isNaN(index)) return source.below(coordinate.of);
        // As likely as its share of the kernel says, else any candidate.
        const own = 1 / (1 + coordinate.of / this.count);
        return source.unit() < own ? index : source.below(coordinate.of);
      },
      set: (coordinate) =>
        row === undefined || Number.isNaN(centre(coordinate))
          ? drawnSet(coordinate, source)
          : this.nearSet(coordinate, row, source),
      order: (coordinate) =>
        row === undefined || Number.isNaN(centre(coordinate))
          ? shuffled(coordinate.of, source)
          : nearOrder(orderedCandidates(coordinate, row), this.discord, source),
    });
  }

  /** The first number of a coordinate in each kernel. */
  private columnOf({ slot }: Coordinate): Float64Array {
    return this.columns.subarray(slot * this.rows.length, (slot + 1) * this.rows.length);
  }

  /** The density at each row, as a ratio to that of the prior kernel. */
  ratios(at: readonly Row[]): Float64Array {
    const points = at.length;
    const products = new Float64Array(this.rows.length * points).fill(1);
    const exponents = new Float64Array(this.rows.length * points);
    for (const coordinate of this.coordinates.list) this.multiply(coordinate, at, products, exponents);
    const sums = new Float64Array(points).fill(1);
    for (const [kernel, weight] of this.weights.entries()) {
      for (let point = 0; point < points; point += 1) {
        const exponent = exponents[kernel * points + point] ?? 0;
        const product = products[kernel * points + point] ?? 0;
        const ratio = exponent === 0 ? product : exponent < -700 ? 0 : product * dexp(exponent);
        sums[point] = (sums[point] ?? 0) + weight * Math.min(ratio, largestRatio);
      }
    }
    for (let point = 0; point < points; point += 1) sums[point] = (sums[point] ?? 0) / this.totalWeight;
    return sums;
  }

  /** The prior kernel's density at a row: what the ratios are multiplied by to become densities. */
  priorAt(row: Row): number {
    return this.coordinates.list.reduce((density, coordinate) => {
      const number = row[coordinate.slot] ?? NaN;
      return Number.isNaN(number) ? density : density * priorOf(coordinate, number);
    }, 1);
  }

  /** How probable each value of a choice or of a number with few values is where it is active. */
  marginal(coordinate: Coordinate, values: readonly number[]): readonly number[] {
    const width = this.coordinates.width;
    const at = values.map((value) => {
      const row = new Float64Array(width).fill(NaN);
      row[coordinate.slot] = value;
      return row;
    });
    const densities = [...this.ratios(at)].map(
      (ratio, place) => ratio * this.priorAt(at[place] ?? new Float64Array()),
    );
    const sum = densities.reduce((total, density) => total + density, 0);
    return densities.map((density) => density / sum);
  }

  private multiply(
    coordinate: Coordinate,
    at: readonly Row[],
    products: Float64Array,
    exponents: Float64Array,
  ): void {
    switch (coordinate.kind) {
      case 'number':
        if (coordinate.scale.count === 0) this.multiplyContinuous(coordinate, at, products, exponents);
        else this.multiplyCells(coordinate, at, products);
        return;
      case 'choice': {
        const { slot, of } = coordinate;
        const share = of / (1 + of / this.count);
        const hit = share * (1 + 1 / this.count);
        const miss = share / this.count;
        const points = at.length;
        const indices = numbersAt(at, slot);
        const column = this.columnOf(coordinate);
        for (let kernel = 0; kernel < column.length; kernel += 1) {
          const own = column[kernel] ?? NaN;
          if (own !== own) continue;
          for (let point = 0; point < points; point += 1) {
            const index = indices[point] ?? NaN;
            const place = kernel * points + point;
            if (index === own) products[place] = (products[place] ?? 0) * hit;
            else if (index === index) products[place] = (products[place] ?? 0) * miss;
          }
        }
        return;
      }
      case 'set':
        this.multiplySets(coordinate, at, products);
        return;
      case 'order': {
        const { slot, of } = coordinate;
        const scale = orderScale(of, this.discord);
        for (const [kernel, row] of this.rows.entries()) {
          if (Number.isNaN(row[slot] ?? NaN)) continue;
          for (const [point, other] of at.entries()) {
            if (Number.isNaN(other[slot] ?? NaN)) continue;
            const place = kernel * at.length + point;
            const pairs = discordantPairs(coordinate, row, other);
            products[place] = (products[place] ?? 0) * scale * wholePower(this.discord, pairs);
          }
        }
        return;
      }
      default:
        coordinate satisfies never;
    }
  }

  private multiplyContinuous(
    coordinate: NumberCoordinate,
    at: readonly Row[],
    products: Float64Array,
    exponents: Float64Array,
  ): void {
    const points = at.length;
    const numbers = numbersAt(at, coordinate.slot);
    const column = this.columnOf(coordinate);
    const deviations = this.deviations[coordinate.place];
    for (let kernel = 0; kernel < column.length; kernel += 1) {
      const mean = column[kernel] ?? NaN;
      const isActive = mean === mean;
      const deviation = deviations?.[kernel] ?? priorDeviation;
      const scale = isActive
        ? priorMass / (deviation * normalMass(mean, deviation, 0, 1))
        : rootOfTwoPi * priorMass;
      const inverse = isActive ? 1 / deviation : 0;
      const centre = isActive ? mean : 0;
      for (let point = 0; point < points; point += 1) {
        const number = numbers[point] ?? NaN;
        if (number !== number) continue;
        const place = kernel * points + point;
        const fromPrior = number - priorMean;
        const z = (number - centre) * inverse;
        exponents[place] = (exponents[place] ?? 0) + 0.5 * (fromPrior * fromPrior - z * z);
        products[place] = (products[place] ?? 0) * scale;
      }
    }
  }

  private multiplyCells(coordinate: NumberCoordinate, at: readonly Row[], products: Float64Array): void {
    const { scale } = coordinate;
    const points = at.length;
    // Points share values: each kernel's mass is computed once a value.
    const distinct: number[] = [];
    const valueOfPoint = Int32Array.from(numbersAt(at, coordinate.slot), (number) => {
      if (number !== number) return -1;
      const known = distinct.indexOf(number);
      return known === -1 ? distinct.push(number) - 1 : known;
    });
    const cells = distinct.map((number) => scale.cellOf(scale.valueAt(number)));
    const lows = Float64Array.from(cells, ([low]) => low);
    const highs = Float64Array.from(cells, ([, high]) => high);
    const priors = Float64Array.from(
      cells,
      ([low, high]) => normalMass(priorMean, priorDeviation, low, high) / priorMass,
    );
    const column = this.columnOf(coordinate);
    const deviations = this.deviations[coordinate.place];
    const ratios = new Float64Array(distinct.length);
    for (let kernel = 0; kernel < column.length; kernel += 1) {
      const mean = column[kernel] ?? NaN;
      const isActive = mean === mean;
      const deviation = deviations?.[kernel] ?? priorDeviation;
      const whole = isActive ? normalMass(mean, deviation, 0, 1) : 1;
      for (let value = 0; value < ratios.length; value += 1) {
        const low = lows[value] ?? 0;
        const high = highs[value] ?? 0;
        const mass = isActive ? normalMass(mean, deviation, low, high) / whole : high - low;
        ratios[value] = mass / (priors[value] ?? 1);
      }
      for (let point = 0; point < points; point += 1) {
        const value = valueOfPoint[point] ?? -1;
        if (value === -1) continue;
        const place = kernel * points + point;
        products[place] = (products[place] ?? 0) * (ratios[value] ?? 1);
      }
    }
  }

  private multiplySets(coordinate: SetCoordinate, at: readonly Row[], products: Float64Array): void {
    const { slot, of, picks } = coordinate;
    const byOverlap = this.setRatios(coordinate);
    for (const [kernel, row] of this.rows.entries()) {
      if (Number.isNaN(row[slot] ?? NaN)) continue;
      for (const [point, other] of at.entries()) {
        if (Number.isNaN(other[slot] ?? NaN)) continue;
        let overlap = 0;
        for (let index = 0; index < of; index += 1)
          overlap += Math.min(row[slot + index] ?? 0, other[slot + index] ?? 0);
        const place = kernel * at.length + point;
        products[place] = (products[place] ?? 0) * (byOverlap[Math.min(overlap, picks)] ?? 1);
      }
    }
  }

  /**
   * The density of a set by how many candidates it shares with the kernel's, as a ratio to the uniform one. Each shared
   * candidate counts 1 + 1/N, each other one 1/N, as in a choice.
   */
  private setRatios({ of, picks, distinct }: SetCoordinate): readonly number[] {
    const own = 1 + 1 / this.count;
    const other = 1 / this.count;
    const ways = Array.from({ length: picks + 1 }, (_, overlap) =>
      distinct
        ? binomial(picks, overlap) * binomial(of - picks, picks - overlap)
        : binomial(picks, overlap) * wholePower(of - 1, picks - overlap),
    );
    const weights = ways.map((_, overlap) => wholePower(own, overlap) * wholePower(other, picks - overlap));
    const total = ways.reduce((sum, number, overlap) => sum + number * (weights[overlap] ?? 0), 0);
    const all = ways.reduce((sum, number) => sum + number, 0);
    return weights.map((weight) => (weight * all) / total);
  }

  private nearSet(coordinate: SetCoordinate, row: Row, source: ChoiceSource): readonly number[] {
    const { slot, of, picks, distinct } = coordinate;
    const members: number[] = [];
    for (let index = 0; index < of; index += 1)
      for (let times = row[slot + index] ?? 0; times > 0; times -= 1) members.push(index);
    if (!distinct) {
      const own = 1 / (1 + of / this.count);
      return members.map((index) => (source.unit() < own ? index : source.below(of)));
    }
    const ratios = this.setRatios(coordinate);
    const weights = ratios.map(
      (ratio, overlap) => ratio * binomial(picks, overlap) * binomial(of - picks, picks - overlap),
    );
    let rest = source.unit() * weights.reduce((sum, weight) => sum + weight, 0);
    let overlap = weights.findIndex((weight) => {
      rest -= weight;
      return rest < 0;
    });
    if (overlap === -1) overlap = picks;
    const others = Array.from({ length: of }, (_, index) => index).filter(
      (index) => !members.includes(index),
    );
    return [...someOf(members, overlap, source), ...someOf(others, picks - overlap, source)];
  }

  /** How much less probable an order becomes with each pair that it reverses (Mallows' law). */
  private get discord(): number {
    return 1 / (1 + this.count);
  }
}

const rootOfTwoPi = 2.5066282746310002;

function priorOf(coordinate: Coordinate, number: number): number {
  switch (coordinate.kind) {
    case 'number': {
      const { scale } = coordinate;
      if (scale.count === 0) {
        const z = number - priorMean;
        return dexp(-0.5 * z * z) / (rootOfTwoPi * priorMass);
      }
      const [low, high] = scale.cellOf(scale.valueAt(number));
      return normalMass(priorMean, priorDeviation, low, high) / priorMass;
    }
    case 'choice':
      return 1 / coordinate.of;
    case 'set':
      return coordinate.distinct
        ? 1 / binomial(coordinate.of, coordinate.picks)
        : 1 / wholePower(coordinate.of, coordinate.picks);
    case 'order': {
      let orders = 1;
      for (let n = 2; n <= coordinate.of; n += 1) orders *= n;
      return 1 / orders;
    }
    default:
      return coordinate satisfies never;
  }
}

/**
 * The deviation of each kernel of a number: the larger gap to its neighbours, at an end the inner gap, the prior's centre
 * being a neighbour too; at least one part of the kernels, of at most 100.
 */
function deviationsOf(column: Float64Array): Float64Array {
  const least = 1 / Math.min(100, column.length + 2);
  const sorted = new Float64Array(column.length + 1);
  let count = 0;
  for (const number of column) if (number === number) sorted[count++] = number;
  sorted[count++] = priorMean;
  const active = sorted.subarray(0, count).sort();
  // Equal numbers take the places beside each other in turn.
  const taken = new Int32Array(count);
  taken[firstAtLeast(active, priorMean)] = 1;
  const deviations = new Float64Array(column.length);
  for (let kernel = 0; kernel < column.length; kernel += 1) {
    const number = column[kernel] ?? NaN;
    if (number !== number) continue;
    const first = firstAtLeast(active, number);
    const place = first + (taken[first] ?? 0);
    taken[first] = (taken[first] ?? 0) + 1;
    const below = number - (active[place - 1] ?? number);
    const above = (active[place + 1] ?? number) - number;
    deviations[kernel] = Math.min(1, Math.max(least, below, above));
  }
  return deviations;
}

/** The place of the first of some ascending numbers that is not below another one. */
function firstAtLeast(ascending: Float64Array, number: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

function numbersAt(rows: readonly Row[], slot: number): Float64Array {
  const numbers = new Float64Array(rows.length);
  for (let point = 0; point < rows.length; point += 1) numbers[point] = rows[point]?.[slot] ?? NaN;
  return numbers;
}

function drawNormal(mean: number, deviation: number, source: ChoiceSource): number {
  const low = normalCdf(-mean / deviation);
  const high = normalCdf((1 - mean) / deviation);
  const number = mean + deviation * normalQuantile(low + source.unit() * (high - low));
  return Math.min(1, Math.max(0, number));
}

function drawnSet({ of, picks, distinct }: SetCoordinate, source: ChoiceSource): readonly number[] {
  if (!distinct) return Array.from({ length: picks }, () => source.below(of));
  return someOf(
    Array.from({ length: of }, (_, index) => index),
    picks,
    source,
  );
}

/** Some of the items, each as likely as another, in random order. */
function someOf(items: readonly number[], count: number, source: ChoiceSource): readonly number[] {
  const left = [...items];
  return Array.from(
    { length: Math.min(count, items.length) },
    () => left.splice(source.below(left.length), 1)[0] ?? 0,
  );
}

function shuffled(of: number, source: ChoiceSource): readonly number[] {
  return someOf(
    Array.from({ length: of }, (_, index) => index),
    of,
    source,
  );
}

function orderedCandidates({ slot, of }: OrderCoordinate, row: Row): readonly number[] {
  const candidates = new Array<number>(of).fill(0);
  for (let index = 0; index < of; index += 1) candidates[row[slot + index] ?? 0] = index;
  return candidates;
}

/** An order near another one by Mallows' law: each candidate is inserted, and passes earlier ones with less probability. */
function nearOrder(order: readonly number[], discord: number, source: ChoiceSource): readonly number[] {
  const result: number[] = [];
  for (const candidate of order) {
    let place = result.length;
    let total = 1;
    for (let passed = 1, weight = discord; passed <= result.length; passed += 1, weight *= discord)
      total += weight;
    let rest = source.unit() * total;
    for (let weight = 1; place > 0; place -= 1, weight *= discord) {
      rest -= weight;
      if (rest < 0) break;
    }
    result.splice(place, 0, candidate);
  }
  return result;
}

function discordantPairs({ slot, of }: OrderCoordinate, a: Row, b: Row): number {
  let pairs = 0;
  for (let i = 0; i < of; i += 1) {
    for (let j = i + 1; j < of; j += 1) {
      const left = (a[slot + i] ?? 0) < (a[slot + j] ?? 0);
      if (left !== (b[slot + i] ?? 0) < (b[slot + j] ?? 0)) pairs += 1;
    }
  }
  return pairs;
}

/** What turns the weights θ^(discordant pairs) into ratios to the uniform law over orders. */
function orderScale(of: number, discord: number): number {
  let scale = 1;
  for (let n = 2; n <= of; n += 1) {
    let total = 1;
    for (let passed = 1, weight = discord; passed < n; passed += 1, weight *= discord) total += weight;
    scale *= n / total;
  }
  return scale;
}

function wholePower(base: number, exponent: number): number {
  let result = 1;
  for (let times = 0; times < exponent; times += 1) result *= base;
  return result;
}

function binomial(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let result = 1;
  for (let i = 1; i <= k; i += 1) result *= (n - k + i) / i;
  return result;
}
