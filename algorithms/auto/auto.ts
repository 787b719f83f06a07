import { bayesianAlgorithm } from '../bayesian/bayesian.js';
import type { BayesianConfig } from '../bayesian/bayesian-options.js';
import type { BayesianState } from '../bayesian/bayesian-state.js';
import type { Algorithm, SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import { Configuration, plainConfig } from '../contract/configuration.js';
import { readFields, readInteger } from '../contract/state-shape.js';
import { remembersAll } from '../coordinates/index.js';
import { successiveHalving } from '../successive-halving/successive-halving.js';
import { tpeAlgorithm } from '../tpe/tpe.js';
import { readTpeConfig, type TpeConfig } from '../tpe/tpe-options.js';
import { withProposal, type TpeState } from '../tpe/tpe-state.js';

/** Options of `auto`; all have defaults. */
export interface AutoOptions {
  /** Told trials after which `tpe` takes over from `bayesian` (1,000). */
  readonly switchAfter?: number;
  /** Steps of a training: then trials run in rungs, told as they complete. Absent: every trial runs to its end. */
  readonly steps?: { readonly minimum: number; readonly maximum: number; readonly reductionFactor?: number };
  /** Whether it may propose a point again, as noisy metrics want it (false). */
  readonly repeats?: boolean;
}

export type AutoConfig = {
  readonly switchAfter: number;
  readonly bayesian: BayesianConfig;
  readonly tpe: TpeConfig;
};

export type AutoState = {
  readonly told: number;
  /** Null after `tpe` has taken over. */
  readonly bayesian: BayesianState | null;
  readonly tpe: TpeState;
};

type Problem = SearchProblem<AutoConfig>;

const name = 'auto';
const version = 1;

/**
 * For who does not want to choose: `bayesian` for the first 1,000 trials, then `tpe`, which has learned from the same
 * outcomes and costs the same however many there are; with `steps`, both inside `successiveHalving`.
 */
export function auto(options: AutoOptions = {}): AlgorithmReference {
  const { switchAfter = 1_000, steps, repeats = false } = options;
  const chosen = { name, version, config: plainConfig(name, { switchAfter, repeats }) };
  if (steps === undefined) return chosen;
  const { minimum, maximum, reductionFactor = 4 } = steps;
  return successiveHalving({
    minimumSteps: minimum,
    maximumSteps: maximum,
    reductionFactor,
    algorithm: chosen,
  });
}

export const autoAlgorithm: Algorithm<AutoConfig, AutoState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'any',
  configure(config, view, metrics) {
    const fields = new Configuration(name, config, ['switchAfter', 'repeats']);
    const repeats = fields.value('repeats') ?? false;
    if (typeof repeats !== 'boolean') return fields.refuse('repeats', 'true or false');
    return {
      switchAfter: fields.integer('switchAfter', 1, 1_000_000, 1_000),
      bayesian: bayesianAlgorithm.configure({ repeats }, view, metrics),
      tpe: readTpeConfig({ repeats }),
    };
  },
  endsByItself: ({ view, config }) => !config.tpe.repeats && remembersAll(view),
  maximumStateBytes: (problem) =>
    64 +
    bayesianAlgorithm.maximumStateBytes(ofBayesian(problem)) +
    tpeAlgorithm.maximumStateBytes(ofTpe(problem)),
  init: (problem) => ({
    told: 0,
    bayesian: bayesianAlgorithm.init(ofBayesian(problem)),
    tpe: tpeAlgorithm.init(ofTpe(problem)),
  }),
  propose(problem, state, index) {
    if (state.bayesian === null) {
      const { state: tpe, action } = tpeAlgorithm.propose(ofTpe(problem), state.tpe, index);
      return { state: { ...state, tpe }, action };
    }
    const { state: bayesian, action } = bayesianAlgorithm.propose(ofBayesian(problem), state.bayesian, index);
    if (action.kind !== 'trial') return { state: { ...state, bayesian }, action };
    // What is under way when `tpe` takes over keeps its proposals apart.
    const tpe = withProposal(state.tpe, index, action.proposal.genome, problem.config.tpe);
    return { state: { ...state, bayesian, tpe }, action };
  },
  tell(problem, state, told) {
    const total = state.told + told.length;
    const keeps = state.bayesian !== null && total < problem.config.switchAfter;
    return {
      told: total,
      bayesian:
        keeps && state.bayesian !== null
          ? bayesianAlgorithm.tell(ofBayesian(problem), state.bayesian, told)
          : null,
      tpe: tpeAlgorithm.tell(ofTpe(problem), state.tpe, told),
    };
  },
  readState(problem, value) {
    const fields = readFields(value, 'state', ['told', 'bayesian', 'tpe']);
    return {
      told: readInteger(fields.told, 'state.told'),
      bayesian:
        fields.bayesian === null
          ? null
          : bayesianAlgorithm.readState(ofBayesian(problem), fields.bayesian ?? null),
      tpe: tpeAlgorithm.readState(ofTpe(problem), fields.tpe ?? null),
    };
  },
  describe(problem, { told, bayesian, tpe }) {
    const { switchAfter } = problem.config;
    if (bayesian === null) {
      const described = tpeAlgorithm.describe?.(ofTpe(problem), tpe) ?? null;
      const note = `tpe proposes since ${switchAfter} trials were told: it costs the same however many there are`;
      return described === null ? null : { ...described, notes: [note] };
    }
    const described = bayesianAlgorithm.describe?.(ofBayesian(problem), bayesian) ?? null;
    const note = `bayesian proposes until ${switchAfter} trials are told, ${told} are: it needs the fewest`;
    return described === null ? null : { ...described, notes: [note] };
  },
  update: {
    compute(problem, bulk, input) {
      const { update } = bayesianAlgorithm;
      if (update === undefined) throw new AlgorithmError('bayesian has no updates');
      return update.compute(ofBayesian(problem), bulk, input);
    },
    apply(problem, state, result) {
      const { update } = bayesianAlgorithm;
      if (update === undefined || state.bayesian === null)
        throw new AlgorithmError(`${name} was given the result of an update that it did not ask for`);
      return { ...state, bayesian: update.apply(ofBayesian(problem), state.bayesian, result) };
    },
  },
};

function ofBayesian(problem: Problem): SearchProblem<BayesianConfig> {
  return { ...problem, config: problem.config.bayesian };
}

function ofTpe(problem: Problem): SearchProblem<TpeConfig> {
  return { ...problem, config: problem.config.tpe };
}
