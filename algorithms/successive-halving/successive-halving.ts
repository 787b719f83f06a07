import { fork, RandomStream } from '../../foundation/numbers/index.js';
import { sample } from '../../search-spaces/variation/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { Action, Algorithm, SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { Gate, ToldTrial } from '../contract/trial.js';
import { Configuration } from '../contract/configuration.js';
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
}

export type SuccessiveHalvingConfig = {
  readonly minimumSteps: number;
  readonly maximumSteps: number;
  readonly reductionFactor: number;
};

/** The rungs, lowest first: those of `as-completed` promote trials, those of `in-order` stop them. */
export type SuccessiveHalvingState =
  | { readonly kind: 'promotion'; readonly rungs: readonly PromotionRung[] }
  | { readonly kind: 'stopping'; readonly rungs: readonly StoppingRung[] };

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
  return { name, version, config: { ...options } };
}

export const successiveHalvingAlgorithm: Algorithm<SuccessiveHalvingConfig, SuccessiveHalvingState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  // As trials complete, a promotion waits for no other trial; in order, gates have to replace promotions.
  naturalOrder: () => 'as-completed',
  objectives: 'single',
  configure(config, view, metrics) {
    const fields = new Configuration(name, config, ['minimumSteps', 'maximumSteps', 'reductionFactor']);
    const minimumSteps = fields.integer('minimumSteps', 1, Number.MAX_SAFE_INTEGER);
    const complete: SuccessiveHalvingConfig = {
      minimumSteps,
      maximumSteps: fields.integer('maximumSteps', minimumSteps, Number.MAX_SAFE_INTEGER),
      reductionFactor: fields.integer('reductionFactor', 2, 1024, 4),
    };
    optimisedMetric(metrics);
    const rungs = rungSteps(complete).length;
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
    return complete;
  },
  maximumStateBytes(problem) {
    const rungs = rungSteps(problem.config).length;
    const rungBytes =
      problem.order === 'as-completed'
        ? 80 +
          candidatesPerRung(problem) * bytesOfCandidate(largestGenomeBytes(problem.view)) +
          9 * promotedScores
        : 8 + 9 * rungValues;
    return 64 + 80 + (rungs - 1) * rungBytes;
  },
  init(problem) {
    const steps = rungSteps(problem.config);
    switch (problem.order) {
      case 'as-completed':
        return { kind: 'promotion', rungs: steps.slice(1).map(() => emptyPromotionRung) };
      case 'in-order':
        return { kind: 'stopping', rungs: steps.slice(1).map(() => []) };
      default:
        return unknownOrder(problem.order);
    }
  },
  propose(problem, state, index) {
    switch (state.kind) {
      case 'promotion':
        return proposePromotion(problem, state.rungs, index);
      case 'stopping': {
        const gate = gateOf(problem, state.rungs);
        const proposal = { genome: draw(problem, index), until: problem.config.maximumSteps };
        return {
          state,
          action: { kind: 'trial', proposal: gate === null ? proposal : { ...proposal, gate } },
        };
      }
      default:
        return unknownState(state);
    }
  },
  tell(problem, state, told) {
    switch (state.kind) {
      case 'promotion':
        return {
          kind: 'promotion',
          rungs: told.reduce((rungs, one) => tellPromotion(problem, rungs, one), state.rungs),
        };
      case 'stopping':
        return {
          kind: 'stopping',
          rungs: told.reduce((rungs, one) => tellStopping(problem, rungs, one), state.rungs),
        };
      default:
        return unknownState(state);
    }
  },
  readState(problem, value) {
    const fields = readFields(value, 'state', ['kind', 'rungs']);
    const expected = rungSteps(problem.config).length - 1;
    const kind = problem.order === 'as-completed' ? 'promotion' : 'stopping';
    if (fields.kind !== kind)
      throw new AlgorithmError(`state.kind must be '${kind}' for trials told ${problem.order}`);
    const capacity = candidatesPerRung(problem);
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
    return state;
  },
};

/** Steps of the rungs: `minimumSteps` times powers of the reduction factor below `maximumSteps`, and that at last. */
export function rungSteps(config: SuccessiveHalvingConfig): readonly number[] {
  const steps: number[] = [];
  for (let step = config.minimumSteps; step < config.maximumSteps; step *= config.reductionFactor)
    steps.push(step);
  return [...steps, config.maximumSteps];
}

function proposePromotion(
  problem: Problem,
  rungs: readonly PromotionRung[],
  index: number,
): { readonly state: SuccessiveHalvingState; readonly action: Action } {
  const steps = rungSteps(problem.config);
  for (let level = rungs.length - 1; level >= 0; level -= 1) {
    const rung = rungs[level];
    const until = steps[level + 1];
    if (rung === undefined || until === undefined) continue;
    const promotion = promote(rung, problem.config.reductionFactor);
    if (promotion === null) continue;
    return {
      state: { kind: 'promotion', rungs: rungs.with(level, promotion.rung) },
      action: {
        kind: 'trial',
        proposal: { genome: promotion.candidate.genome, until, continues: promotion.candidate.index },
      },
    };
  }
  const until = steps[0] ?? problem.config.maximumSteps;
  return {
    state: { kind: 'promotion', rungs },
    action: { kind: 'trial', proposal: { genome: draw(problem, index), until } },
  };
}

/** A trial belongs to the rung at whose step it ends; an enqueued trial without such an end belongs to none. */
function tellPromotion(
  problem: Problem,
  rungs: readonly PromotionRung[],
  { trial, outcome }: ToldTrial,
): readonly PromotionRung[] {
  if (trial.until === undefined || outcome.kind === 'cancelled') return rungs;
  const level = rungSteps(problem.config).indexOf(trial.until);
  const rung = rungs[level];
  if (rung === undefined) return rungs;
  const score = outcome.kind === 'scored' ? scoreOf(problem.metrics, outcome) : null;
  const candidate = score === null ? null : { index: trial.index, score, genome: trial.genome };
  return rungs.with(level, completeTrial(rung, candidate, candidatesPerRung(problem)));
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

function candidatesPerRung(problem: Problem): number {
  const below = Math.max(1, rungSteps(problem.config).length - 1);
  const fitting = Math.floor(candidateBytes / below / bytesOfCandidate(largestGenomeBytes(problem.view)));
  return Math.min(mostCandidates, fitting);
}

function unknownOrder(order: never): never {
  throw new AlgorithmError(`${name} does not know the telling order ${String(order)}`);
}

function unknownState(state: never): never {
  throw new AlgorithmError(`${name} does not know the state ${JSON.stringify(state)}`);
}
