import { isPlainObject } from '../../foundation/json/index.js';
import { fork, RandomStream } from '../../foundation/numbers/index.js';
import { sample } from '../../search-spaces/variation/index.js';
import type { Genome, View } from '../../search-spaces/views/index.js';
import type { Algorithm, SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import {
  register,
  stateByteLimit,
  type BoundAlgorithm,
  type RegisteredAlgorithm,
} from '../contract/bound-algorithm.js';
import type { StateValue } from '../contract/state-value.js';
import type { Gate, Proposal, ToldTrial } from '../contract/trial.js';
import { Configuration, plainConfig } from '../contract/configuration.js';
import { readInnerAlgorithm } from '../wrapping/inner-algorithm.js';
import { largestGenomeBytes } from '../contract/genome-bytes.js';
import { optimisedMetric, scoreOf } from '../contract/score.js';
import { readFields, readList } from '../contract/state-shape.js';
import {
  completeTrial,
  emptyPromotionRung,
  promote,
  promotedScores,
  readPromotionRung,
  type PromotionRung,
} from './promotion-rung.js';
import { reachRung, readStoppingRung, rungValues, thresholdOf, type StoppingRung } from './stopping-rung.js';

/** Options of asynchronous successive halving. */
export interface SuccessiveHalvingOptions {
  /** Step of the first rung, at least 1. */
  readonly minimumSteps: number;
  /** Step at which a trial is complete. */
  readonly maximumSteps: number;
  /** One in this many trials of a rung goes on; an integer of at least 2. Default 4. */
  readonly reductionFactor?: number;
  /**
   * What proposes new points, such as `tpe()` or `bayesian()`; it is told every outcome with the step at which the trial
   * ended. Without one points are random.
   */
  readonly algorithm?: AlgorithmReference;
}

/** Where rungs stand. */
export type RungRange = {
  readonly minimumSteps: number;
  readonly maximumSteps: number;
  readonly reductionFactor: number;
};

/** `algorithm` is absent where points are random. */
export type SuccessiveHalvingConfig = RungRange & { readonly algorithm?: AlgorithmReference };

/**
 * The rungs, lowest first: those of `as-completed` promote trials, those of `in-order` stop them. `inner` is the state of
 * the algorithm that proposes points, where there is one.
 */
export type SuccessiveHalvingState =
  | { readonly kind: 'promotion'; readonly rungs: readonly PromotionRung[]; readonly inner?: StateValue }
  | { readonly kind: 'stopping'; readonly rungs: readonly StoppingRung[]; readonly inner?: StateValue };

type Problem = SearchProblem<SuccessiveHalvingConfig>;

const name = 'successiveHalving';
const version = 1;

/** Bytes of the candidates of all rungs together. */
const candidateBytes = 160_000;
const mostCandidates = 128;
const fewestCandidates = 8;
/** More rungs would leave each one too little memory. */
const mostRungs = 24;

/**
 * Asynchronous successive halving (Li et al., 2018): many trials get `minimumSteps`, one in `reductionFactor` of them
 * that many times more, and so on up to `maximumSteps`. Told `as-completed`, each rung is a trial of its own that
 * continues the checkpoint of the one below. Told `in-order`, a trial runs through all rungs with a gate that stops it
 * where it falls behind the best of the outcomes told before it was proposed.
 */
export function successiveHalving(options: SuccessiveHalvingOptions): AlgorithmReference {
  return { name, version, config: plainConfig(name, options) };
}

/** The algorithm, over the algorithms inside it that `find` knows. */
function successiveHalvingAlgorithm(
  find: (reference: AlgorithmReference) => RegisteredAlgorithm,
): Algorithm<SuccessiveHalvingConfig, SuccessiveHalvingState> {
  const known = new WeakMap<Problem, BoundAlgorithm>();
  /** The algorithm that proposes points; null where they are random. */
  const innerOf = (problem: Problem): BoundAlgorithm | null => {
    const { algorithm } = problem.config;
    if (algorithm === undefined) return null;
    const before = known.get(problem);
    if (before !== undefined) return before;
    const { view, metrics, rng, order, config } = problem;
    const inner = find(algorithm).bind(algorithm.config, view, metrics, rng, order, rungSteps(config));
    if (inner.slices)
      throw new AlgorithmError(`${algorithm.name} proposes slices of one training, which have no rungs`);
    known.set(problem, inner);
    return inner;
  };
  const boundInner = (problem: Problem): BoundAlgorithm => {
    const inner = innerOf(problem);
    if (inner === null) throw new AlgorithmError(`${name} has no algorithm inside that could learn`);
    return inner;
  };
  const innerBytes = (problem: Problem): number => innerOf(problem)?.maximumStateBytes ?? 0;
  const innerState = ({ inner }: SuccessiveHalvingState): StateValue => inner ?? null;

  return {
    name,
    version,
    orders: ['in-order', 'as-completed'],
    // As trials complete, a promotion waits for no other trial; in order, gates have to replace promotions.
    naturalOrder: () => 'as-completed',
    objectives: 'single',
    configure(config, view, metrics) {
      const fields = new Configuration(name, config, [
        'minimumSteps',
        'maximumSteps',
        'reductionFactor',
        'algorithm',
      ]);
      const minimumSteps = fields.integer('minimumSteps', 1, Number.MAX_SAFE_INTEGER);
      const range: RungRange = {
        minimumSteps,
        maximumSteps: fields.integer('maximumSteps', minimumSteps, Number.MAX_SAFE_INTEGER),
        reductionFactor: fields.integer('reductionFactor', 2, 1024, 4),
      };
      optimisedMetric(metrics);
      checkRungs(range, view);
      if (fields.value('algorithm') === undefined) return range;
      return { ...range, algorithm: readInnerAlgorithm(fields, find, view, metrics) };
    },
    maximumStateBytes(problem) {
      const rungs = rungSteps(problem.config).length;
      const inner = innerBytes(problem);
      const rungBytes =
        problem.order === 'as-completed'
          ? 80 +
            candidatesPerRung(problem, inner) * bytesOfCandidate(largestGenomeBytes(problem.view)) +
            9 * promotedScores
          : 8 + 9 * rungValues;
      return 64 + 80 + (rungs - 1) * rungBytes + (inner === 0 ? 0 : 16 + inner);
    },
    init(problem) {
      const steps = rungSteps(problem.config);
      const algorithm = innerOf(problem);
      const inner = algorithm === null ? {} : { inner: algorithm.init() };
      switch (problem.order) {
        case 'as-completed':
          return { kind: 'promotion', rungs: steps.slice(1).map(() => emptyPromotionRung), ...inner };
        case 'in-order':
          return { kind: 'stopping', rungs: steps.slice(1).map(() => []), ...inner };
        default:
          return unknownOrder(problem.order);
      }
    },
    propose(problem, state, index) {
      if (state.kind === 'promotion') {
        const promoted = promotedTrial(problem, state.rungs);
        if (promoted !== null) {
          const { rungs, proposal } = promoted;
          return { state: { ...state, rungs }, action: { kind: 'trial', proposal } };
        }
      }
      const algorithm = innerOf(problem);
      if (algorithm === null)
        return { state, action: { kind: 'trial', proposal: newTrial(problem, state, draw(problem, index)) } };
      const { state: inner, action } = algorithm.propose(innerState(state), index);
      if (action.kind !== 'trial')
        return { state: action.kind === 'wait' ? state : { ...state, inner }, action };
      checkProposal(problem, action.proposal);
      const proposal = newTrial(problem, state, action.proposal.genome);
      return { state: { ...state, inner }, action: { kind: 'trial', proposal } };
    },
    tell(problem, state, told) {
      const algorithm = innerOf(problem);
      const inner =
        algorithm === null ? {} : { inner: algorithm.tell(innerState(state), told.map(withEnd(problem))) };
      switch (state.kind) {
        case 'promotion': {
          const capacity = candidatesPerRung(problem, innerBytes(problem));
          const rungs = told.reduce(
            (before, one) => tellPromotion(problem, before, one, capacity),
            state.rungs,
          );
          return { kind: 'promotion', rungs, ...inner };
        }
        case 'stopping': {
          const rungs = told.reduce((before, one) => tellStopping(problem, before, one), state.rungs);
          return { kind: 'stopping', rungs, ...inner };
        }
        default:
          return unknownState(state);
      }
    },
    readState(problem, value) {
      const isGuided = problem.config.algorithm !== undefined;
      const fields: Readonly<Partial<Record<'kind' | 'rungs' | 'inner', StateValue>>> = isGuided
        ? readFields(value, 'state', ['kind', 'rungs', 'inner'])
        : readFields(value, 'state', ['kind', 'rungs']);
      const expected = rungSteps(problem.config).length - 1;
      const kind = problem.order === 'as-completed' ? 'promotion' : 'stopping';
      if (fields.kind !== kind)
        throw new AlgorithmError(`state.kind must be '${kind}' for trials told ${problem.order}`);
      const capacity = candidatesPerRung(problem, innerBytes(problem));
      const state: SuccessiveHalvingState =
        kind === 'promotion'
          ? {
              kind,
              rungs: readList(fields.rungs, 'state.rungs', expected, (rung, place) =>
                readPromotionRung(problem.view, rung, place, capacity),
              ),
            }
          : { kind, rungs: readList(fields.rungs, 'state.rungs', expected, readStoppingRung) };
      if (state.rungs.length !== expected) {
        throw new AlgorithmError(
          `state.rungs must have ${expected} rungs below the last, found ${state.rungs.length}`,
        );
      }
      return isGuided ? { ...state, inner: fields.inner ?? null } : state;
    },
    describe: (problem, state) => innerOf(problem)?.describe?.(innerState(state)) ?? null,
    update: {
      compute(problem, bulk, input) {
        const { computeUpdate } = boundInner(problem);
        if (computeUpdate === undefined) throw withoutUpdates(problem);
        return computeUpdate(bulk, input);
      },
      apply(problem, state, result) {
        const { applyUpdate } = boundInner(problem);
        if (applyUpdate === undefined) throw withoutUpdates(problem);
        return { ...state, inner: applyUpdate(innerState(state), result) };
      },
    },
  };
}

/** The algorithm as a registry has it: without an algorithm inside it has no updates. */
export function registeredSuccessiveHalving(
  find: (reference: AlgorithmReference) => RegisteredAlgorithm,
): RegisteredAlgorithm {
  const guided = successiveHalvingAlgorithm(find);
  const { update: _update, ...alone } = guided;
  const [withInner, withoutInner] = [register(guided), register(alone)];
  return {
    ...withoutInner,
    bind(config, ...others) {
      const isGuided = isPlainObject(config) && config['algorithm'] !== undefined;
      return (isGuided ? withInner : withoutInner).bind(config, ...others);
    },
  };
}

function withoutUpdates({ config }: Problem): AlgorithmError {
  return new AlgorithmError(`${config.algorithm?.name ?? name} has no updates`);
}

/** Throws `AlgorithmError` where there are too many rungs, or too long genomes for their candidates. */
function checkRungs(range: RungRange, view: View): void {
  const rungs = rungSteps(range).length;
  if (rungs > mostRungs) {
    throw new AlgorithmError(
      `${name} would have ${rungs} rungs, at most ${mostRungs} are possible: raise 'minimumSteps' or 'reductionFactor'`,
    );
  }
  if (
    rungs > 1 &&
    candidateBytes / (rungs - 1) / bytesOfCandidate(largestGenomeBytes(view)) < fewestCandidates
  ) {
    throw new AlgorithmError(
      `${name} cannot keep ${fewestCandidates} candidates for each of ${rungs - 1} rungs: the genomes of this space take ` +
        `up to ${largestGenomeBytes(view)} bytes each; use fewer rungs`,
    );
  }
}

/** Where a trial ends is for the rungs alone to say. */
function checkProposal({ config }: Problem, { gate, until, continues }: Proposal): void {
  if (gate === undefined && until === undefined && continues === undefined) return;
  throw new AlgorithmError(
    `${config.algorithm?.name ?? name} decides itself where its trials end, so ${name} cannot: give it another algorithm`,
  );
}

/** An enqueued trial has no end of its own: it was trained to the last step. */
function withEnd({ config }: Problem): (told: ToldTrial) => ToldTrial {
  return ({ trial, outcome }) => ({
    trial: trial.until === undefined ? { ...trial, until: config.maximumSteps } : trial,
    outcome,
  });
}

/** Steps of the rungs: `minimumSteps` times powers of the reduction factor below `maximumSteps`, and that at last. */
export function rungSteps(config: RungRange): readonly number[] {
  const steps: number[] = [];
  for (let step = config.minimumSteps; step < config.maximumSteps; step *= config.reductionFactor)
    steps.push(step);
  return [...steps, config.maximumSteps];
}

/** The promotion of the highest rung that has one, with the rungs after it. */
function promotedTrial(
  problem: Problem,
  rungs: readonly PromotionRung[],
): { readonly rungs: readonly PromotionRung[]; readonly proposal: Proposal } | null {
  const steps = rungSteps(problem.config);
  for (let level = rungs.length - 1; level >= 0; level -= 1) {
    const rung = rungs[level];
    const until = steps[level + 1];
    if (rung === undefined || until === undefined) continue;
    const promotion = promote(rung, problem.config.reductionFactor);
    if (promotion === null) continue;
    const { genome, index } = promotion.candidate;
    return { rungs: rungs.with(level, promotion.rung), proposal: { genome, until, continues: index } };
  }
  return null;
}

/** A point at the beginning of its training. */
function newTrial(problem: Problem, state: SuccessiveHalvingState, genome: Genome): Proposal {
  const { maximumSteps } = problem.config;
  if (state.kind === 'promotion') return { genome, until: rungSteps(problem.config)[0] ?? maximumSteps };
  const gate = gateOf(problem, state.rungs);
  return gate === null ? { genome, until: maximumSteps } : { genome, until: maximumSteps, gate };
}

/** A trial belongs to the rung at whose step it ends; an enqueued trial without such an end belongs to none. */
function tellPromotion(
  problem: Problem,
  rungs: readonly PromotionRung[],
  { trial, outcome }: ToldTrial,
  capacity: number,
): readonly PromotionRung[] {
  if (trial.until === undefined || outcome.kind === 'cancelled') return rungs;
  const level = rungSteps(problem.config).indexOf(trial.until);
  const rung = rungs[level];
  if (rung === undefined) return rungs;
  const score = outcome.kind === 'scored' ? scoreOf(problem.metrics, outcome) : null;
  const candidate = score === null ? null : { index: trial.index, score, genome: trial.genome };
  return rungs.with(level, completeTrial(rung, candidate, capacity));
}

function tellStopping(
  problem: Problem,
  rungs: readonly StoppingRung[],
  { trial, outcome }: ToldTrial,
): readonly StoppingRung[] {
  if (outcome.kind !== 'scored' && outcome.kind !== 'stopped') return rungs;
  if (outcome.atGate === undefined || trial.gate === undefined) return rungs;
  const metric = optimisedMetric(problem.metrics);
  if (trial.gate.kind !== undefined || trial.gate.metric !== metric.name) return rungs;
  const steps = rungSteps(problem.config);
  let after = rungs;
  for (const [place, value] of outcome.atGate.entries()) {
    const level = steps.indexOf(trial.gate.rungs[place]?.step ?? -1);
    const rung = after[level];
    if (rung !== undefined && Number.isFinite(value)) after = after.with(level, reachRung(rung, value + 0));
  }
  return after;
}

function gateOf(problem: Problem, rungs: readonly StoppingRung[]): Gate | null {
  if (rungs.length === 0) return null;
  const metric = optimisedMetric(problem.metrics);
  const steps = rungSteps(problem.config);
  return {
    metric: metric.name,
    goal: metric.goal,
    rungs: rungs.map((rung, level) => ({
      step: steps[level] ?? problem.config.maximumSteps,
      threshold: thresholdOf(rung, metric.goal, problem.config.reductionFactor),
    })),
  };
}

function draw(problem: Problem, index: number): Genome {
  return sample(problem.view, new RandomStream(fork(problem.rng, `init:${index}`)));
}

function bytesOfCandidate(genomeBytes: number): number {
  return 48 + genomeBytes;
}

/** Candidates that a rung keeps beside an algorithm inside whose state takes so many bytes. */
function candidatesPerRung(problem: Problem, innerBytes: number): number {
  const below = Math.max(1, rungSteps(problem.config).length - 1);
  const left = Math.min(
    candidateBytes,
    stateByteLimit - 4_096 - below * (96 + 9 * promotedScores) - innerBytes,
  );
  const fitting = Math.floor(left / below / bytesOfCandidate(largestGenomeBytes(problem.view)));
  return Math.max(fewestCandidates, Math.min(mostCandidates, fitting));
}

function unknownOrder(order: never): never {
  throw new AlgorithmError(`${name} does not know the telling order ${String(order)}`);
}

function unknownState(state: never): never {
  throw new AlgorithmError(`${name} does not know the state ${JSON.stringify(state)}`);
}
