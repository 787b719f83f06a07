import { dexp, dlog } from '../../foundation/numbers/index.js';
import {
  squaredDistance,
  weightedDistance,
  weightsOfNumbers,
  type Features,
  type FeatureSpace,
} from './features.js';

/**
 * The settings of a Gaussian process: ln λ of each dimension (λ is the inverse square of a length), ln s² (the variance
 * of the values) and ln ν (the variance of the noise).
 */
export type Settings = Float64Array;

const leastNoise = 1e-6;
const logRange = { low: -7, high: 5 } as const;

/** Before anything was learned: lengths of 1, unit variance, little noise. */
export function initialSettings(dimensions: number): Settings {
  const settings = new Float64Array(dimensions + 2);
  settings[dimensions + 1] = dlog(1e-3);
  return settings;
}

/** (1 + ρ + ρ²/3) e^−ρ of ρ² = 5 Σ λ δ²: the Matérn kernel of smoothness 5/2. */
function matern(squared: number): number {
  const rho = Math.sqrt(squared);
  return (1 + rho + squared / 3) * dexp(-rho);
}

function lambdasOf(settings: Settings, dimensions: number): Float64Array {
  const lambdas = new Float64Array(dimensions);
  for (let d = 0; d < dimensions; d += 1) lambdas[d] = dexp(settings[d] ?? 0);
  return lambdas;
}

/** The rows of the lower factor of K = L Lᵀ; null where K is not positive definite. Row i has i + 1 numbers. */
function choleskyOf(rows: readonly Float64Array[]): Float64Array[] | null {
  const factor: Float64Array[] = [];
  for (const [i, row] of rows.entries()) {
    const own = new Float64Array(i + 1);
    for (let j = 0; j <= i; j += 1) {
      const other = j === i ? own : (factor[j] ?? own);
      let sum = row[j] ?? 0;
      for (let k = 0; k < j; k += 1) sum -= (own[k] ?? 0) * (other[k] ?? 0);
      if (j < i) own[j] = sum / (other[j] ?? 1);
      else if (sum > 0) own[j] = Math.sqrt(sum);
      else return null;
    }
    factor.push(own);
  }
  return factor;
}

/** L⁻¹ b. */
function solvedForward(factor: readonly Float64Array[], right: Float64Array): Float64Array {
  const solution = new Float64Array(factor.length);
  for (let i = 0; i < factor.length; i += 1) {
    const row = factor[i] ?? solution;
    let sum = right[i] ?? 0;
    for (let k = 0; k < i; k += 1) sum -= (row[k] ?? 0) * (solution[k] ?? 0);
    solution[i] = sum / (row[i] ?? 1);
  }
  return solution;
}

/** L⁻ᵀ b. */
function solvedBackward(factor: readonly Float64Array[], right: Float64Array): Float64Array {
  const rest = right.slice(0, factor.length);
  for (let i = factor.length - 1; i >= 0; i -= 1) {
    const row = factor[i] ?? rest;
    const value = (rest[i] ?? 0) / (row[i] ?? 1);
    rest[i] = value;
    for (let k = 0; k < i; k += 1) rest[k] = (rest[k] ?? 0) - (row[k] ?? 0) * value;
  }
  return rest;
}

/** ln of the prior of the settings, up to a constant, and its slope: that of Optuna's Gaussian process. */
function priorOf(settings: Settings, slope: Float64Array): number {
  const dimensions = settings.length - 2;
  // In wide spaces most decisions matter little (Hvarfner et al., arXiv 2402.02229).
  const scale = dimensions > 20 ? dimensions / 20 : 1;
  let sum = 0;
  for (let d = 0; d < dimensions; d += 1) {
    const lambda = dexp(settings[d] ?? 0) * scale;
    sum -= 0.1 / lambda + 0.1 * lambda;
    slope[d] = 0.1 / lambda - 0.1 * lambda;
  }
  const variance = dexp(settings[dimensions] ?? 0);
  const noise = dexp(settings[dimensions + 1] ?? 0);
  slope[dimensions] = 1 - variance;
  slope[dimensions + 1] = 0.1 - 30 * noise;
  return sum + (settings[dimensions] ?? 0) - variance + 0.1 * (settings[dimensions + 1] ?? 0) - 30 * noise;
}

/** ln of the posterior density of settings, up to a constant, with its slope; null where K is not positive definite. */
export function likelihood(
  space: FeatureSpace,
  points: readonly Features[],
  values: Float64Array,
  settings: Settings,
): { readonly value: number; readonly slope: Float64Array } | null {
  const count = points.length;
  const { dimensions } = space;
  const lambdas = lambdasOf(settings, dimensions.length);
  const weights = weightsOfNumbers(space, lambdas);
  const variance = dexp(settings[dimensions.length] ?? 0);
  const noise = dexp(settings[dimensions.length + 1] ?? 0);
  const covariances: Float64Array[] = [];
  // −(5/6) s² (1 + ρ) e^−ρ: what the covariance loses for each unit of λ δ².
  const losses: Float64Array[] = [];
  for (let i = 0; i < count; i += 1) {
    const row = new Float64Array(i + 1);
    const loss = new Float64Array(i + 1);
    const a = points[i] ?? row;
    for (let j = 0; j < i; j += 1) {
      const squared = 5 * weightedDistance(space, weights, a, points[j] ?? a);
      const rho = Math.sqrt(squared);
      const scaled = variance * dexp(-rho);
      row[j] = scaled * (1 + rho + squared / 3);
      loss[j] = (-5 / 6) * scaled * (1 + rho);
    }
    row[i] = variance + noise;
    covariances.push(row);
    losses.push(loss);
  }
  const factor = choleskyOf(covariances);
  if (factor === null) return null;
  const half = solvedForward(factor, values);
  const alpha = solvedBackward(factor, half);
  const slope = new Float64Array(settings.length);
  let value = priorOf(settings, slope);
  for (let i = 0; i < count; i += 1)
    value -= 0.5 * (half[i] ?? 0) * (half[i] ?? 0) + dlog(factor[i]?.[i] ?? 1);

  // W = α αᵀ − K⁻¹; ½ tr(W ∂K), of which each pair below the diagonal counts twice.
  const inverse = columnsOfInverse(factor);
  let ofVariance = 0;
  let ofNoise = 0;
  for (let i = 0; i < count; i += 1) {
    const column = inverse[i] ?? new Float64Array();
    const a = points[i] ?? column;
    const loss = losses[i] ?? column;
    const row = covariances[i] ?? column;
    for (let j = 0; j <= i; j += 1) {
      const other = inverse[j] ?? column;
      // The columns begin at their own place.
      let product = 0;
      for (let k = i; k < count; k += 1) product += (column[k - i] ?? 0) * (other[k - j] ?? 0);
      const weight = (alpha[i] ?? 0) * (alpha[j] ?? 0) - product;
      if (i === j) {
        ofVariance += 0.5 * weight * variance;
        ofNoise += 0.5 * weight * noise;
        continue;
      }
      ofVariance += weight * (row[j] ?? 0);
      const scaled = weight * (loss[j] ?? 0);
      const b = points[j] ?? a;
      for (let d = 0; d < dimensions.length; d += 1) {
        const dimension = dimensions[d];
        if (dimension === undefined) continue;
        const distance = squaredDistance(dimension, a, b);
        if (distance !== 0) slope[d] = (slope[d] ?? 0) + scaled * (lambdas[d] ?? 0) * distance;
      }
    }
  }
  slope[dimensions.length] = (slope[dimensions.length] ?? 0) + ofVariance;
  slope[dimensions.length + 1] = (slope[dimensions.length + 1] ?? 0) + ofNoise;
  return { value, slope };
}

/** The columns of L⁻¹, each from its diagonal down. */
function columnsOfInverse(factor: readonly Float64Array[]): readonly Float64Array[] {
  const count = factor.length;
  return factor.map((first, c) => {
    const column = new Float64Array(count - c);
    column[0] = 1 / (first[c] ?? 1);
    for (let k = c + 1; k < count; k += 1) {
      const row = factor[k] ?? first;
      let sum = 0;
      for (let m = c; m < k; m += 1) sum -= (row[m] ?? 0) * (column[m - c] ?? 0);
      column[k - c] = sum / (row[k] ?? 1);
    }
    return column;
  });
}

const growth = 1.3;
const shrinkage = 0.5;
const firstStep = 0.3;
const leastStep = 1e-3;
const largestStep = 1;

/** Settings after some steps of ascent by the signs of the slope (Rprop); the best ones on the way. */
export function fittedSettings(
  space: FeatureSpace,
  points: readonly Features[],
  values: Float64Array,
  from: Settings,
  steps: number,
): Settings {
  let present = from.slice();
  let best = present;
  let most = -Infinity;
  const lengths = new Float64Array(from.length).fill(firstStep);
  let before = new Float64Array(from.length);
  for (let step = 0; step <= steps; step += 1) {
    const found = likelihood(space, points, values, present);
    const next = present.slice();
    if (found === null) {
      // More noise makes the matrix positive definite.
      next[from.length - 1] = Math.min(0, (next[from.length - 1] ?? 0) + dlog(10));
      present = next;
      continue;
    }
    if (found.value > most) {
      most = found.value;
      best = present;
    }
    const slope = found.slope.slice();
    for (let at = 0; at < slope.length; at += 1) {
      const turned = (slope[at] ?? 0) * (before[at] ?? 0);
      if (turned > 0) lengths[at] = Math.min(largestStep, (lengths[at] ?? 0) * growth);
      if (turned < 0) {
        lengths[at] = Math.max(leastStep, (lengths[at] ?? 0) * shrinkage);
        slope[at] = 0;
      }
      next[at] = within(at, (next[at] ?? 0) + Math.sign(slope[at] ?? 0) * (lengths[at] ?? 0), from.length);
    }
    before = slope;
    present = next;
  }
  return best;
}

function within(at: number, value: number, length: number): number {
  const low = at === length - 1 ? dlog(leastNoise) : logRange.low;
  const high = at === length - 1 ? 0 : logRange.high;
  return Math.min(high, Math.max(low, value));
}

/** Mean and deviation of a process at a point. */
export interface Prediction {
  readonly mean: number;
  readonly deviation: number;
}

/** How a prediction changes with numbers of the point. */
export interface PredictionSlope {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** A Gaussian process that knows values at points. */
export class GaussianProcess {
  private readonly lambdas: Float64Array;
  private readonly weights: Float64Array;
  private readonly variance: number;
  private readonly points: Features[];
  private readonly factor: Float64Array[];
  private alpha: Float64Array;
  readonly noise: number;

  private constructor(
    private readonly space: FeatureSpace,
    settings: Settings,
    points: readonly Features[],
    values: Float64Array,
  ) {
    const { dimensions } = space;
    this.lambdas = lambdasOf(settings, dimensions.length);
    this.weights = weightsOfNumbers(space, this.lambdas);
    this.variance = dexp(settings[dimensions.length] ?? 0);
    let noise = dexp(settings[dimensions.length + 1] ?? 0);
    this.points = [...points];
    const rows = points.map((point, i) => {
      const row = this.covariances(point, i + 1);
      row[i] = this.variance;
      return row;
    });
    for (;;) {
      const noisy = rows.map((row, i) => row.with(i, this.variance + noise));
      const factor = choleskyOf(noisy);
      if (factor !== null) {
        this.factor = factor;
        break;
      }
      noise *= 10;
    }
    this.noise = noise;
    this.alpha = solvedBackward(this.factor, solvedForward(this.factor, values));
  }

  /** The process with given settings; noise grows until its matrix is positive definite. */
  static of(
    space: FeatureSpace,
    settings: Settings,
    points: readonly Features[],
    values: Float64Array,
  ): GaussianProcess {
    return new GaussianProcess(space, settings, points, values);
  }

  /** Takes other values at the points for which it was made. */
  revalue(values: Float64Array): void {
    const known = this.factor.slice(0, values.length);
    this.alpha = solvedBackward(known, solvedForward(known, values));
  }

  /**
   * Takes for known that a point has the value which is expected there (Ginsbourger et al., the believer): the means
   * stay as they are, the deviations near the point fall.
   */
  believe(point: Features): void {
    const covariances = this.covariances(point, this.points.length);
    const half = solvedForward(this.factor, covariances);
    let rest = this.variance + this.noise;
    for (const number of half) rest -= number * number;
    const row = new Float64Array(half.length + 1);
    row.set(half);
    row[half.length] = Math.sqrt(Math.max(rest, leastNoise));
    this.points.push(point);
    this.factor.push(row);
  }

  /** What it expects at a point. */
  predict(point: Features): Prediction {
    const covariances = this.covariances(point, this.points.length);
    const half = solvedForward(this.factor, covariances);
    return this.prediction(covariances, half);
  }

  /** The expected value alone, which takes less time. */
  mean(point: Features): number {
    const covariances = this.covariances(point, this.alpha.length);
    let mean = 0;
    for (let i = 0; i < this.alpha.length; i += 1) mean += (this.alpha[i] ?? 0) * (covariances[i] ?? 0);
    return mean;
  }

  /** The prediction with its slope by the numbers of some dimensions, which each have one. */
  predictWithSlope(
    point: Features,
    dimensions: readonly number[],
  ): { readonly prediction: Prediction; readonly slope: PredictionSlope } {
    const covariances = this.covariances(point, this.points.length);
    const half = solvedForward(this.factor, covariances);
    const prediction = this.prediction(covariances, half);
    const weights = solvedBackward(this.factor, half);
    const mean = new Float64Array(dimensions.length);
    const deviation = new Float64Array(dimensions.length);
    for (const [i, other] of this.points.entries()) {
      const squared = 5 * weightedDistance(this.space, this.weights, point, other);
      const rho = Math.sqrt(squared);
      const change = (-5 / 3) * this.variance * (1 + rho) * dexp(-rho);
      for (const [at, dimension] of dimensions.entries()) {
        const from = this.space.dimensions[dimension]?.from ?? 0;
        const slope = change * (this.lambdas[dimension] ?? 0) * ((point[from] ?? 0) - (other[from] ?? 0));
        mean[at] = (mean[at] ?? 0) + (this.alpha[i] ?? 0) * slope;
        deviation[at] = (deviation[at] ?? 0) - ((weights[i] ?? 0) * slope) / prediction.deviation;
      }
    }
    return { prediction, slope: { mean, deviation } };
  }

  /** λ of a dimension: its inverse square is the length within which values are alike. */
  lambda(dimension: number): number {
    return this.lambdas[dimension] ?? 1;
  }

  private prediction(covariances: Float64Array, half: Float64Array): Prediction {
    let mean = 0;
    for (let i = 0; i < this.alpha.length; i += 1) mean += (this.alpha[i] ?? 0) * (covariances[i] ?? 0);
    let rest = this.variance;
    for (const number of half) rest -= number * number;
    return { mean, deviation: Math.sqrt(Math.max(rest, 1e-12)) };
  }

  private covariances(point: Features, count: number): Float64Array {
    const row = new Float64Array(count);
    for (let i = 0; i < count; i += 1)
      row[i] =
        this.variance *
        matern(5 * weightedDistance(this.space, this.weights, point, this.points[i] ?? point));
    return row;
  }
}
