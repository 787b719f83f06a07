import type { Genome, View } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { largestGenomeBytes } from '../contract/genome-bytes.js';
import { isBytes } from '../contract/state-codec.js';
import {
  isFiniteNumber,
  longestBulkName,
  readBulkName,
  readFields,
  readGenome,
  readInteger,
  readList,
  readScore,
} from '../contract/state-shape.js';
import type { StateValue } from '../contract/state-value.js';
import { readRound, type Round } from '../policy-gradient/rounds.js';
import type { ControllerConfig } from './controller-options.js';
import { reportedOptions, type PolicyReport } from './policy-report.js';

/** An architecture of the batch with its reward, 0 … 1. */
export type ControllerResult = {
  readonly index: number;
  readonly genome: Genome;
  readonly reward: number;
  /** Whether it had a score: the reward is 0 where it had none. */
  readonly scored: boolean;
};

/** One of the best results so far. */
export type BestResult = { readonly genome: Genome; readonly reward: number };

/** What an update draws from the policy that it leaves. */
export type DrawnBatch = {
  readonly genomes: readonly Genome[];
  readonly mostProbable: Genome;
  readonly report: PolicyReport;
};

/** What the controller carries from trial to trial. */
export type ControllerState = Round<ControllerResult> & {
  /** Hash of the policy with the moments of Adam; null before the first update. */
  readonly bulk: string | null;
  /** Updates that learned. */
  readonly update: number;
  /** Moving average of batch means; null before the first. */
  readonly baseline: number | null;
  /** What the last update drew; null before the first. */
  readonly drawn: DrawnBatch | null;
  /** Best rewards first; each architecture once. */
  readonly best: readonly BestResult[];
};

/** Best results that the state keeps. */
export const keptBest = 8;

/** Upper bound of an encoded state. */
export function controllerStateBytes(view: View, { batchSize }: ControllerConfig, options: number): number {
  const genome = 64 + largestGenomeBytes(view);
  const probabilities = options > reportedOptions ? 0 : 4 * options;
  return 1024 + longestBulkName + probabilities + (3 * batchSize + keptBest + 1) * genome;
}

/** Checks a value read back; throws `AlgorithmError` that names the place of what is wrong. */
export function readControllerState(
  view: View,
  config: ControllerConfig,
  options: number,
  value: StateValue,
): ControllerState {
  const fields = readFields(value, 'state', [
    ...(['bulk', 'update', 'baseline', 'drawn', 'best'] as const),
    ...(['proposed', 'pending', 'results'] as const),
  ]);
  const { drawn = null } = fields;
  return {
    bulk: readBulkName(fields.bulk ?? null),
    update: readInteger(fields.update, 'state.update'),
    baseline: readScore(fields.baseline, 'state.baseline'),
    drawn: drawn === null ? null : readDrawn(view, config, options, drawn, 'state.drawn'),
    best: readList(fields.best, 'state.best', keptBest, (item, place) => readBest(view, item, place)),
    ...readRound(fields, config.batchSize, 'batch', (results, place) =>
      readResults(view, config, results, place),
    ),
  };
}

/** Checks the results that an update learns from. */
export function readResults(
  view: View,
  { batchSize }: ControllerConfig,
  value: StateValue | undefined,
  at: string,
): readonly ControllerResult[] {
  return readList(value, at, batchSize, (item, place) => {
    const fields = readFields(item, place, ['index', 'genome', 'reward', 'scored']);
    const { scored } = fields;
    if (typeof scored !== 'boolean') throw new AlgorithmError(`${place}.scored must be true or false`);
    return {
      index: readInteger(fields.index, `${place}.index`),
      genome: readGenome(view, fields.genome, `${place}.genome`),
      reward: readReward(fields.reward, `${place}.reward`),
      scored,
    };
  });
}

/** Checks what an update drew. */
export function readDrawn(
  view: View,
  { batchSize }: ControllerConfig,
  options: number,
  value: StateValue | undefined,
  at: string,
): DrawnBatch {
  const fields = readFields(value, at, ['genomes', 'mostProbable', 'report']);
  const genomes = readList(fields.genomes, `${at}.genomes`, batchSize, (item, place) =>
    readGenome(view, item, place),
  );
  if (genomes.length !== batchSize)
    throw new AlgorithmError(`${at}.genomes must be ${batchSize} genomes, found ${genomes.length}`);
  return {
    genomes,
    mostProbable: readGenome(view, fields.mostProbable, `${at}.mostProbable`),
    report: readReport(options, fields.report, `${at}.report`),
  };
}

function readBest(view: View, value: StateValue, place: string): BestResult {
  const fields = readFields(value, place, ['genome', 'reward']);
  return {
    genome: readGenome(view, fields.genome, `${place}.genome`),
    reward: readReward(fields.reward, `${place}.reward`),
  };
}

function readReport(options: number, value: StateValue | undefined, place: string): PolicyReport {
  const fields = readFields(value, place, [
    ...(['reward', 'entropy', 'largestEntropy', 'divergence', 'clipFraction'] as const),
    ...(['passes', 'skipProbability', 'probabilities'] as const),
  ]);
  const { probabilities } = fields;
  const expected = options > reportedOptions ? 0 : 4 * options;
  if (!isBytes(probabilities) || probabilities.length !== expected)
    throw new AlgorithmError(`${place}.probabilities must be ${expected} bytes`);
  return {
    reward: readScore(fields.reward, `${place}.reward`),
    entropy: readNumber(fields.entropy, `${place}.entropy`),
    largestEntropy: readNumber(fields.largestEntropy, `${place}.largestEntropy`),
    divergence: readScore(fields.divergence, `${place}.divergence`),
    clipFraction: readScore(fields.clipFraction, `${place}.clipFraction`),
    passes: readInteger(fields.passes, `${place}.passes`),
    skipProbability: readScore(fields.skipProbability, `${place}.skipProbability`),
    probabilities,
  };
}

function readReward(value: StateValue | undefined, place: string): number {
  const reward = readNumber(value, place);
  if (reward >= 0 && reward <= 1) return reward;
  throw new AlgorithmError(`${place} must be a reward from 0 to 1, it is ${reward}`);
}

function readNumber(value: StateValue | undefined, place: string): number {
  if (isFiniteNumber(value)) return value;
  throw new AlgorithmError(`${place} must be a finite number`);
}
