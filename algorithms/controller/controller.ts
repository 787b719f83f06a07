import { unreachable } from '../../foundation/errors/index.js';
import { fork } from '../../foundation/numbers/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { Algorithm, SearchProblem, UpdateRequest } from '../contract/algorithm.js';
import type { CandidateCounts, DerivedCandidate } from '../contract/derivation.js';
import { scoreOf } from '../contract/score.js';
import { readBulkName, readFields, readInteger, readScore } from '../contract/state-shape.js';
import type { ToldTrial } from '../contract/trial.js';
import { scaledReward } from '../policy-gradient/reward-range.js';
import {
  checkUpdateIsDue,
  emptyRound,
  inIndexOrder,
  movedBaseline,
  needOf,
  withProposed,
  withTold,
} from '../policy-gradient/rounds.js';
import { bytesOfLearner, initialLearner, learnerOfBytes } from './controller-memory.js';
import {
  controllerName as name,
  readControllerOptions,
  type ControllerConfig,
  type ControllerOptions,
} from './controller-options.js';
import { ControllerPolicy } from './controller-policy.js';
import {
  controllerStateBytes,
  keptBest,
  readControllerState,
  readDrawn,
  readResults,
  type BestResult,
  type ControllerResult,
  type ControllerState,
  type DrawnBatch,
} from './controller-state.js';
import { tensorsOf, type ControllerTensors } from './controller-tensors.js';
import { layoutOf, type DecisionLayout } from './decision-layout.js';
import { measuredPolicy, reportFigures, reportGroups } from './policy-report.js';
import { updatePolicy, type Learner, type Sample } from './policy-update.js';

type Problem = SearchProblem<ControllerConfig>;

const version = 1;

/**
 * The controller of ENAS (Pham et al., 2018): an LSTM decides an architecture step by step, and learns from the rewards of
 * batches that it drew, by PPO (Nagy and Boros, arXiv 2110.06751; Schulman et al., 2017) or by REINFORCE with a moving
 * baseline. Works on any space; macro and micro spaces of ENAS get its attention over layers and blocks. An update
 * leaves the policy and the next batch, so that proposals need no policy. A trial without a score has the reward 0, a
 * cancelled one does not count. The controller does not learn from enqueued trials, because it did not draw them. The
 * update does not depend on the order in which outcomes come. The search never ends by itself.
 */
export function controller(options: ControllerOptions = {}): AlgorithmReference {
  const { range, ...others } = options;
  return { name, version, config: { ...others, ...(range === undefined ? {} : { range: [...range] }) } };
}

export const controllerAlgorithm: Algorithm<ControllerConfig, ControllerState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'single',
  configure(config, view, metrics) {
    const complete = readControllerOptions(config, metrics);
    if (view.size === '1') {
      throw new AlgorithmError(
        `${name} has nothing to decide in a space without decisions: give it one, or evaluate its point alone`,
      );
    }
    const { order } = layoutOf(view, complete.layout, complete.bins);
    if (complete.skips.given && order.kind !== 'macro') {
      throw new AlgorithmError(
        `'skipTarget' and 'skipWeight' of ${name} are for layers of 'operation' and 'skips', and this space has none: leave them out`,
      );
    }
    return complete;
  },
  maximumStateBytes: ({ view, config }) =>
    controllerStateBytes(view, config, layoutOf(view, config.layout, config.bins).tree.size),
  init: () => ({ bulk: null, update: 0, baseline: null, drawn: null, best: [], ...emptyRound }),
  propose(problem, state, index) {
    const { batchSize } = problem.config;
    if (state.drawn === null) return { state, action: { kind: 'update', request: updateRequest(state) } };
    const need = needOf(state, batchSize);
    switch (need) {
      case 'wait':
        return { state, action: { kind: 'wait' } };
      case 'learn':
        return { state, action: { kind: 'update', request: updateRequest(state) } };
      case 'draw': {
        const proposed = withProposed(state, batchSize, index);
        const genome = state.drawn.genomes[proposed.proposed - 1];
        if (genome === undefined)
          throw new AlgorithmError(`${name} drew no architecture ${proposed.proposed}`);
        return { state: proposed, action: { kind: 'trial', proposal: { genome } } };
      }
      default:
        return unreachable(need, 'need of a batch');
    }
  },
  tell: (problem, state, told) =>
    withTold(state, told, (settled, one) => {
      const result = resultOf(problem, one);
      return {
        ...settled,
        results: [...settled.results, result],
        best: result.scored ? withResult(settled.best, result) : settled.best,
      };
    }),
  readState: ({ view, config }, value) =>
    readControllerState(view, config, layoutOf(view, config.layout, config.bins).tree.size, value),
  drawer(problem, bulk) {
    const policy = policyOfBulk(problem, bulk);
    return (rng) => policy.draw(rng).genome;
  },
  policy: (_problem, { bulk, drawn }) =>
    bulk === null || drawn === null ? null : { bulk, mostProbable: drawn.mostProbable },
  describe({ view, config }, { update, drawn }) {
    const layout = layoutOf(view, config.layout, config.bins);
    const report = drawn?.report ?? null;
    return { figures: reportFigures(update, report), groups: reportGroups(layout, report), warning: null };
  },
  update: {
    compute(problem, bulk, input) {
      const { view, config, rng } = problem;
      const fields = readFields(input, 'input', ['update', 'baseline', 'results']);
      const update = readInteger(fields.update, 'input.update');
      const baseline = readScore(fields.baseline, 'input.baseline');
      const results = readResults(view, config, fields.results, 'input.results');
      const parts = partsOf(problem);
      if (bulk === null) {
        if (results.length > 0)
          throw new AlgorithmError(`the policy of ${name} that drew a batch is missing`);
        const learner = initialLearner(parts.tensors.size, fork(rng, 'initial'));
        const drawn = drawBatch(problem, parts, learner, 0, null, {
          reward: null,
          clipFraction: null,
          passes: 0,
        });
        return { bulk: bytesOfLearner(learner), output: { baseline, drawn } };
      }
      const learner = learnerOfBytes(bulk, parts.tensors.size);
      const old = new ControllerPolicy(parts.layout, parts.tensors, learner.parameters.slice(), config);
      const reward = results.reduce((sum, one) => sum + one.reward, 0) / results.length;
      const summary = updatePolicy(
        { ...parts, config, rng: fork(fork(rng, 'update'), update) },
        learner,
        samplesOf(config, results, baseline ?? reward),
      );
      const { steps, passes, clipFraction } = summary;
      const drawn = drawBatch(problem, parts, learner, update + 1, old, { reward, clipFraction, passes });
      return {
        bulk: bytesOfLearner({ ...learner, steps }),
        output: { baseline: movedBaseline(baseline, reward, config.baselineDecay), drawn },
      };
    },
    apply(problem, state, result) {
      const { view, config } = problem;
      const isFirst = state.drawn === null;
      if (!isFirst) checkUpdateIsDue(state, config.batchSize, name);
      const options = layoutOf(view, config.layout, config.bins).tree.size;
      const fields = readFields(result.output, 'output', ['baseline', 'drawn']);
      return {
        ...state,
        ...emptyRound,
        bulk: readBulkName(result.bulk),
        update: isFirst ? 0 : state.update + 1,
        baseline: readScore(fields.baseline, 'output.baseline'),
        drawn: readDrawn(view, config, options, fields.drawn, 'output.drawn'),
      };
    },
  },
  derivation: (problem) => ({
    limits: [],
    bulk: ({ bulk }) => bulk,
    derive: (state, bulk, counts) => candidatesOf(problem, state, bulk, counts),
  }),
};

interface ControllerParts {
  readonly layout: DecisionLayout;
  readonly tensors: ControllerTensors;
}

function partsOf({ view, config }: Problem): ControllerParts {
  const layout = layoutOf(view, config.layout, config.bins);
  return { layout, tensors: tensorsOf(layout, config.hiddenUnits, config.valueWeight > 0) };
}

/** The policy that an update left. */
function policyOfBulk(problem: Problem, bulk: Uint8Array): ControllerPolicy {
  const { layout, tensors } = partsOf(problem);
  const { parameters } = learnerOfBytes(bulk, tensors.size);
  return new ControllerPolicy(layout, tensors, parameters, problem.config);
}

/** The next batch of a policy, with what the update before it did. */
function drawBatch(
  { config, rng }: Problem,
  { layout, tensors }: ControllerParts,
  { parameters }: Learner,
  update: number,
  old: ControllerPolicy | null,
  done: Pick<DrawnBatch['report'], 'reward' | 'clipFraction' | 'passes'>,
): DrawnBatch {
  const policy = new ControllerPolicy(layout, tensors, parameters, config);
  const root = fork(fork(rng, 'batch'), update);
  const episodes = Array.from({ length: config.batchSize }, (_, place) => policy.draw(fork(root, place)));
  return {
    genomes: episodes.map(({ genome }) => genome),
    mostProbable: policy.mostProbable().genome,
    report: { ...done, ...measuredPolicy(layout, episodes, old) },
  };
}

/** Rewards less the baseline; where the options say so, with mean 0 and deviation 1 in the batch. */
function samplesOf(
  { normalizeAdvantages }: ControllerConfig,
  results: readonly ControllerResult[],
  baseline: number,
): readonly Sample[] {
  const advantages = results.map(({ reward }) => reward - baseline);
  if (!normalizeAdvantages)
    return results.map(({ genome, reward }, at) => ({ genome, reward, advantage: advantages[at] ?? 0 }));
  const mean = advantages.reduce((sum, advantage) => sum + advantage, 0) / advantages.length;
  const square =
    advantages.reduce((sum, advantage) => sum + (advantage - mean) * (advantage - mean), 0) /
    advantages.length;
  const deviation = Math.sqrt(square);
  return results.map(({ genome, reward }, at) => ({
    genome,
    reward,
    // Equal rewards teach nothing.
    advantage: deviation > 0 ? ((advantages[at] ?? 0) - mean) / deviation : 0,
  }));
}

/** A request to draw the first batch, or to learn from the results of one. */
function updateRequest({ bulk, update, baseline, results }: ControllerState): UpdateRequest {
  return { bulk, input: { update, baseline, results: inIndexOrder(results) } };
}

function resultOf({ metrics, config }: Problem, { trial, outcome }: ToldTrial): ControllerResult {
  const score = scoreOf(metrics, outcome);
  const { index, genome } = trial;
  const reward = score === null ? 0 : scaledReward(name, config.range, metrics, score, index).reward;
  return { index, genome, reward, scored: score !== null };
}

/** The best results with one more, best first; of an architecture its best. */
function withResult(
  best: readonly BestResult[],
  { genome, reward }: ControllerResult,
): readonly BestResult[] {
  const key = genome.join();
  const known = best.find((one) => one.genome.join() === key);
  if (known !== undefined && known.reward >= reward) return best;
  const others = known === undefined ? best : best.filter((one) => one !== known);
  return [...others, { genome, reward }].toSorted((a, b) => b.reward - a.reward).slice(0, keptBest);
}

/** The most probable architecture, the best results, and draws of the policy, the most probable ones first. */
function candidatesOf(
  problem: Problem,
  { best, drawn }: ControllerState,
  bulk: Uint8Array | null,
  counts: CandidateCounts,
): readonly DerivedCandidate[] {
  const found = best
    .slice(0, counts.best)
    .map(({ genome, reward }): DerivedCandidate => ({ genome, source: 'best', value: reward }));
  if (drawn === null || bulk === null) return found;
  const policy = policyOfBulk(problem, bulk);
  const root = fork(problem.rng, 'derivation');
  const draws = new Map<string, DerivedCandidate>();
  for (let place = 0; place < counts.draws; place += 1) {
    const { genome, logProbability } = policy.draw(fork(root, place));
    draws.set(genome.join(), { genome, source: 'drawn', value: logProbability });
  }
  const kept = [...draws.values()].sort((a, b) => (b.value ?? 0) - (a.value ?? 0)).slice(0, counts.drawn);
  return [{ genome: drawn.mostProbable, source: 'greedy', value: null }, ...found, ...kept];
}
