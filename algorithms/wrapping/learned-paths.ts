import { unreachable } from '../../foundation/errors/index.js';
import { fork, RandomStream } from '../../foundation/numbers/index.js';
import { sample } from '../../search-spaces/variation/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { Action, Algorithm, LearnedPolicy, SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { BoundAlgorithm, RegisteredAlgorithm } from '../contract/bound-algorithm.js';
import { Configuration, plainConfig } from '../contract/configuration.js';
import type { AlgorithmDescription } from '../contract/description.js';
import { optimisedMetric, optimisedMetrics, scoresOf } from '../contract/score.js';
import { sliceByteLimit, sliceValueLimit } from '../contract/slice.js';
import type { EvaluateSlice, ScoreSlice, Slice, TrainSlice } from '../contract/slice.js';
import type { StateValue } from '../contract/state-value.js';
import type { Metric, Outcome, Proposal, ToldTrial } from '../contract/trial.js';
import { describedHistory, withEpoch } from './epoch-history.js';
import { withEvaluation } from './found-architecture.js';
import {
  answersOfInner,
  innerAlgorithm,
  naturalOrderOfInner,
  readInnerAlgorithm,
} from './inner-algorithm.js';
import {
  initialLearnedPaths,
  learnedPathsBytes,
  meanOf,
  noRewards,
  readLearnedPaths,
  withRewards,
  type LearnedPathsState,
} from './learned-paths-state.js';
import {
  policyPathsFields,
  readPolicyPaths,
  type PolicyPaths,
  type PolicyPathsPlan,
} from './policy-paths.js';
import { refuseDecided, refuseOwnTraining, refuseSlices, signOf } from './shared-problem.js';

export type LearnedPathsConfig = {
  readonly algorithm: AlgorithmReference;
  readonly sharing: PolicyPathsPlan;
};

type Problem = SearchProblem<LearnedPathsConfig>;

type Proposed = { readonly state: LearnedPathsState; readonly action: Action };

const name = 'learnedPaths';
const version = 1;
const fieldNames = ['algorithm', ...policyPathsFields];

/**
 * Trains shared weights on paths that the policy of an algorithm draws, and lets the algorithm learn from shared scores
 * (ENAS: Pham et al., 2018). An epoch is one `train` slice; then `scores.perEpoch` times a `score` slice of what the
 * algorithm proposes next, whose rewards it is told as outcomes; then a `score` slice of uniformly drawn architectures on
 * the examples of the last one, the control. From the last declared epoch on, `evaluate` slices follow: the most probable
 * architecture and further proposals. In the first epochs (`warmUp`) paths are drawn uniformly, because the gain of a
 * policy on weights that follow it fulfils itself. The algorithm knows its own proposals alone, in a sequence of its own.
 */
export function learnedPaths(algorithm: AlgorithmReference, sharing: PolicyPaths): AlgorithmReference {
  return { name, version, config: plainConfig(name, { algorithm, ...sharing }) };
}

/** The wrapper over the algorithms that `find` knows. */
export function learnedPathsAlgorithm(
  find: (reference: AlgorithmReference) => RegisteredAlgorithm,
): Algorithm<LearnedPathsConfig, LearnedPathsState> {
  const innerOf = innerAlgorithm<LearnedPathsConfig>(find, refuseInner, rewardMetric);
  const evaluationsOf = ({ config }: Problem): number => config.sharing.evaluations + 1;

  return {
    ...answersOfInner(innerOf),
    name,
    version,
    orders: ['in-order', 'as-completed'],
    naturalOrder: (config) => naturalOrderOfInner(new Configuration(name, config, fieldNames), find),
    objectives: 'single',
    configure(config, view, metrics) {
      const sharing = readPolicyPaths(name, config, ['algorithm']);
      const fields = new Configuration(name, config, fieldNames);
      const algorithm = readInnerAlgorithm(fields, find, view, rewardMetric(metrics));
      refuseDecided(view);
      return { algorithm, sharing };
    },
    slices: () => true,
    maximumStateBytes: (problem) =>
      innerOf(problem).maximumStateBytes +
      learnedPathsBytes(problem.view, problem.metrics.length, evaluationsOf(problem)),
    init: (problem) => initialLearnedPaths(innerOf(problem).init()),
    propose(problem, state, index) {
      const inner = innerOf(problem);
      const need = needOf(problem.config.sharing, state);
      if (need === 'wait') return { state, action: { kind: 'wait' } };
      // The policy moves before anything else is drawn from it.
      const asked = inner.propose(state.inner, state.proposed);
      if (asked.action.kind === 'update' || asked.action.kind === 'done')
        return { state: { ...state, inner: asked.state }, action: asked.action };
      switch (need) {
        case 'train': {
          const slice = trainSlice(problem, inner, state);
          return withSlice({ ...state, stage: 'training' }, derivedNow(problem, inner, state, index), slice);
        }
        case 'score':
          return proposeScores(problem, inner, state, index);
        case 'control': {
          const slice = controlSlice(problem.config.sharing, state);
          return withSlice(
            { ...state, stage: 'controlling' },
            derivedNow(problem, inner, state, index),
            slice,
          );
        }
        case 'evaluate':
          return proposeEvaluation(problem, inner, state, index);
        default:
          return unreachable(need, 'need of a search on learned paths');
      }
    },
    tell: (problem, state, told) =>
      told.reduce((before, one) => tellOne(problem, innerOf(problem), before, one), state),
    readState: (problem, value) =>
      readLearnedPaths(problem.view, problem.metrics.length, evaluationsOf(problem), value),
    describe: (problem, state) => described(problem, state, innerOf(problem).describe?.(state.inner) ?? null),
  };
}

/** What the search needs next. */
function needOf(
  { evaluations: draws }: PolicyPathsPlan,
  { stage, evaluations, open, repeated }: LearnedPathsState,
): 'train' | 'score' | 'control' | 'evaluate' | 'wait' {
  switch (stage) {
    case 'train':
    case 'score':
    case 'control':
      return stage;
    case 'training':
    case 'scoring':
    case 'controlling':
      return 'wait';
    case 'evaluate': {
      // The last one ends the epoch: it waits for the others, which run side by side.
      const left = draws + 1 - evaluations + repeated.length;
      return left === 0 || (left === 1 && open.length > 0) ? 'wait' : 'evaluate';
    }
    default:
      return unreachable(stage, 'stage of a search on learned paths');
  }
}

/** The architecture that would be derived now: the best one that was evaluated, else the most probable, else a drawn one. */
function derivedNow(
  { view, rng }: Problem,
  inner: BoundAlgorithm,
  { found, inner: state }: LearnedPathsState,
  index: number,
): Genome {
  if (found !== null) return found.genome;
  return (
    policyOf(inner, state)?.mostProbable ?? sample(view, new RandomStream(fork(rng, `derived:${index}`)))
  );
}

function policyOf(inner: BoundAlgorithm, state: StateValue): LearnedPolicy | null {
  return inner.policy?.(state) ?? null;
}

function trainSlice({ config }: Problem, inner: BoundAlgorithm, state: LearnedPathsState): TrainSlice {
  const { epochs, warmUp, steps } = config.sharing;
  const epoch = state.epoch + 1;
  const stream = `epoch ${epoch}`;
  const policy = policyOf(inner, state.inner);
  const isWarmUp = epoch <= warmUp;
  if (!isWarmUp && policy === null) {
    throw new AlgorithmError(
      `${config.algorithm.name} has learned no policy from which the paths of epoch ${epoch} could be drawn: ` +
        "take an algorithm with one, or paths: 'uniform'",
    );
  }
  return {
    kind: 'train',
    epoch,
    epochs,
    paths:
      isWarmUp || policy === null
        ? { from: 'uniform', stream }
        : { from: 'policy', policy: policy.bulk, stream },
    ...(steps === null ? {} : { steps }),
    label: `epoch ${epoch} of ${epochs}: train on ${isWarmUp ? 'uniform paths' : 'paths of the policy'}`,
  };
}

/** Scores of what the inner algorithm proposes next, or of the architectures whose scores did not come. */
function proposeScores(
  problem: Problem,
  inner: BoundAlgorithm,
  state: LearnedPathsState,
  index: number,
): Proposed {
  const { config } = problem;
  const { perEpoch, examples } = config.sharing.scores;
  const place = state.rewards.batches + 1;
  const sliceFor = (genomes: readonly Genome[], what: 'update' | 'scores'): ScoreSlice => ({
    kind: 'score',
    count: genomes.length,
    draw: { from: 'list', genomes },
    examples,
    batches: streamOf(state.epoch, place),
    label: `epoch ${state.epoch}: ${what} ${place} of ${perEpoch}${figuresText(inner, state)}`,
  });
  const genome = derivedNow(problem, inner, state, index);
  if (state.again.length > 0) {
    const after: LearnedPathsState = { ...state, stage: 'scoring', again: [] };
    return withSlice(after, genome, sliceFor(state.again, 'update'));
  }
  // The number of architectures takes three digits at most, and one that is there already.
  const room = sliceByteLimit - JSON.stringify(sliceFor([], 'update')).length - 2;
  const batch = nextBatch(config, inner, state, room);
  if (batch.kind === 'wait') return { state, action: batch };
  const { genomes } = batch;
  const after: LearnedPathsState = {
    ...state,
    inner: batch.inner,
    stage: 'scoring',
    proposed: state.proposed + genomes.length,
  };
  return withSlice(after, genome, sliceFor(genomes, batch.isWhole ? 'update' : 'scores'));
}

/** What the inner algorithm proposes until it waits for outcomes, as far as it has room in a slice. */
function nextBatch(
  config: LearnedPathsConfig,
  inner: BoundAlgorithm,
  state: LearnedPathsState,
  room: number,
):
  | { readonly kind: 'wait' }
  | {
      readonly kind: 'batch';
      readonly inner: StateValue;
      readonly genomes: readonly Genome[];
      /** Whether the algorithm waits for the outcomes of these. */
      readonly isWhole: boolean;
    } {
  const most = config.sharing.scores.architectures ?? sliceValueLimit;
  const genomes: Genome[] = [];
  let after = state.inner;
  let left = room;
  for (;;) {
    const { state: next, action } = inner.propose(after, state.proposed + genomes.length);
    if (action.kind !== 'trial')
      return genomes.length === 0
        ? { kind: 'wait' }
        : { kind: 'batch', inner: after, genomes, isWhole: true };
    refuseProposal(config, action.proposal);
    const { genome } = action.proposal;
    left -= JSON.stringify(genome).length + 1;
    if (genomes.length === most || left < 0) {
      if (genomes.length > 0) return { kind: 'batch', inner: after, genomes, isWhole: false };
      throw new AlgorithmError(
        `an architecture with ${genome.length} numbers has no room in a slice of ${sliceByteLimit} bytes: make the space smaller`,
      );
    }
    genomes.push(genome);
    after = next;
  }
}

/** Uniformly drawn architectures on the examples of the last scores; the cost of an epoch without evaluations. */
function controlSlice({ epochs, scores, control }: PolicyPathsPlan, state: LearnedPathsState): ScoreSlice {
  const { epoch, rewards } = state;
  const count = control.count ?? rewards.lastCount;
  return {
    kind: 'score',
    count,
    draw: { from: 'uniform', stream: `control ${epoch}` },
    examples: control.examples,
    batches: streamOf(epoch, scores.perEpoch),
    ...(epoch < epochs ? { cost: 1 } : {}),
    label: `epoch ${epoch} of ${epochs}: score ${count} random architectures as control`,
  };
}

function streamOf(epoch: number, batch: number): string {
  return `epoch ${epoch} score ${batch}`;
}

/** The figures of a label: the reward of the scores before in this epoch, and the entropy of the policy. */
function figuresText(inner: BoundAlgorithm, { inner: state, rewards }: LearnedPathsState): string {
  const entropy = figureOf(inner.describe?.(state) ?? null, 'entropy');
  const reward = rewards.batches === 0 ? '' : `, reward ${shortNumber(rewards.lastMean)}`;
  return reward + (entropy === null ? '' : `, entropy ${shortNumber(entropy)}`);
}

/** Three digits, as short as they are read: .81 or 9.2. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(3))).replace(/^(-?)0\./, '$1.');
}

/** The most probable architecture, then the next proposals of the inner algorithm; before them, what is to be repeated. */
function proposeEvaluation(
  problem: Problem,
  inner: BoundAlgorithm,
  state: LearnedPathsState,
  index: number,
): Proposed {
  const { config } = problem;
  const { evaluations: draws, epochs } = config.sharing;
  const { epoch, evaluations, open, repeated } = state;
  const isLast = draws + 1 - evaluations + repeated.length === 1;
  const sliceFor = (what: string): EvaluateSlice => ({
    kind: 'evaluate',
    ...(isLast ? { cost: 1 } : {}),
    label: `epoch ${epoch} of ${epochs}: ${what}`,
  });
  const opened = (own: number | null): LearnedPathsState['open'] => [...open, { index, own }];
  const [first, ...others] = repeated;
  if (first !== undefined) {
    const after = { ...state, open: opened(first.own), repeated: others };
    return withSlice(after, first.genome, sliceFor('evaluate again'));
  }
  if (evaluations === 0) {
    const policy = policyOf(inner, state.inner);
    const genome = policy?.mostProbable ?? derivedNow(problem, inner, state, index);
    const after = { ...state, evaluations: 1, open: opened(null) };
    return withSlice(after, genome, sliceFor('evaluate the most probable architecture'));
  }
  const asked = inner.propose(state.inner, state.proposed);
  if (asked.action.kind !== 'trial') return { state, action: { kind: 'wait' } };
  const { proposal } = asked.action;
  refuseProposal(config, proposal);
  const after: LearnedPathsState = {
    ...state,
    inner: asked.state,
    proposed: state.proposed + 1,
    evaluations: evaluations + 1,
    open: opened(state.proposed),
  };
  return withSlice(after, proposal.genome, sliceFor(`evaluation ${evaluations} of ${draws}`));
}

function withSlice(state: LearnedPathsState, genome: Genome, slice: Slice): Proposed {
  const { weights } = state;
  return {
    state,
    action: {
      kind: 'trial',
      proposal: { genome, slice, ...(weights === null ? {} : { continues: weights }) },
    },
  };
}

function tellOne(
  problem: Problem,
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
  { metrics, config }: Problem,
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
  { metrics, config }: Problem,
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
  { metrics, config }: Problem,
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

/** What the policy gains, then what the algorithm says of itself. */
function described(
  { metrics, config }: Problem,
  { epoch, rewards, found, history }: LearnedPathsState,
  inner: AlgorithmDescription | null,
): AlgorithmDescription {
  const row = history.rows.at(-1);
  const best = found?.scores[0];
  const entropy = figureOf(inner, 'entropy');
  const largest = figureOf(inner, 'largest entropy');
  return {
    figures: [
      { name: 'epoch', value: epoch },
      { name: 'epochs', value: config.sharing.epochs },
      { name: 'mean reward of the epoch', value: rewards.batches === 0 ? null : rewards.mean },
      { name: 'reward of the policy', value: row?.reward ?? null },
      { name: 'reward of random architectures', value: row?.control ?? null },
      { name: 'policy gain', value: row?.gain ?? null },
      { name: 'best evaluation', value: best === undefined ? null : signOf(metrics) * best + 0 },
      {
        name: 'relative entropy',
        value: entropy === null || largest === null || largest === 0 ? null : entropy / largest,
      },
      ...(inner?.figures ?? []),
    ],
    groups: inner?.groups ?? [],
    warning: inner?.warning ?? null,
    history: describedHistory(history),
  };
}

function figureOf(description: AlgorithmDescription | null, figure: string): number | null {
  const value = description?.figures.find(({ name: known }) => known === figure)?.value ?? null;
  return value === null || !Number.isFinite(value) ? null : value + 0;
}

/** The metric of the rewards without its limits: shared scores measure nothing else, so the policy could not keep any. */
function rewardMetric(metrics: readonly Metric[]): readonly Metric[] {
  return optimisedMetrics(metrics).map(({ name: metric, goal }) => ({ name: metric, goal }));
}

function refuseInner({ algorithm }: LearnedPathsConfig, inner: BoundAlgorithm): void {
  refuseSlices(name, algorithm, inner);
  if (inner.policy === undefined || inner.drawer === undefined) {
    throw new AlgorithmError(
      `${algorithm.name} learns no policy that could draw paths: take an algorithm with one, such as controller(), ` +
        "or paths: 'uniform' or 'fair'",
    );
  }
  if (inner.endsByItself) {
    throw new AlgorithmError(
      `${algorithm.name} ends by itself, maybe before the training does: take one that goes on`,
    );
  }
}

function refuseProposal({ algorithm }: LearnedPathsConfig, proposal: Proposal): void {
  refuseOwnTraining(name, algorithm, proposal);
  if (proposal.known === undefined) return;
  throw new AlgorithmError(
    `${algorithm.name} knows an outcome that was measured under the weights of an earlier epoch: let it propose no ` +
      'known outcomes',
  );
}
