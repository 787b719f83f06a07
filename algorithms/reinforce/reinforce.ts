import { unreachable } from '../../foundation/errors/index.js';
import { fork, RandomStream } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { Algorithm, SearchProblem, UpdateResult } from '../contract/algorithm.js';
import type { StateValue } from '../contract/state-value.js';
import { Configuration } from '../contract/configuration.js';
import { largestGenomeBytes } from '../contract/genome-bytes.js';
import { bytesOfNumbers, numbersOfBytes } from '../contract/number-bytes.js';
import { optimisedMetric, scoreOf } from '../contract/score.js';
import { isBytes } from '../contract/state-codec.js';
import {
  longestBulkName,
  readBulkName,
  readFields,
  readGenome,
  readInteger,
  readList,
  readScore,
} from '../contract/state-shape.js';
import { adamStepInFloat64 } from '../policy-gradient/adam.js';
import { drawGenome } from '../policy-gradient/categorical-policy.js';
import { checkLogits, initialLogits } from '../policy-gradient/heads.js';
import {
  checkUpdateIsDue,
  emptyRound,
  inIndexOrder,
  movedBaseline,
  needOf,
  readRound,
  withProposed,
  withTold,
  type Round,
} from '../policy-gradient/rounds.js';
import { addGradient, decisionsOf, policyOf } from './policy.js';

/** Options of REINFORCE; all have defaults. */
export interface ReinforceOptions {
  /** Trials per policy-gradient step. Default 16. */
  readonly batchSize?: number;
  /** Step size of Adam on the logits. Default 0.1. */
  readonly learningRate?: number;
  /** Share of the old baseline in the moving average of batch means. Default 0.9. */
  readonly baselineDecay?: number;
  /** Weight of the entropy of the heads against advantages of unit size. Default 0.01. */
  readonly entropyWeight?: number;
  /** Categories of a float, or of an int with more than 64 values, evenly spaced on its scale. Default 16. */
  readonly bins?: number;
}

export type ReinforceConfig = {
  readonly batchSize: number;
  readonly learningRate: number;
  readonly baselineDecay: number;
  readonly entropyWeight: number;
  readonly bins: number;
};

/** The result of a trial of the current batch; its score is null for an outcome without one. */
type BatchResult = { readonly index: number; readonly genome: Genome; readonly score: number | null };

/** What REINFORCE carries from trial to trial, the current batch included. */
export type ReinforceState = Round<BatchResult> & {
  /** Logits of all heads as little-endian doubles. */
  readonly logits: Uint8Array;
  /** Moving average of batch means; null before the first update. */
  readonly baseline: number | null;
  /** Hash of the optimiser moments in the artifact store. */
  readonly bulk: string | null;
};

type Problem = SearchProblem<ReinforceConfig>;

const name = 'reinforce';
const version = 1;

/**
 * REINFORCE (Williams, 1992) over independent categorical distributions, one per decision point of the space. The
 * policy draws a batch of trials; when all their outcomes are known, an update takes one step of Adam along the gradient
 * of the expected advantage plus entropy. Advantages are scores less a moving average, divided by their root mean
 * square in the batch, so the scale of the metric does not matter. A trial without a score counts as the worst of its
 * batch, a cancelled one does not count. The policy does not learn from enqueued trials, because it did not draw them.
 * The update does not depend on the order in which outcomes come. The search never ends by itself.
 */
export function reinforce(options: ReinforceOptions = {}): AlgorithmReference {
  return { name, version, config: { ...options } };
}

export const reinforceAlgorithm: Algorithm<ReinforceConfig, ReinforceState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'single',
  configure(config, view, metrics) {
    const fields = new Configuration(name, config, [
      'batchSize',
      'learningRate',
      'baselineDecay',
      'entropyWeight',
      'bins',
    ]);
    const complete: ReinforceConfig = {
      batchSize: fields.integer('batchSize', 1, 1024, 16),
      learningRate: fields.number('learningRate', 1e-9, 100, 0.1),
      baselineDecay: fields.number('baselineDecay', 0, 1, 0.9),
      entropyWeight: fields.number('entropyWeight', 0, 100, 0.01),
      bins: fields.integer('bins', 2, 1024, 16),
    };
    optimisedMetric(metrics);
    checkLogits(policyOf(view, complete.bins), 'bins');
    return complete;
  },
  maximumStateBytes({ view, config }) {
    const { size } = policyOf(view, config.bins);
    return 256 + longestBulkName + 8 * size + config.batchSize * (64 + largestGenomeBytes(view));
  },
  init(problem) {
    const policy = policyOf(problem.view, problem.config.bins);
    return emptyBatch(bytesOfNumbers(initialLogits(policy)), null, null);
  },
  propose(problem, state, index) {
    const { batchSize } = problem.config;
    const need = needOf(state, batchSize);
    switch (need) {
      case 'wait':
        return { state, action: { kind: 'wait' } };
      case 'learn': {
        const { logits, baseline, bulk, results } = state;
        const input = { logits, baseline, trials: inIndexOrder(results) };
        return { state, action: { kind: 'update', request: { bulk, input } } };
      }
      case 'draw': {
        const policy = policyOf(problem.view, problem.config.bins);
        const logits = numbersOfBytes(state.logits, policy.size, 'the logits of the policy');
        const genome = drawGenome(policy, logits, new RandomStream(fork(problem.rng, `policy:${index}`)));
        return {
          state: withProposed(state, batchSize, index),
          action: { kind: 'trial', proposal: { genome } },
        };
      }
      default:
        return unreachable(need, 'need of a batch');
    }
  },
  tell: (problem, state, told) =>
    withTold(state, told, (settled, { trial, outcome }) => {
      const result = { index: trial.index, genome: trial.genome, score: scoreOf(problem.metrics, outcome) };
      return { ...settled, results: [...settled.results, result] };
    }),
  describe({ view, config }, { logits, baseline, proposed, results }) {
    const policy = policyOf(view, config.bins);
    const numbers = numbersOfBytes(logits, policy.size, 'the logits of the policy');
    return {
      figures: [
        { name: 'mean score of batches', value: baseline },
        { name: 'proposed in this batch', value: proposed },
        { name: 'told of them', value: results.length },
      ],
      groups: [{ name: 'policy', figures: [], decisions: decisionsOf(policy, numbers) }],
      warning: null,
    };
  },
  readState(problem, value) {
    const keys = ['logits', 'baseline', 'bulk', 'proposed', 'pending', 'results'] as const;
    const fields = readFields(value, 'state', keys);
    return {
      logits: readLogits(problem, fields.logits, 'state.logits'),
      baseline: readScore(fields.baseline, 'state.baseline'),
      bulk: readBulkName(fields.bulk ?? null),
      ...readRound(fields, problem.config.batchSize, 'batch', (results, place) =>
        readResults(problem, results, place),
      ),
    };
  },
  update: {
    compute(problem, bulk, input) {
      const { config, view } = problem;
      const fields = readFields(input, 'input', ['logits', 'baseline', 'trials']);
      const policy = policyOf(view, config.bins);
      const logits = readLogits(problem, fields.logits, 'input.logits');
      const baseline = readScore(fields.baseline, 'input.baseline');
      const trials = readResults(problem, fields.trials, 'input.trials');
      const scores = trials.flatMap(({ score }) => (score === null ? [] : [score]));
      if (scores.length === 0) return { bulk, output: { logits, baseline } };
      const mean = meanOf(scores);
      const advantages = advantagesOf(trials, baseline ?? mean);
      const parameters = numbersOfBytes(logits, policy.size, 'input.logits');
      const gradient = new Float64Array(policy.size);
      for (const [place, { genome }] of trials.entries()) {
        const weight = (advantages[place] ?? 0) / trials.length;
        addGradient(policy, parameters, genome, weight, config.entropyWeight / trials.length, gradient);
      }
      const step = adamStepInFloat64(parameters, gradient, bulk, config.learningRate);
      const moved = movedBaseline(baseline, mean, config.baselineDecay);
      return { bulk: step.moments, output: { logits: bytesOfNumbers(step.parameters), baseline: moved } };
    },
    apply(problem, state, result: UpdateResult) {
      checkUpdateIsDue(state, problem.config.batchSize, name);
      const fields = readFields(result.output, 'output', ['logits', 'baseline']);
      const logits = readLogits(problem, fields.logits, 'output.logits');
      return emptyBatch(logits, readScore(fields.baseline, 'output.baseline'), readBulkName(result.bulk));
    },
  },
};

function emptyBatch(logits: Uint8Array, baseline: number | null, bulk: string | null): ReinforceState {
  return { logits, baseline, bulk, ...emptyRound };
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number / numbers.length, 0);
}

/** Scores less the baseline in units of their root mean square; all zero when none differs from it. */
function advantagesOf(trials: readonly BatchResult[], baseline: number): readonly number[] {
  const worst = trials.reduce(
    (least, { score }) => (score === null ? least : Math.min(least, score)),
    Infinity,
  );
  const differences = trials.map(({ score }) => {
    const difference = (score ?? worst) - baseline;
    return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, difference));
  });
  const largest = differences.reduce((most, difference) => Math.max(most, Math.abs(difference)), 0);
  if (largest === 0) return differences;
  // Division by the largest first, so that squares neither overflow nor vanish.
  const relative = differences.map((difference) => difference / largest);
  const size = Math.sqrt(meanOf(relative.map((difference) => difference * difference)));
  return relative.map((difference) => difference / size);
}

function readLogits({ view, config }: Problem, value: StateValue | undefined, place: string): Uint8Array {
  if (!isBytes(value)) throw new AlgorithmError(`${place} must be bytes`);
  numbersOfBytes(value, policyOf(view, config.bins).size, place);
  return value;
}

function readResults(
  { view, config }: Problem,
  value: StateValue | undefined,
  place: string,
): readonly BatchResult[] {
  return readList(value, place, config.batchSize, (item, itemPlace) => {
    const fields = readFields(item, itemPlace, ['index', 'genome', 'score']);
    return {
      index: readInteger(fields.index, `${itemPlace}.index`),
      genome: readGenome(view, fields.genome, `${itemPlace}.genome`),
      score: readScore(fields.score, `${itemPlace}.score`),
    };
  });
}
