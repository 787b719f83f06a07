import { rankCorrelation } from '../../searches/retraining/rank-correlation.js';
import type { Genome } from '../../search-spaces/index.js';
import { estimate, rounded } from '../ma2ml/summary.js';
import type { Estimate } from '../ma2ml/summary.js';
import { kendallCorrelation } from '../one-shot-nb201/kendall.js';
import { armName, barLearningRate } from './arm.js';
import type { Arm } from './arm.js';
import { meanOf } from './shared-search.js';
import type { ArmResult, EpochFigures, ScoredArchitecture, SharedResult } from './shared-search.js';

/** Epochs at the end over which a gain is averaged. */
const lastEpochs = 5;

/** A run of an arm beside the uniform architectures of the same shared weights. */
export interface ArmRunResult {
  readonly run: ArmResult;
  readonly shared: SharedResult;
}

/** What an arm did over all seeds. */
export interface ArmSummary {
  readonly arm: Arm;
  readonly seeds: number;
  /** Mean of the last five epochs. */
  readonly gain: Estimate;
  readonly reward: Estimate;
  /** The rest of the last epoch. */
  readonly entropy: Estimate;
  readonly relativeEntropy: Estimate;
  readonly entropyRange: readonly [least: number, most: number];
  readonly divergence: Estimate | null;
  readonly clipFraction: Estimate | null;
  readonly skipProbability: Estimate;
  /** By epoch. */
  readonly gains: readonly Estimate[];
  readonly entropies: readonly Estimate[];
  /** Processor time of the weights, the scores and the updates. */
  readonly seconds: Estimate;
  /** Forward and backward passes of the weights, and forward passes of the scores. */
  readonly passes: { readonly train: number; readonly score: number };
}

export function summaryOf(runs: readonly ArmRunResult[]): ArmSummary {
  const [first] = runs;
  if (first === undefined) throw new Error('There is no run of this arm.');
  const all = runs.map(({ run }) => run);
  const over = (of: (run: ArmResult) => number): Estimate => estimate(all.map(of));
  const end = (of: (figures: EpochFigures) => number, count = 1): Estimate =>
    over(({ epochs }) => meanOf(epochs.slice(-count).map(of)));
  const endOrNull = (of: (figures: EpochFigures) => number | null): Estimate | null =>
    all.some(({ epochs }) => epochs.some((figures) => of(figures) === null))
      ? null
      : end((figures) => of(figures) ?? NaN);
  const byEpoch = (of: (figures: EpochFigures) => number): readonly Estimate[] =>
    first.run.epochs.map((_none, epoch) =>
      over(({ epochs }) => {
        const figures = epochs[epoch];
        return figures === undefined ? NaN : of(figures);
      }),
    );
  const relative = all.map(({ epochs }) => epochs.at(-1)?.relativeEntropy ?? NaN);
  return {
    ...{ arm: first.run.arm, seeds: runs.length },
    gain: end(({ gain }) => gain, lastEpochs),
    reward: end(({ reward }) => reward, lastEpochs),
    entropy: end(({ entropy }) => entropy),
    relativeEntropy: end(({ relativeEntropy }) => relativeEntropy),
    entropyRange: [Math.min(...relative), Math.max(...relative)],
    divergence: endOrNull(({ divergence }) => divergence),
    clipFraction: endOrNull(({ clipFraction }) => clipFraction),
    skipProbability: end(({ skipProbability }) => skipProbability),
    gains: byEpoch(({ gain }) => gain),
    entropies: byEpoch(({ relativeEntropy }) => relativeEntropy),
    seconds: estimate(
      runs.map(({ run, shared }) => shared.trainSeconds + run.scoreSeconds + run.updateSeconds),
    ),
    passes: { train: first.shared.trainPasses, score: first.shared.scorePasses },
  };
}

/** A bar with its figures. */
export interface Verdict {
  readonly claim: string;
  readonly arm: string;
  readonly figures: Readonly<Record<string, number>>;
  readonly passed: boolean;
}

/** The bars on the arms that learn at the learning rate of the bars, on uniform paths. */
export function verdictsOf(summaries: readonly ArmSummary[]): readonly Verdict[] {
  return summaries
    .filter(({ arm }) => arm.kind !== 'random' && arm.learningRate === barLearningRate)
    .flatMap(({ arm, gain, entropyRange: [least, most] }): readonly Verdict[] => [
      {
        claim: 'entropy at the end between 0.02 and 0.9 of uniform, in every seed',
        arm: armName(arm),
        figures: { least: rounded(least), most: rounded(most) },
        passed: least >= 0.02 && most <= 0.9,
      },
      {
        claim: 'policy gain of the last five epochs above twice its standard error',
        arm: armName(arm),
        figures: { gain: rounded(gain.mean, 4), standardError: rounded(gain.standardError, 4) },
        passed: gain.mean > 2 * gain.standardError,
      },
    ]);
}

/** Agreement of two measures of architectures; null where one of them says the same of all. */
export interface Agreement {
  readonly spearman: number | null;
  readonly kendall: number | null;
}

export function agreementOf(pairs: readonly (readonly [number, number])[]): Agreement {
  return { spearman: rankCorrelation(pairs), kendall: kendallCorrelation(pairs) };
}

/** What trainings alone of an architecture came to: test accuracy of each seed, and how large it is. */
export interface AloneFigures {
  readonly tests: readonly number[];
  readonly parameters: number;
  readonly skips: number;
}

/** Spearman's correlation of accuracies with the size of architectures: whether large or skip-rich ones are favoured. */
export interface SizeBias {
  readonly parameters: number | null;
  readonly skips: number | null;
}

/** The bias of accuracies, in the order of the architectures. */
export function sizeBiasOf(accuracies: readonly number[], alone: readonly AloneFigures[]): SizeBias {
  const against = (of: (figures: AloneFigures) => number): number | null =>
    rankCorrelation(alone.map((figures, place) => [accuracies[place] ?? NaN, of(figures)]));
  return { parameters: against(({ parameters }) => parameters), skips: against(({ skips }) => skips) };
}

/** The trainings alone of an architecture. */
export type AloneOf = (genome: Genome) => AloneFigures;

/** What speaks of the architectures of an arm: trainings of them alone. */
export interface AloneSummary {
  readonly arm: Arm;
  readonly seeds: number;
  /** Test accuracy alone of the policy's architectures less that of the uniform ones, first seed of the trainings. */
  readonly difference: Estimate;
  /** Shared against alone, means over the runs in which both differ. */
  readonly uniform: Agreement;
  readonly policy: Agreement;
  /** Of the shared accuracy of the policy's architectures, and of their accuracy alone: means over the runs. */
  readonly bias: { readonly shared: SizeBias; readonly alone: SizeBias };
  readonly greedy: Estimate;
  readonly bestOfPolicy: Estimate;
  readonly bestOfUniform: Estimate;
}

/** Compares runs of an arm by trainings alone; of the first `derivedFrom` architectures the best shared one is derived. */
export function aloneSummaryOf(
  runs: readonly ArmRunResult[],
  aloneOf: AloneOf,
  derivedFrom: number,
): AloneSummary {
  const [first] = runs;
  if (first === undefined) throw new Error('There is no run of this arm.');
  const firstTest = ({ genome }: ScoredArchitecture): number => aloneOf(genome).tests[0] ?? NaN;
  const meanTest = ({ genome }: ScoredArchitecture): number => meanOf(aloneOf(genome).tests);
  const uniformTests = first.shared.uniform.map(firstTest);
  const policyTests = estimate(runs.map(({ run }) => meanOf(run.drawn.map(firstTest))));
  const uniformMean = estimate(uniformTests);
  const agreement = (of: (result: ArmRunResult) => readonly ScoredArchitecture[]): Agreement => {
    const each = runs.map((result) => agreementOf(of(result).map((one) => [one.shared, firstTest(one)])));
    return {
      spearman: meanKnown(each.map(({ spearman }) => spearman)),
      kendall: meanKnown(each.map(({ kendall }) => kendall)),
    };
  };
  const bias = (of: (one: ScoredArchitecture) => number): SizeBias => {
    const each = runs.map(({ run: { drawn } }) =>
      sizeBiasOf(
        drawn.map(of),
        drawn.map(({ genome }) => aloneOf(genome)),
      ),
    );
    return {
      parameters: meanKnown(each.map(({ parameters }) => parameters)),
      skips: meanKnown(each.map(({ skips }) => skips)),
    };
  };
  const over = (of: (result: ArmRunResult) => ScoredArchitecture): Estimate =>
    estimate(runs.map((result) => meanTest(of(result))));
  return {
    ...{ arm: first.run.arm, seeds: runs.length },
    difference: {
      mean: policyTests.mean - uniformMean.mean,
      // Runs vary, and so do the uniform architectures, which are the same in all runs.
      standardError: Math.sqrt(policyTests.standardError ** 2 + uniformMean.standardError ** 2),
    },
    uniform: agreement(({ shared }) => shared.uniform),
    policy: agreement(({ run }) => run.drawn),
    bias: { shared: bias(({ shared }) => shared), alone: bias(firstTest) },
    greedy: over(({ run }) => run.greedy),
    bestOfPolicy: over(({ run }) => bestOf(run.drawn.slice(0, derivedFrom))),
    bestOfUniform: over(({ shared }) => bestOf(shared.uniform.slice(0, derivedFrom))),
  };
}

/** The best by shared accuracy, the first of equals. */
export function bestOf(scored: readonly ScoredArchitecture[]): ScoredArchitecture {
  const [first, ...others] = scored;
  if (first === undefined) throw new Error('No architecture was scored.');
  return others.reduce((best, one) => (one.shared > best.shared ? one : best), first);
}

/** How shared weights of one length rank the uniform architectures. */
export interface LengthSummary extends Agreement {
  readonly steps: number;
  readonly seeds: number;
  /** Of the shared accuracy. */
  readonly bias: SizeBias;
}

/** Means over the trainings of one length; `alone` are the same architectures trained alone. */
export function lengthSummaryOf(
  steps: number,
  trainings: readonly (readonly number[])[],
  alone: readonly AloneFigures[],
): LengthSummary {
  const each = trainings.map((shared) =>
    agreementOf(shared.map((accuracy, i) => [accuracy, meanOf(alone[i]?.tests ?? [])])),
  );
  const biases = trainings.map((shared) => sizeBiasOf(shared, alone));
  return {
    ...{ steps, seeds: trainings.length },
    spearman: meanKnown(each.map(({ spearman }) => spearman)),
    kendall: meanKnown(each.map(({ kendall }) => kendall)),
    bias: {
      parameters: meanKnown(biases.map(({ parameters }) => parameters)),
      skips: meanKnown(biases.map(({ skips }) => skips)),
    },
  };
}

/** How well two seeds of trainings alone agree: the mean over all pairs of seeds, which bounds what a ranking can reach. */
export function aloneAgreement(alone: readonly AloneFigures[]): Agreement {
  const seeds = alone[0]?.tests.length ?? 0;
  const pairs = Array.from({ length: seeds }, (_none, left) =>
    Array.from({ length: left }, (_unused, right) =>
      agreementOf(alone.map(({ tests }) => [tests[left] ?? NaN, tests[right] ?? NaN])),
    ),
  ).flat();
  return {
    spearman: meanKnown(pairs.map(({ spearman }) => spearman)),
    kendall: meanKnown(pairs.map(({ kendall }) => kendall)),
  };
}

/** The sentence that the correlations with trainings alone allow. */
export function readingOf(lengths: readonly LengthSummary[]): string {
  const best = Math.max(...lengths.map(({ spearman }) => spearman ?? 0));
  return best < 0.3
    ? 'The shared weights cannot rank this space (Spearman below 0.3 at every length), so nothing here speaks for or against an architecture that was found.'
    : `The shared weights rank this space with a Spearman correlation of up to ${best.toFixed(2)}.`;
}

/** The mean of those that are known; null where none is. */
function meanKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : meanOf(known);
}

/** Figures of a JSON line: estimates become pairs of mean and standard error, and numbers lose digits that mean nothing. */
export function shown(value: unknown): unknown {
  if (typeof value === 'number') return rounded(value, 4);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(shown);
  if ('mean' in value && 'standardError' in value) return [shown(value.mean), shown(value.standardError)];
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shown(inner)]));
}
