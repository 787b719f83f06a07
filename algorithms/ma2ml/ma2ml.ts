import { fork, RandomStream } from '../../foundation/numbers/index.js';
import type { Algorithm, SearchProblem, UpdateResult } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { CandidateSource } from '../contract/derivation.js';
import type { StateValue } from '../contract/state-value.js';
import type { ToldTrial } from '../contract/trial.js';
import { isBytes } from '../contract/state-codec.js';
import { isFiniteNumber, readFields, readInteger, readList, readScore } from '../contract/state-shape.js';
import { candidatesOf, type Ma2mlCandidate } from './candidates.js';
import { actionsOf, genomeOf, inactive, initialLogits, isActive, layoutOf } from './layout.js';
import { checkMemorySize, initialMemory, readMemory, replayCapacity, writeMemory } from './memory.js';
import { completeOptions, type Ma2mlConfig, type Ma2mlOptions } from './options.js';
import { agentsReport, descriptionOf } from './agents-report.js';
import { drawOptions, policyOf } from './policy.js';
import { bytesOfPolicy, policyOfBytes } from './policy-bytes.js';
import type { Ma2mlState } from './ma2ml-state.js';
import { withResults, type RoundResult } from './replay.js';
import { klWeightOfSpread, rewardFlags, rewardOf } from './reward.js';
import { learn } from './round.js';

type Problem = SearchProblem<Ma2mlConfig>;

const name = 'ma2ml';
const version = 1;
const longestBulkName = 128;
/** Rewards from which ω is taken when it follows their spread. */
const spreadResults = 64;
const baselineDecay = 0.9;

/**
 * MA2ML (Wang et al., CVPR 2023, arXiv 2210.09084) in the form of one-step DMAC (Su and Lu, ICML 2022): agents share
 * the decisions of a space by tag, each with a categorical policy for every decision. A round of pipelines is drawn;
 * when all were told, an update fits a critic to the results so far and moves each agent along its counterfactual
 * credit, held back by its divergence from a slow target policy. A trial without a score has the reward 0 and is
 * learned from, a cancelled one is not; enqueued trials, which the agents did not draw, are not learned from. The
 * result of a round does not depend on the order in which it is told. The search never ends by itself.
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
      512 + longestBulkName + 8 * layout.size + 9 * layout.agents.length + config.pipelinesPerRound * each
    );
  },
  limits: ({ config }) =>
    Object.fromEntries(
      config.costs.flatMap(({ metric, target, mode }) => (mode === 'hard' ? [[metric, target]] : [])),
    ),
  init(problem) {
    const layout = layoutOf(problem);
    const logits = initialLogits(layout);
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
    };
  },
  propose(problem, state, index) {
    const { pipelinesPerRound } = problem.config;
    const full = state.proposed === pipelinesPerRound;
    if (full && state.pending.length > 0) return { state, action: { kind: 'wait' } };
    if (full && state.results.length > 0) {
      const input = {
        policy: state.policy,
        round: state.round,
        baseline: state.baseline,
        klWeight: state.klWeight,
        least: state.least,
        most: state.most,
        results: state.results.toSorted((a, b) => a.index - b.index),
      };
      return { state, action: { kind: 'update', request: { bulk: state.bulk, input } } };
    }
    // A round of which every trial was cancelled has nothing to learn from: the next one begins.
    const current = full ? { ...state, ...emptyRound } : state;
    const layout = layoutOf(problem);
    const { logits } = policyOfBytes(state.policy, layout.size, 'state.policy');
    const source = new RandomStream(fork(problem.rng, `pipeline:${index}`));
    const actions = drawOptions(layout, policyOf(layout, logits), source);
    return {
      state: { ...current, proposed: current.proposed + 1, pending: [...current.pending, index] },
      action: { kind: 'trial', proposal: { genome: genomeOf(layout, actions) } },
    };
  },
  tell: (problem, state, told) => told.reduce((after, one) => tellOne(problem, after, one), state),
  readState(problem, value) {
    const { config } = problem;
    const layout = layoutOf(problem);
    const fields = readFields(value, 'state', [
      'policy',
      'bulk',
      'round',
      'evaluations',
      'unscored',
      'overTarget',
      'clipped',
      'baseline',
      'klWeight',
      'least',
      'most',
      'credit',
      'proposed',
      'pending',
      'results',
    ]);
    const state: Ma2mlState = {
      policy: readPolicy(problem, fields.policy, 'state.policy'),
      bulk: readBulkName(fields.bulk ?? null),
      round: readInteger(fields.round, 'state.round'),
      evaluations: readInteger(fields.evaluations, 'state.evaluations'),
      unscored: readInteger(fields.unscored, 'state.unscored'),
      overTarget: readInteger(fields.overTarget, 'state.overTarget'),
      clipped: readInteger(fields.clipped, 'state.clipped'),
      baseline: readScore(fields.baseline, 'state.baseline'),
      klWeight: readScore(fields.klWeight, 'state.klWeight'),
      least: readScore(fields.least, 'state.least'),
      most: readScore(fields.most, 'state.most'),
      credit: readCredit(fields.credit, 'state.credit', layout.agents.length),
      proposed: readInteger(fields.proposed, 'state.proposed'),
      pending: readList(fields.pending, 'state.pending', config.pipelinesPerRound, readInteger),
      results: readResults(problem, fields.results, 'state.results'),
    };
    const { proposed, pending, results } = state;
    if (proposed > config.pipelinesPerRound || pending.length + results.length > proposed) {
      throw new AlgorithmError(`state.proposed does not fit a round of ${config.pipelinesPerRound} trials`);
    }
    return state;
  },
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
      const { actorSteps, criticSteps, credit } = summary;
      const moved = baseline === null ? mean : baselineDecay * baseline + (1 - baselineDecay) * mean;
      return {
        bulk: writeMemory(layout, { ...memory, actorSteps, criticSteps }),
        output: { policy: bytesOfPolicy(logits, target), baseline: moved + 0, klWeight, credit: [...credit] },
      };
    },
    apply(problem, state, result: UpdateResult) {
      const { config } = problem;
      if (state.proposed !== config.pipelinesPerRound || state.pending.length > 0) {
        throw new AlgorithmError(`${name} was given the result of an update that it did not ask for`);
      }
      const fields = readFields(result.output, 'output', ['policy', 'baseline', 'klWeight', 'credit']);
      const follows = config.klWeight === 'reward-spread' && state.evaluations < spreadResults;
      return {
        ...state,
        ...emptyRound,
        policy: readPolicy(problem, fields.policy, 'output.policy'),
        bulk: readBulkName(result.bulk),
        round: state.round + 1,
        baseline: readScore(fields.baseline, 'output.baseline'),
        klWeight: follows ? null : readScore(fields.klWeight, 'output.klWeight'),
        credit: readCredit(fields.credit, 'output.credit', layoutOf(problem).agents.length),
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

const emptyRound = { proposed: 0, pending: [], results: [] } as const;

function tellOne(problem: Problem, state: Ma2mlState, { trial, outcome }: ToldTrial): Ma2mlState {
  if (!state.pending.includes(trial.index)) return state;
  const pending = state.pending.filter((index) => index !== trial.index);
  if (outcome.kind === 'cancelled') return { ...state, pending };
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
    pending,
    evaluations: state.evaluations + 1,
    unscored: state.unscored + counted(rewardFlags.noResult),
    overTarget: state.overTarget + counted(rewardFlags.overTarget),
    clipped: state.clipped + counted(rewardFlags.clipped),
    least: Math.min(state.least ?? reward.reward, reward.reward),
    most: Math.max(state.most ?? reward.reward, reward.reward),
    results: [...state.results, { index: trial.index, actions, ...reward }],
  };
}

function readPolicy(problem: Problem, value: StateValue | undefined, place: string): Uint8Array {
  if (!isBytes(value)) throw new AlgorithmError(`${place} must be bytes`);
  policyOfBytes(value, layoutOf(problem).size, place);
  return value;
}

function readBulkName(value: StateValue): string | null {
  if (value === null || (typeof value === 'string' && value.length <= longestBulkName)) return value;
  throw new AlgorithmError(`the name of the bulk must be null or at most ${longestBulkName} characters`);
}

function readNumber(value: StateValue, place: string): number {
  if (isFiniteNumber(value)) return value;
  throw new AlgorithmError(`${place} must be a finite number`);
}

function readCredit(value: StateValue | undefined, place: string, agents: number): readonly number[] {
  const credit = readList(value, place, agents, readNumber);
  if (credit.length === agents) return credit;
  throw new AlgorithmError(`${place} must have a number for each of the ${agents} agents`);
}

function readResults(problem: Problem, value: StateValue | undefined, place: string): readonly RoundResult[] {
  const { config } = problem;
  return readList(value, place, config.pipelinesPerRound, (item, itemPlace) => {
    const fields = readFields(item, itemPlace, ['index', 'actions', 'reward', 'flags', 'costs']);
    const costs = readList(fields.costs, `${itemPlace}.costs`, config.costs.length, readNumber);
    if (costs.length !== config.costs.length)
      throw new AlgorithmError(`${itemPlace}.costs must have ${config.costs.length} numbers`);
    const flags = readInteger(fields.flags, `${itemPlace}.flags`);
    if (flags > inactive) throw new AlgorithmError(`${itemPlace}.flags must be below 256`);
    return {
      index: readInteger(fields.index, `${itemPlace}.index`),
      actions: readActions(problem, fields.actions, `${itemPlace}.actions`),
      reward: readNumber(fields.reward ?? null, `${itemPlace}.reward`),
      flags,
      costs,
    };
  });
}

function readActions(problem: Problem, value: StateValue | undefined, place: string): Uint8Array {
  const { heads } = layoutOf(problem);
  if (!isBytes(value) || value.length !== heads.length)
    throw new AlgorithmError(`${place} must be ${heads.length} bytes`);
  for (const [head, { of }] of heads.entries()) {
    const option = value[head] ?? inactive;
    const fits = isActive(heads, value, head) ? option < of : option === inactive;
    if (!fits) throw new AlgorithmError(`${place} has no possible option for head ${head}`);
  }
  return value;
}
