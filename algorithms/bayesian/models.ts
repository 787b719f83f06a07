import { dlog, logNormalCdf, RandomStream, type Rng } from '../../foundation/numbers/index.js';
import type { ToldPoint } from '../ranking/index.js';
import { logCdfSlope, logImprovement, logImprovementSlope } from './expected-improvement.js';
import type { Features, FeatureSpace } from './features.js';
import { fittedSettings, GaussianProcess, type Settings } from './gaussian-process.js';
import { momentsOf, quantileOf, warpedCosts } from './score-warp.js';

/** A told trial with its features. */
export interface ModelledPoint {
  readonly point: ToldPoint;
  readonly features: Features;
}

/** Steps of the fit at first, then while there are few points after each outcome, then after each five. */
const fitSteps = { first: 30, few: 6, many: 10 } as const;
const fewPoints = 100;
const outcomesPerFit = 5;

/** Steps that a fit takes now; 0 where the settings are kept. */
export function fitStepsOf(points: number, sinceFit: number): number {
  if (sinceFit === -1) return fitSteps.first;
  if (points < fewPoints) return fitSteps.few;
  return sinceFit >= outcomesPerFit ? fitSteps.many : 0;
}

/** Two more models than limits: of the scores, and of whether a trial has metrics. */
export function modelCount(limits: number): number {
  return limits + 2;
}

/**
 * What is known of the points of a space: a process for the cost, one for each limit, and one for whether a trial has
 * metrics at all where some had none.
 */
export class Models {
  private readonly cost: { readonly process: GaussianProcess; best: number } | null;
  private readonly scored: readonly ModelledPoint[];
  private readonly limits: readonly { readonly process: GaussianProcess; readonly bound: number }[];
  /** Settings after the fit, to begin the next one with. */
  readonly settings: readonly Settings[];

  constructor(
    private readonly space: FeatureSpace,
    points: readonly ModelledPoint[],
    settings: readonly Settings[],
    steps: number,
    weights: readonly number[],
  ) {
    const after = [...settings];
    const fitted = (
      model: number,
      learned: readonly ModelledPoint[],
      values: Float64Array,
    ): GaussianProcess => {
      const features = learned.map((one) => one.features);
      const from = settings[model] ?? new Float64Array(space.dimensions.length + 2);
      const own = steps === 0 ? from : fittedSettings(space, features, values, from, steps);
      after[model] = own;
      return GaussianProcess.of(space, own, features, values);
    };
    this.scored = points.filter(({ point }) => point.scores !== null);
    const isFeasible = this.scored.some(({ point }) => point.feasible);
    const costs = this.costsBy(weights);
    this.cost = isFeasible ? { process: fitted(0, this.scored, costs), best: 0 } : null;
    if (this.cost !== null) this.cost.best = this.bestOf(this.cost.process, costs);

    const limited = points.filter(({ point }) => point.excesses !== null);
    const count = limited[0]?.point.excesses?.length ?? 0;
    const limits = Array.from({ length: count }, (_, limit) => {
      const { values, bound } = boundedExcesses(limited.map(({ point }) => point.excesses?.[limit] ?? 0));
      return { process: fitted(1 + limit, limited, values), bound };
    });
    // A trial that failed says that its neighbours may fail too.
    const failed = Float64Array.from(points, ({ point }) => (isFailed(point) ? 1 : -1));
    const failures = failed.some((value) => value > 0)
      ? [{ process: fitted(settings.length - 1, points, failed), bound: 0 }]
      : [];
    this.limits = [...limits, ...failures];
    this.settings = after;
  }

  /** The settings of the cost model: what describes the search. */
  get noise(): number | null {
    return this.cost?.process.noise ?? null;
  }

  /** How much of the distance each dimension has, summing to 1; null before there is a cost model. */
  get relevances(): readonly number[] | null {
    const { cost } = this;
    if (cost === null) return null;
    const lambdas = this.space.dimensions.map((_, dimension) => cost.process.lambda(dimension));
    const sum = lambdas.reduce((total, lambda) => total + lambda, 0);
    return lambdas.map((lambda) => lambda / sum);
  }

  /** Counts a point under way as known to have the values that are expected there. */
  believe(features: Features): void {
    this.cost?.process.believe(features);
    for (const { process } of this.limits) process.believe(features);
  }

  /** Weighs several scores anew, for the next proposal. */
  reweigh(weights: readonly number[]): void {
    if (this.cost === null || weights.length < 2) return;
    const costs = this.costsBy(weights);
    this.cost.process.revalue(costs);
    this.cost.best = this.bestOf(this.cost.process, costs);
  }

  /** ln of the expected improvement times the probability that the point is feasible. */
  acquisition(features: Features): number {
    let sum = 0;
    if (this.cost !== null) {
      const { mean, deviation } = this.cost.process.predict(features);
      sum += logImprovement((this.cost.best - mean) / deviation) + dlog(deviation);
    }
    for (const { process, bound } of this.limits) {
      const { mean, deviation } = process.predict(features);
      sum += logNormalCdf((bound - mean) / deviation);
    }
    return sum;
  }

  /** The slope of the acquisition by the numbers of some dimensions, which each have one. */
  acquisitionSlope(features: Features, dimensions: readonly number[]): Float64Array {
    const slope = new Float64Array(dimensions.length);
    if (this.cost !== null) {
      const { prediction, slope: by } = this.cost.process.predictWithSlope(features, dimensions);
      const { mean, deviation } = prediction;
      const v = (this.cost.best - mean) / deviation;
      const rise = logImprovementSlope(v);
      for (let at = 0; at < slope.length; at += 1)
        slope[at] =
          (slope[at] ?? 0) +
          (-rise * (by.mean[at] ?? 0) + (1 - rise * v) * (by.deviation[at] ?? 0)) / deviation;
    }
    for (const { process, bound } of this.limits) {
      const { prediction, slope: by } = process.predictWithSlope(features, dimensions);
      const { mean, deviation } = prediction;
      const t = (bound - mean) / deviation;
      const rise = logCdfSlope(t);
      for (let at = 0; at < slope.length; at += 1)
        slope[at] =
          (slope[at] ?? 0) - (rise * ((by.mean[at] ?? 0) + t * (by.deviation[at] ?? 0))) / deviation;
    }
    return slope;
  }

  /** Length in a dimension within which costs are alike, or 1 where there is no cost model. */
  lengthOf(dimension: number): number {
    const lambda = this.cost?.process.lambda(dimension) ?? this.limits[0]?.process.lambda(dimension) ?? 1;
    return 1 / Math.sqrt(lambda);
  }

  /** Warped costs of the scored points: of one score itself, of several by Chebyshev's weighted distance (ParEGO). */
  private costsBy(weights: readonly number[]): Float64Array {
    const scores = this.scored.map(({ point }) => point.scores ?? []);
    if (weights.length < 2) return warpedCosts(scores.map(([score = 0]) => 0 - score));
    const columns = weights.map((_, m) => scaledCosts(scores.map((own) => 0 - (own[m] ?? 0))));
    return warpedCosts(
      scores.map((_, at) => {
        const parts = weights.map((weight, m) => weight * (columns[m]?.[at] ?? 0));
        return Math.max(...parts) + 0.05 * parts.reduce((sum, part) => sum + part, 0);
      }),
    );
  }

  /** The least cost of a feasible point; where trials end at different steps, the least expected at the last one. */
  private bestOf(process: GaussianProcess, costs: Float64Array): number {
    let best = Infinity;
    for (const [at, { point, features }] of this.scored.entries()) {
      if (!point.feasible) continue;
      const cost = this.space.steps ? process.mean(atLastStep(features)) : (costs[at] ?? Infinity);
      best = Math.min(best, cost);
    }
    return best;
  }
}

/** Whether a trial is infeasible for another reason than a limit. */
function isFailed({ feasible, excesses }: ToldPoint): boolean {
  return !feasible && !(excesses?.some((excess) => excess > 0) ?? false);
}

function atLastStep(features: Features): Features {
  const last = features.slice();
  last[last.length - 1] = 1;
  return last;
}

/** Costs from 0 at the least to 1 at the 0.9 quantile, and not above 1.5. */
function scaledCosts(costs: readonly number[]): readonly number[] {
  const sorted = Float64Array.from(costs).sort();
  const least = sorted[0] ?? 0;
  const range = quantileOf(sorted, 0.9) - least;
  return costs.map((cost) => (range > 0 ? Math.min(1.5, (cost - least) / range) : 0));
}

/** Excesses with deviation 1, without outliers, and the bound that a feasible point keeps. */
function boundedExcesses(excesses: readonly number[]): {
  readonly values: Float64Array;
  readonly bound: number;
} {
  const sorted = Float64Array.from(excesses).sort();
  const median = quantileOf(sorted, 0.5);
  const reach = 3 * Math.max(quantileOf(sorted, 0.75) - median, median - quantileOf(sorted, 0.25));
  const clipped =
    reach > 0 ? excesses.map((one) => Math.min(median + reach, Math.max(median - reach, one))) : excesses;
  const { mean, deviation } = momentsOf(clipped);
  const scale = deviation > 0 ? deviation : 1;
  return { values: Float64Array.from(clipped, (one) => (one - mean) / scale), bound: (0 - mean) / scale };
}

/** Weights of several metrics, uniform over all that sum to 1. */
export function drawnWeights(count: number, rng: Rng): readonly number[] {
  if (count < 2) return [1];
  const source = new RandomStream(rng);
  const parts = Array.from({ length: count }, () => -dlog(1 - source.unit()));
  const sum = parts.reduce((total, part) => total + part, 0);
  return parts.map((part) => part / sum);
}
