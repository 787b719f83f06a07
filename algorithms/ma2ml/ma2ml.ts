import { unreachable } from '../../foundation/errors/index.js';
import { fork, RandomStream } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { Algorithm, SearchProblem, UpdateRequest, UpdateResult } from '../contract/algorithm.js';
import type { CandidateSource } from '../contract/derivation.js';
import type { ToldTrial } from '../contract/trial.js';
import {
  longestBulkName,
  readBulkName,
  readFields,
  readInteger,
  readScore,
} from '../contract/state-shape.js';
import { policyOf } from '../policy-gradient/categorical-policy.js';
import { genomeOf } from '../policy-gradient/decisions.js';
import { initialLogits } from '../policy-gradient/heads.js';
import {
  checkUpdateIsDue,
  emptyRound,
  inIndexOrder,
  movedBaseline,
  needOf,
  withProposed,
  withTold,
} from '../policy-gradient/rounds.js';
import { agentsReport, descriptionOf } from './agents-report.js';
import { candidatesOf, type Ma2mlCandidate } from './candidates.js';
import { layoutOf } from './layout.js';
import {
  readCredit,
  readMa2mlState,
  readPlanned,
  readPolicy,
  readResults,
  type Ma2mlState,
} from './ma2ml-state.js';
import { checkMemorySize, initialMemory, readMemory, replayCapacity, writeMemory } from './memory.js';
import { completeOptions, type Ma2mlConfig, type Ma2mlOptions } from './options.js';
import { actionsOf, drawOptions, inactive } from './pipeline.js';
import { bytesOfPolicy, policyOfBytes } from './policy-bytes.js';
import { withResults } from './replay.js';
import { klWeightOfSpread, rewardFlags, rewardOf } from './reward.js';
import { learn } from './round.js';
import { screenedRound } from './screening.js';

type Problem = SearchProblem<Ma2mlConfig>;

const name = 'ma2ml';
const version = 1;
/** Rewards from which ω is taken when it follows their spread. */
const spreadResults = 64;
const baselineDecay = 0.9;

/**
 * MA2ML (Wang et al., CVPR 2023, arXiv 2210.09084) in the form of one-step DMAC (Su and Lu, ICML 2022): agents share
 * the decisions of a space by tag, each with a categorical policy for every decision. They draw a round of pipelines;
 * when all outcomes are known, an update fits a critic to the results so far and moves each agent along its counterfactual
 * credit, held back by its divergence from a slow target policy. The agents learn from a trial without a score, whose
 * reward is 0, but not from a cancelled one. They do not learn from enqueued trials, because they did not draw them.
 * The update does not depend on the order in which outcomes come. The search never ends by itself.
 */
export function ma2ml(options: Ma2mlOptions = {}): AlgorithmReference {
  return { name, version, config: { ...options } };
}

export const ma2mlAlgorithm: Algorithm<Ma2mlConfig, Ma2mlState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'single',
  configure(config, view, metrics) {
    const complete = completeOptions(config, metrics);
    checkMemorySize(layoutOf({ view, config: complete }), complete);
    return complete;
  },
  maximumStateBytes(problem) {
    const { config } = problem;
    const layout = layoutOf(problem);
    const each = 112 + layout.heads.length + 9 * config.costs.length;
    return (
      512 +
      longestBulkName +
      8 * layout.size +
      9 * layout.agents.length +
      config.pipelinesPerRound * (each + (config.screen > 0 ? 5 + layout.heads.length : 0))
    );
  },
  limits: ({ config }) =>
    Object.fromEntries(
      config.costs.flatMap(({ metric, target, mode }) => (mode === 'hard' ? [[metric, target]] : [])),
    ),
  init(problem) {
    const layout = layoutOf(problem);
    const logits = Float32Array.from(initialLogits(layout));
    return {
      policy: bytesOfPolicy(logits, logits),
      bulk: null,
      round: 0,
      evaluations: 0,
      unscored: 0,
      overTarget: 0,
      clipped: 0,
      baseline: null,
      klWeight: problem.config.klWeight === 'reward-spread' ? null : problem.config.klWeight,
      least: null,
      most: null,
      credit: layout.agents.map(() => 0),
      ...emptyRound,
      ...(problem.config.screen > 0 ? { planned: [] } : {}),
    };
  },
  propose(problem, state, index) {
    const { pipelinesPerRound } = problem.config;
    const need = needOf(state, pipelinesPerRound);
    switch (need) {
      case 'wait':
        return { state, action: { kind: 'wait' } };
      case 'learn':
        return { state, action: { kind: 'update', request: updateRequest(state) } };
      case 'draw': {
        const proposal = { genome: plannedGenome(problem, state) ?? drawnGenome(problem, state, index) };
        return { state: withProposed(state, pipelinesPerRound, index), action: { kind: 'trial', proposal } };
      }
      default:
        return unreachable(need, 'need of a round');
    }
  },
  tell: (problem, state, told) => withTold(state, told, (settled, one) => withReward(problem, settled, one)),
  readState: readMa2mlState,
  describe: (problem, state) => descriptionOf(agentsReport(layoutOf(problem), state)),
  update: {
    compute(problem, bulk, input) {
      const { config } = problem;
      const layout = layoutOf(problem);
      const fields = readFields(input, 'input', [
        'policy',
        'round',
        'baseline',
        'klWeight',
        'least',
        'most',
        'results',
      ]);
      const round = readInteger(fields.round, 'input.round');
      const results = readResults(problem, fields.results, 'input.results');
      const policy = readPolicy(problem, fields.policy, 'input.policy');
      const { logits, target } = policyOfBytes(policy, layout.size, 'input.policy');
      if (bulk === null && round > 0) {
        throw new AlgorithmError(
          `the critic and the replay buffer of ${name} are missing after ${round} rounds`,
        );
      }
      const before =
        bulk === null
          ? initialMemory(layout, config, fork(problem.rng, 'critic'))
          : readMemory(layout, config, bulk);
      const replay = withResults(before.replay, results, replayCapacity(layout, config));
      const found = readScore(fields.klWeight, 'input.klWeight');
      const klWeight =
        config.klWeight === 'reward-spread'
          ? (found ?? klWeightOfSpread(replay.rewards.slice(0, spreadResults)))
          : config.klWeight;
      const rewards = results.map(({ reward }) => reward);
      const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
      const baseline = readScore(fields.baseline, 'input.baseline');
      const memory = { ...before, replay };
      const summary = learn({
        layout,
        config,
        rng: fork(fork(problem.rng, 'round'), round),
        logits,
        target,
        memory,
        results,
        klWeight,
        baseline: baseline ?? mean,
        informative: readScore(fields.least, 'input.least') !== readScore(fields.most, 'input.most'),
      });
      const { actorSteps, credit } = summary;
      const learned = { ...memory, actorSteps, criticSteps: summary.criticSteps };
      const screened =
        config.screen === 0
          ? null
          : screenedRound({
              ...{ layout, config, logits, memory: learned },
              rng: fork(fork(problem.rng, 'screen'), round),
            });
      const criticSteps = screened?.criticSteps ?? summary.criticSteps;
      return {
        bulk: writeMemory(layout, { ...learned, criticSteps }),
        output: {
          ...(screened === null ? {} : { planned: screened.planned }),
          policy: bytesOfPolicy(logits, target),
          baseline: movedBaseline(baseline, mean, baselineDecay),
          klWeight,
          credit: [...credit],
        },
      };
    },
    apply(problem, state, result: UpdateResult) {
      const { config } = problem;
      checkUpdateIsDue(state, config.pipelinesPerRound, name);
      const fields = readFields(result.output, 'output', [
        ...(['policy', 'baseline', 'klWeight', 'credit'] as const),
        ...(config.screen > 0 ? (['planned'] as const) : []),
      ]);
      const follows = config.klWeight === 'reward-spread' && state.evaluations < spreadResults;
      return {
        ...state,
        ...emptyRound,
        policy: readPolicy(problem, fields.policy, 'output.policy'),
        bulk: readBulkName(result.bulk),
        round: state.round + 1,
        baseline: readScore(fields.baseline, 'output.baseline'),
        klWeight: follows ? null : readScore(fields.klWeight, 'output.klWeight'),
        credit: readCredit(problem, fields.credit, 'output.credit'),
        ...(config.screen > 0 ? { planned: readPlanned(problem, fields.planned, 'output.planned') } : {}),
      };
    },
  },
  derivation(problem) {
    const layout = layoutOf(problem);
    return {
      limits: problem.config.costs.map(({ metric, target }) => ({ metric, atMost: target })),
      bulk: ({ bulk }) => bulk,
      derive(state, bulk, counts) {
        const rng = fork(problem.rng, 'derivation');
        const { greedy, best, drawn } = candidatesOf(layout, problem.config, state, bulk, rng, counts);
        const from = (source: CandidateSource) => (candidate: Ma2mlCandidate) => ({ ...candidate, source });
        return [
          ...(greedy === null ? [] : [greedy].map(from('greedy'))),
          ...best.map(from('best')),
          ...drawn.map(from('drawn')),
        ];
      },
    };
  },
};

/** A request to learn from the results of a round. */
function updateRequest(state: Ma2mlState): UpdateRequest {
  const { policy, round, baseline, klWeight, least, most, results } = state;
  const input = { policy, round, baseline, klWeight, least, most, results: inIndexOrder(results) };
  return { bulk: state.bulk, input };
}

/** The genome of the pipeline that was chosen for the next trial of the round; null where none was. */
function plannedGenome(problem: Problem, { planned = [], proposed }: Ma2mlState): Genome | null {
  const actions = planned[proposed];
  if (actions === undefined) return null;
  const layout = layoutOf(problem);
  // Options of decisions that are switched off have no number in the genome.
  return genomeOf(
    layout,
    actions.map((option) => (option === inactive ? 0 : option)),
  );
}

/** The genome of a pipeline that the agents draw for the trial of an index. */
function drawnGenome(problem: Problem, state: Ma2mlState, index: number): Genome {
  const layout = layoutOf(problem);
  const { logits } = policyOfBytes(state.policy, layout.size, 'state.policy');
  const source = new RandomStream(fork(problem.rng, `pipeline:${index}`));
  return genomeOf(layout, drawOptions(layout, policyOf(layout, logits), source));
}

/** The state with the reward of a trial of the round. */
function withReward(problem: Problem, state: Ma2mlState, { trial, outcome }: ToldTrial): Ma2mlState {
  const actions = actionsOf(layoutOf(problem), trial.genome);
  if (actions === null) {
    throw new AlgorithmError(
      `trial ${trial.index} has a genome that the agents of ${name} cannot have drawn`,
    );
  }
  const reward = rewardOf(problem.config, problem.metrics, outcome, trial.index);
  const counted = (flag: number): number => ((reward.flags & flag) === 0 ? 0 : 1);
  return {
    ...state,
    evaluations: state.evaluations + 1,
    unscored: state.unscored + counted(rewardFlags.noResult),
    overTarget: state.overTarget + counted(rewardFlags.overTarget),
    clipped: state.clipped + counted(rewardFlags.clipped),
    least: Math.min(state.least ?? reward.reward, reward.reward),
    most: Math.max(state.most ?? reward.reward, reward.reward),
    results: [...state.results, { index: trial.index, actions, ...reward }],
  };
}
