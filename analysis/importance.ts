import { normalMass } from './normal-mass.js';

/** What the values of a parameter may be. Categories are numbered from 0. */
export type ParameterRange =
  | { readonly kind: 'category'; readonly count: number }
  | {
      readonly kind: 'number';
      readonly low: number;
      readonly high: number;
      readonly log: boolean;
      /** Distance of neighbouring values; null where every number is possible. */
      readonly step: number | null;
    };

/** A parameter with its value in each trial; null where it was not active. */
export interface StudiedParameter {
  readonly range: ParameterRange;
  readonly values: readonly (number | null)[];
}

/** Share of the trials that count as good. */
const targetQuantile = 0.1;
const gridSteps = 50;
const priorWeight = 1;
const leastTrialsOfRegime = 2;

/**
 * How much each parameter decides whether a trial is among the best tenth: PED-ANOVA (Watanabe, Bansal and Hutter,
 * IJCAI 2023), for parameters that are active in some trials only in its conditional form (KDD 2026); the numbers of
 * Optuna's `PedAnovaImportanceEvaluator`. `losses` has one for each trial. The importances sum to 1, or are all 0 where
 * the trials tell nothing.
 */
export function pedAnova(
  losses: readonly number[],
  parameters: readonly StudiedParameter[],
): readonly number[] {
  if (losses.length < 2) return parameters.map(() => 0);
  const good = bestTrials(losses);
  const goodCount = good.filter(Boolean).length;
  const raw = parameters.map(({ range, values }) => {
    const active = values.flatMap((value, trial) => (value === null ? [] : [{ value, good: good[trial] }]));
    const activeGood = active.filter((each) => each.good);
    const isSingle = range.kind === 'category' ? range.count < 2 : range.high <= range.low;
    if (isSingle || active.length < leastTrialsOfRegime || activeGood.length === 0) return 0;
    const divergence = pearsonDivergence(
      densityOf(
        range,
        activeGood.map(({ value }) => value),
      ),
      densityOf(
        range,
        active.map(({ value }) => value),
      ),
    );
    return ((activeGood.length / goodCount) ** 2 / (active.length / losses.length)) * divergence;
  });
  const sum = raw.reduce((total, value) => total + value, 0);
  return raw.map((value) => (sum > 0 ? value / sum : 0));
}

/** Which trials are among the best; those that equal the last of them are too. */
function bestTrials(losses: readonly number[]): readonly boolean[] {
  const sorted = [...losses].sort((a, b) => a - b);
  const cutoff = sorted[Math.ceil(targetQuantile * losses.length) - 1] ?? Infinity;
  return losses.map((loss) => loss <= cutoff);
}

function pearsonDivergence(top: readonly number[], all: readonly number[]): number {
  return all.reduce((sum, density, at) => {
    const local = density + 1e-12;
    return sum + local * (((top[at] ?? 0) + 1e-12) / local - 1) ** 2;
  }, 0);
}

/** The density of some values on the grid of their range, estimated with one kernel for each occupied grid point. */
function densityOf(range: ParameterRange, values: readonly number[]): readonly number[] {
  if (range.kind === 'category') return categoricalDensity(countIn(values, range.count));
  const steps = stepsOf(range);
  const scaled = range.log ? Math.log : (value: number): number => value;
  const [low, high] = [scaled(range.low), scaled(range.high)];
  const width = (high - low) / (steps - 1);
  const cells = values.map((value) => {
    const cell = Math.ceil((scaled(value) - low) / width - 0.5);
    return Math.min(steps - 1, Math.max(0, cell));
  });
  return numericalDensity(countIn(cells, steps));
}

function stepsOf({ low, high, log, step }: Extract<ParameterRange, { kind: 'number' }>): number {
  if (step === null) return gridSteps;
  if (log) return Math.min(Math.ceil(Math.log2(high - low + 1)) + 1, gridSteps);
  return Math.min(Math.round((high - low) / step) + 1, gridSteps);
}

function countIn(cells: readonly number[], size: number): readonly number[] {
  const counts = Array.from({ length: size }, () => 0);
  for (const cell of cells) counts[cell] = (counts[cell] ?? 0) + 1;
  return counts;
}

function categoricalDensity(counts: readonly number[]): readonly number[] {
  const kernels = counts.filter((count) => count > 0).length + 1;
  const total = counts.reduce((sum, count) => sum + count, priorWeight);
  const prior = priorWeight / kernels;
  const spread = 1 + prior * counts.length;
  return counts.map((own) => {
    const others = total - priorWeight - own;
    const kernelsHere = (own * (1 + prior) + others * prior) / spread;
    return (kernelsHere + priorWeight / counts.length) / total;
  });
}

/** Truncated normal kernels on whole numbers; their width follows Scott's rule. */
function numericalDensity(counts: readonly number[]): readonly number[] {
  const high = counts.length - 1;
  const kernels = counts.flatMap((weight, at) => (weight > 0 ? [{ at, weight }] : []));
  const weights = kernels.reduce((sum, { weight }) => sum + weight, 0);
  const width = Math.max(kernelWidth(kernels, weights), 0.5 / 1.64);
  const all = [
    ...kernels.map(({ at, weight }) => ({ mean: at, weight, deviation: width })),
    { mean: high / 2, weight: priorWeight, deviation: high + 1 },
  ];
  return counts.map((_count, at) =>
    all.reduce((sum, { mean, weight, deviation }) => {
      const mass = (from: number, to: number): number =>
        normalMass((from - mean) / deviation, (to - mean) / deviation);
      return sum + ((weight / (weights + priorWeight)) * mass(at - 0.5, at + 0.5)) / mass(-0.5, high + 0.5);
    }, 0),
  );
}

function kernelWidth(
  kernels: readonly { readonly at: number; readonly weight: number }[],
  weights: number,
): number {
  const mean = kernels.reduce((sum, { at, weight }) => sum + at * weight, 0) / weights;
  const squares = kernels.reduce((sum, { at, weight }) => sum + (at - mean) ** 2 * weight, 0);
  const deviation = Math.sqrt(squares / Math.max(1, weights - 1));
  const cumulative: number[] = [];
  for (const { weight } of kernels) cumulative.push((cumulative.at(-1) ?? 0) + weight);
  const first = cumulative.findIndex((sum) => sum >= Math.floor(weights / 4));
  const third = cumulative.findIndex((sum) => sum > Math.floor((weights * 3) / 4));
  const quartile = (place: number): number => kernels[place < 0 ? kernels.length - 1 : place]?.at ?? 0;
  return 1.059 * Math.min((quartile(third) - quartile(first)) / 1.34, deviation) * weights ** -0.2;
}
