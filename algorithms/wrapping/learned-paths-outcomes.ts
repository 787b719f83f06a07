import { unreachable } from '../../foundation/errors/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { BoundAlgorithm } from '../contract/bound-algorithm.js';
import { optimisedMetric, scoresOf } from '../contract/score.js';
import type { Outcome, ToldTrial } from '../contract/trial.js';
import { figureOf } from './described-figure.js';
import { withEpoch } from './epoch-history.js';
import { withEvaluation } from './found-architecture.js';
import type { LearnedPathsProblem } from './learned-paths-proposals.js';
import { meanOf, noRewards, withRewards, type LearnedPathsState } from './learned-paths-state.js';
import { signOf } from './shared-problem.js';

/**
 * What the search on learned paths makes of one outcome. Throws `AlgorithmError` where the inner algorithm refuses what it
 * is told of it, such as a reward out of range.
 */
export function withOutcome(
  problem: LearnedPathsProblem,
  inner: BoundAlgorithm,
  state: LearnedPathsState,
  told: ToldTrial,
): LearnedPathsState {
  try {
    return afterOutcome(problem, inner, state, told);
  } catch (error) {
    if (!(error instanceof AlgorithmError)) throw error;
    throw new AlgorithmError(
      `${inner.name} refuses what trial ${told.trial.index} measured (it numbers architectures by itself): ${error.message}`,
    );
  }
}

function afterOutcome(
  problem: LearnedPathsProblem,
  inner: BoundAlgorithm,
  state: LearnedPathsState,
  told: ToldTrial,
): LearnedPathsState {
  const { trial, outcome } = told;
  const { slice } = trial;
  switch (slice?.kind) {
    case 'train':
      // Without its weights an epoch has not been: it is repeated from the ones before.
      if (outcome.kind !== 'scored') return { ...state, stage: 'train' };
      return {
        ...state,
        stage: 'score',
        epoch: state.epoch + 1,
        weights: trial.index,
        rewards: noRewards,
        evaluations: 0,
      };
    case 'score': {
      const values = outcome.kind === 'scored' ? (outcome.values ?? []) : [];
      return slice.draw.from === 'list'
        ? toldScores(problem, inner, state, slice.draw.genomes, values)
        : toldControl(problem, inner, state, values);
    }
    case 'evaluate':
      return toldEvaluation(problem, inner, state, told);
    // No search lets people enqueue points among slices, and the wrapper proposes no other slice.
    case undefined:
    case 'mix':
    case 'embed':
      return state;
    default:
      return unreachable(slice, 'slice');
  }
}

/** Tells the inner algorithm the reward of each architecture, as if it had been evaluated alone. */
function toldScores(
  { metrics, config }: LearnedPathsProblem,
  inner: BoundAlgorithm,
  state: LearnedPathsState,
  genomes: readonly Genome[],
  values: readonly number[],
): LearnedPathsState {
  if (values.length !== genomes.length) return { ...state, stage: 'score', again: genomes };
  const { name: metric } = optimisedMetric(metrics);
  const first = state.proposed - genomes.length;
  const told = genomes.map((genome, place): ToldTrial => ({
    trial: { index: first + place, genome },
    outcome: { kind: 'scored', metrics: { [metric]: values[place] ?? 0 } },
  }));
  const rewards = withRewards(state.rewards, values);
  return {
    ...state,
    inner: inner.tell(state.inner, told),
    stage: rewards.batches < config.sharing.scores.perEpoch ? 'score' : 'control',
    rewards,
  };
}

/** Ends the scores of an epoch: its row shows how much better the policy draws than chance. */
function toldControl(
  { metrics, config }: LearnedPathsProblem,
  inner: BoundAlgorithm,
  state: LearnedPathsState,
  values: readonly number[],
): LearnedPathsState {
  if (values.length === 0) return { ...state, stage: 'control' };
  const { epoch, rewards, history } = state;
  const reward = rewards.lastMean;
  const control = meanOf(values);
  const learned = inner.describe?.(state.inner) ?? null;
  return {
    ...state,
    stage: epoch < config.sharing.epochs ? 'train' : 'evaluate',
    history: withEpoch(history, {
      ...{ epoch, reward, control },
      gain: signOf(metrics) * (reward - control) + 0,
      entropy: figureOf(learned, 'entropy'),
      divergence: figureOf(learned, 'KL'),
      skips: figureOf(learned, 'skip probability'),
    }),
  };
}

function toldEvaluation(
  { metrics, config }: LearnedPathsProblem,
  inner: BoundAlgorithm,
  state: LearnedPathsState,
  { trial, outcome }: ToldTrial,
): LearnedPathsState {
  const { weights, evaluations, repeated } = state;
  const evaluation = state.open.find(({ index }) => index === trial.index);
  if (evaluation === undefined) return state;
  const { own } = evaluation;
  const { genome } = trial;
  const open = state.open.filter((one) => one !== evaluation);
  if (outcome.kind === 'cancelled') return { ...state, open, repeated: [...repeated, { genome, own }] };
  const scores = outcome.kind === 'scored' ? scoresOf(metrics, outcome) : null;
  const isOver = open.length === 0 && repeated.length === 0 && evaluations > config.sharing.evaluations;
  return {
    ...state,
    inner:
      own === null
        ? state.inner
        : inner.tell(state.inner, [
            { trial: { index: own, genome }, outcome: rewardOf(outcome, scores !== null) },
          ]),
    stage: isOver ? 'train' : 'evaluate',
    open,
    found:
      scores === null || weights === null
        ? state.found
        : withEvaluation(state.found, weights, genome, scores),
  };
}

/** The outcome of an evaluation for the inner algorithm, which knows none of the limits of the search. */
function rewardOf(outcome: Outcome, isFeasible: boolean): Outcome {
  if (outcome.kind !== 'scored' || isFeasible) return outcome;
  return { kind: 'infeasible', reason: 'it is beyond a limit of the search' };
}
