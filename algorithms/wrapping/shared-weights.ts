import { unreachable } from '../../foundation/errors/index.js';
import { fork, RandomStream } from '../../foundation/numbers/index.js';
import { sample } from '../../search-spaces/variation/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { Action, Algorithm, SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { BoundAlgorithm, RegisteredAlgorithm } from '../contract/bound-algorithm.js';
import { Configuration, plainConfig } from '../contract/configuration.js';
import type { AlgorithmDescription } from '../contract/description.js';
import { largestGenomeBytes } from '../contract/genome-bytes.js';
import { scoresOf } from '../contract/score.js';
import type { EvaluateSlice, ScoreSlice, TrainSlice } from '../contract/slice.js';
import type { Proposal, ToldTrial } from '../contract/trial.js';
import { refuseDecided, refuseOwnTraining, refuseSlices, signOf } from './shared-problem.js';
import {
  answersOfInner,
  innerAlgorithm,
  naturalOrderOfInner,
  readInnerAlgorithm,
} from './inner-algorithm.js';
import { withEvaluation } from './found-architecture.js';
import {
  controlRewards,
  initialSharing,
  readSharedWeights,
  sharingBytes,
  type SharedWeightsState,
} from './shared-weights-state.js';
import {
  readSampledPaths,
  sampledPathsFields,
  type SampledPaths,
  type SampledPathsPlan,
} from './sampled-paths.js';

export type SharedWeightsConfig = {
  readonly algorithm: AlgorithmReference;
  readonly sharing: SampledPathsPlan;
};

type Problem = SearchProblem<SharedWeightsConfig>;

const name = 'sharedWeights';
const version = 1;
const fieldNames = ['algorithm', ...sampledPathsFields];

/**
 * Lets the trials of any algorithm share the weights of one training: `train` slices, each of which continues the one
 * before, a `score` slice as control, and `evaluate` slices of what the algorithm proposes, under the last weights. With
 * `search: 'after'` (single path one-shot, Guo et al., 2020) the algorithm begins after the last epoch, with `during`
 * each epoch has its control and its evaluations. `paths: 'fair'` is the strict fairness of FairNAS (Chu et al., 2021).
 * The algorithm knows nothing of it: it is told of its own proposals alone, under indices of its own.
 */
export function sharedWeights(algorithm: AlgorithmReference, sharing: SampledPaths): AlgorithmReference {
  return { name, version, config: plainConfig(name, { algorithm, ...sharing }) };
}

/** The wrapper over the algorithms that `find` knows. */
export function sharedWeightsAlgorithm(
  find: (reference: AlgorithmReference) => RegisteredAlgorithm,
): Algorithm<SharedWeightsConfig, SharedWeightsState> {
  const innerOf = innerAlgorithm<SharedWeightsConfig>(find, refuseInner);

  return {
    ...answersOfInner(innerOf),
    name,
    version,
    orders: ['in-order', 'as-completed'],
    naturalOrder: (config) => naturalOrderOfInner(new Configuration(name, config, fieldNames), find),
    objectives: 'any',
    configure(config, view, metrics) {
      const sharing = readSampledPaths(name, config, ['algorithm']);
      const algorithm = readInnerAlgorithm(new Configuration(name, config, fieldNames), find, view, metrics);
      refuseDecided(view);
      return { algorithm, sharing };
    },
    slices: () => true,
    maximumStateBytes: (problem) =>
      innerOf(problem).maximumStateBytes +
      largestGenomeBytes(problem.view) +
      sharingBytes(problem.metrics.length),
    init: (problem) => initialSharing(innerOf(problem).init()),
    propose(problem, state, index) {
      const { sharing } = problem.config;
      const need = needOf(sharing, state);
      switch (need) {
        case 'wait':
          return { state, action: { kind: 'wait' } };
        case 'train':
          return {
            state: { ...state, stage: 'training' },
            action: sliceOf(state, derivedNow(problem, state, index), trainSlice(sharing, state.epoch + 1)),
          };
        case 'score':
          return {
            state: { ...state, stage: 'scoring' },
            action: sliceOf(state, derivedNow(problem, state, index), controlSlice(sharing, state.epoch)),
          };
        case 'evaluate':
          return evaluateNext(problem.config, innerOf(problem), state, index);
        default:
          return unreachable(need, 'need of a search with shared weights');
      }
    },
    tell: (problem, state, told) =>
      told.reduce((before, one) => tellOne(problem, innerOf(problem), before, one), state),
    readState: ({ view, metrics }, value) => readSharedWeights(view, metrics.length, value),
    describe: (problem, state) => described(problem, state, innerOf(problem).describe?.(state.inner) ?? null),
  };
}

/** What the search needs next. */
function needOf(
  { epochs, search }: SampledPathsPlan,
  state: SharedWeightsState,
): 'train' | 'score' | 'evaluate' | 'wait' {
  const { stage, epoch, round, owed, proposed, told } = state;
  switch (stage) {
    case 'train':
    case 'score':
      return stage;
    case 'training':
    case 'scoring':
      return 'wait';
    case 'evaluate':
      if (search.when === 'after' || epoch >= epochs || round < search.evaluations) return 'evaluate';
      if (told < proposed) return 'wait';
      // The next epoch begins only when the cost of this one has counted.
      return owed > 0 ? 'evaluate' : 'train';
    default:
      return unreachable(stage, 'stage of a search with shared weights');
  }
}

/** The architecture that would be derived now: the best one that was evaluated, before that one that is drawn. */
function derivedNow({ view, rng }: Problem, { found }: SharedWeightsState, index: number): Genome {
  return found?.genome ?? sample(view, new RandomStream(fork(rng, `derived:${index}`)));
}

function trainSlice({ paths, epochs, steps, search }: SampledPathsPlan, epoch: number): TrainSlice {
  return {
    kind: 'train',
    epoch,
    epochs,
    paths: paths === 'fair' ? { from: paths } : { from: paths, stream: `epoch ${epoch}` },
    ...(steps === null ? {} : { steps }),
    // With `during`, an epoch is over when its last evaluation is.
    ...(search.when === 'after' ? { cost: 1 } : {}),
    label: `epoch ${epoch} of ${epochs}: train on ${paths} paths`,
  };
}

/** The same architectures in every epoch, so that a control shows the progress of the weights. */
function controlSlice({ epochs, control }: SampledPathsPlan, epoch: number): ScoreSlice {
  return {
    kind: 'score',
    count: control.count,
    draw: { from: 'uniform', stream: 'control' },
    examples: control.examples,
    label: `epoch ${epoch} of ${epochs}: score ${control.count} random architectures as control`,
  };
}

function sliceOf(
  { weights }: SharedWeightsState,
  genome: Genome,
  slice: TrainSlice | ScoreSlice | EvaluateSlice,
): Extract<Action, { kind: 'trial' }> {
  return {
    kind: 'trial',
    proposal: { genome, slice, ...(weights === null ? {} : { continues: weights }) },
  };
}

/** The next proposal of the inner algorithm as an evaluation under the last weights. */
function evaluateNext(
  config: SharedWeightsConfig,
  inner: BoundAlgorithm,
  state: SharedWeightsState,
  index: number,
): { readonly state: SharedWeightsState; readonly action: Action } {
  const { search } = config.sharing;
  const { proposed } = state;
  const asked = inner.propose(state.inner, proposed);
  if (asked.action.kind === 'wait') return { state, action: asked.action };
  const after = { ...state, inner: asked.state };
  if (asked.action.kind !== 'trial') return { state: after, action: asked.action };
  const { proposal } = asked.action;
  refuseProposal(config, proposal);
  const { slice, round, owed } =
    search.when === 'after'
      ? { ...state, slice: afterTraining(state) }
      : inRound(config.sharing, search.evaluations, state);
  const action = sliceOf(state, proposal.genome, slice);
  const known = proposal.known === undefined ? {} : { known: proposal.known };
  return {
    state: { ...after, proposed: proposed + 1, offset: index - proposed, round, owed },
    action: { ...action, proposal: { ...action.proposal, ...known } },
  };
}

function afterTraining({ epoch, proposed }: SharedWeightsState): EvaluateSlice {
  return { kind: 'evaluate', label: `evaluation ${proposed + 1} under the weights of epoch ${epoch}` };
}

/** An evaluation of a round, the last of which declares the cost; after the last epoch one round follows another. */
function inRound(
  { epochs }: SampledPathsPlan,
  evaluations: number,
  { epoch, round, owed }: SharedWeightsState,
): { readonly slice: EvaluateSlice; readonly round: number; readonly owed: number } {
  const begins = round >= evaluations && owed === 0;
  const place = begins ? 1 : Math.min(round + 1, evaluations);
  const ends = (begins || round < evaluations) && place === evaluations;
  const cost = owed + (ends ? 1 : 0);
  const label = `epoch ${epoch} of ${epochs}: evaluation ${place} of ${evaluations}`;
  return {
    slice: { kind: 'evaluate', ...(cost === 0 ? {} : { cost }), label },
    round: place,
    owed: 0,
  };
}

function tellOne(
  problem: Problem,
  inner: BoundAlgorithm,
  state: SharedWeightsState,
  { trial, outcome }: ToldTrial,
): SharedWeightsState {
  const { metrics, config } = problem;
  const { slice } = trial;
  switch (slice?.kind) {
    case 'train': {
      // Without its weights an epoch has not been: it is repeated from the ones before.
      if (outcome.kind !== 'scored') return { ...state, stage: 'train' };
      const epoch = state.epoch + 1;
      const searches = config.sharing.search.when === 'during' || epoch >= config.sharing.epochs;
      return { ...state, stage: searches ? 'score' : 'train', epoch, weights: trial.index, round: 0 };
    }
    case 'score': {
      const values = outcome.kind === 'scored' ? (outcome.values ?? []) : [];
      if (values.length === 0) return { ...state, stage: 'score' };
      const sign = signOf(problem.metrics);
      const control = controlRewards(values.map((value) => sign * value + 0));
      return { ...state, stage: 'evaluate', control };
    }
    case 'evaluate': {
      const { weights } = state;
      const own = { index: trial.index - state.offset, genome: trial.genome };
      const known = trial.known === undefined ? {} : { known: trial.known };
      const scores = outcome.kind === 'scored' ? scoresOf(metrics, outcome) : null;
      const counted = outcome.kind === 'cancelled' ? 0 : (outcome.cost ?? 0);
      return {
        ...state,
        inner: inner.tell(state.inner, [{ trial: { ...own, ...known }, outcome }]),
        told: state.told + 1,
        owed: state.owed + Math.max(0, (slice.cost ?? 0) - counted),
        found:
          scores === null || weights === null
            ? state.found
            : withEvaluation(state.found, weights, trial.genome, scores),
      };
    }
    // No search lets people enqueue points among slices, and the wrapper proposes no other slice.
    case undefined:
    case 'mix':
    case 'embed':
      return state;
    default:
      return unreachable(slice, 'slice');
  }
}

/** The control beside what the algorithm found, then what the algorithm says of itself. */
function described(
  problem: Problem,
  { epoch, found, control }: SharedWeightsState,
  inner: AlgorithmDescription | null,
): AlgorithmDescription {
  const sign = signOf(problem.metrics);
  const shown = (score: number | undefined): number | null => (score === undefined ? null : sign * score + 0);
  return {
    figures: [
      { name: 'epoch', value: epoch },
      { name: 'epochs', value: problem.config.sharing.epochs },
      { name: 'mean of the search', value: shown(found?.mean) },
      { name: 'best of the search', value: shown(found?.scores[0]) },
      { name: 'mean of random architectures', value: shown(control?.mean) },
      { name: 'best of random architectures', value: shown(control?.best) },
      ...(inner?.figures ?? []),
    ],
    groups: inner?.groups ?? [],
    warning: inner?.warning ?? null,
  };
}

function refuseInner({ algorithm, sharing }: SharedWeightsConfig, inner: BoundAlgorithm): void {
  refuseSlices(name, algorithm, inner);
  if (inner.endsByItself && sharing.search.when === 'during') {
    throw new AlgorithmError(
      `${algorithm.name} ends by itself, maybe before the training does: search after it (search: 'after')`,
    );
  }
  // The first proposal of the inner algorithm shows whether it decides where its trials begin and end.
  const { action } = inner.propose(inner.init(), 0);
  if (action.kind === 'trial') refuseProposal({ algorithm, sharing }, action.proposal);
}

function refuseProposal({ algorithm, sharing }: SharedWeightsConfig, proposal: Proposal): void {
  refuseOwnTraining(name, algorithm, proposal);
  if (proposal.known !== undefined && sharing.search.when === 'during') {
    throw new AlgorithmError(
      `${algorithm.name} knows an outcome that was measured under the weights of an earlier epoch: let it propose ` +
        "no known outcomes, or search after the training (search: 'after')",
    );
  }
}
