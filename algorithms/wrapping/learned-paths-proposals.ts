import { fork, RandomStream } from '../../foundation/numbers/index.js';
import { sample } from '../../search-spaces/variation/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { Action, LearnedPolicy, SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import type { BoundAlgorithm } from '../contract/bound-algorithm.js';
import { sliceByteLimit, sliceValueLimit } from '../contract/slice.js';
import type { EvaluateSlice, ScoreSlice, Slice, TrainSlice } from '../contract/slice.js';
import type { StateValue } from '../contract/state-value.js';
import type { Proposal } from '../contract/trial.js';
import { figureOf } from './described-figure.js';
import type { LearnedPathsState } from './learned-paths-state.js';
import type { PolicyPathsPlan } from './policy-paths.js';
import { refuseOwnTraining } from './shared-problem.js';

/** The algorithm inside, and how it shares weights. */
export type LearnedPathsConfig = {
  readonly algorithm: AlgorithmReference;
  readonly sharing: PolicyPathsPlan;
};

export type LearnedPathsProblem = SearchProblem<LearnedPathsConfig>;

export const learnedPathsName = 'learnedPaths';

type Problem = LearnedPathsProblem;

/** A state with the action that led to it. */
type Proposed = { readonly state: LearnedPathsState; readonly action: Action };

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

/** One pass over the training data. */
export function proposeTraining(
  problem: Problem,
  inner: BoundAlgorithm,
  state: LearnedPathsState,
  index: number,
): Proposed {
  const slice = trainSlice(problem, inner, state);
  return withSlice({ ...state, stage: 'training' }, derivedNow(problem, inner, state, index), slice);
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
export function proposeScores(
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
export function proposeControl(
  problem: Problem,
  inner: BoundAlgorithm,
  state: LearnedPathsState,
  index: number,
): Proposed {
  const slice = controlSlice(problem.config.sharing, state);
  return withSlice({ ...state, stage: 'controlling' }, derivedNow(problem, inner, state, index), slice);
}

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
export function proposeEvaluation(
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

function refuseProposal({ algorithm }: LearnedPathsConfig, proposal: Proposal): void {
  refuseOwnTraining(learnedPathsName, algorithm, proposal);
  if (proposal.known === undefined) return;
  throw new AlgorithmError(
    `${algorithm.name} knows an outcome that was measured under the weights of an earlier epoch: let it propose no ` +
      'known outcomes',
  );
}
