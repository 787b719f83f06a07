import { unreachable } from '../../foundation/errors/index.js';
import { dexp } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { Action, Algorithm, SearchProblem } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import { plainConfig } from '../contract/configuration.js';
import type { AlgorithmDescription, DescribedDecision } from '../contract/description.js';
import type { MixtureStage } from '../contract/mixture-stage.js';
import { bytesOfNumbers, numbersOfBytes } from '../contract/number-bytes.js';
import { choicesMade, relaxationOf, type Relaxation } from '../contract/relaxation.js';
import type { EvaluateSlice, MixSlice } from '../contract/slice.js';
import type { ToldTrial } from '../contract/trial.js';
import { largestStateBytes, readDartsState, type DartsEnd, type DartsState } from './darts-state.js';
import {
  allLeft,
  derivedGenome,
  derivedWithFewSkips,
  heaviestLeft,
  meanEntropy,
  weightsOf,
  type Mixture,
} from './discretisation.js';
import { countedSkips, rolesOfRows, type RowRole } from './operation-roles.js';
import {
  eigenvalueEvery,
  readOptions,
  type DartsConfig,
  type DartsOptions,
  type PlannedStage,
} from './options.js';
import { eigenvalueStop, keptMeasurements, nextRanking } from './stop-rules.js';

type Problem = SearchProblem<DartsConfig>;

const name = 'darts';
const version = 1;

/**
 * Differentiable architecture search (DARTS, Liu, Simonyan and Yang, ICLR 2019) over a space of choices. Each trial is a
 * `mix` slice, an epoch that trains the weights of all options and the logits that mix them; its genome is the architecture
 * that the logits before it stand for. An `evaluate` slice of the architecture that it returns is the last. Stages narrow
 * the choices (P-DARTS), and rules end a search whose architectures begin to degenerate. Decisions follow from the logits
 * that the slices hand back, never from metrics.
 */
export function darts(options: DartsOptions): AlgorithmReference {
  return { name, version, config: plainConfig(name, options) };
}

export const dartsAlgorithm: Algorithm<DartsConfig, DartsState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'any',
  configure: (config, view) => readOptions(name, config, view),
  endsByItself: () => true,
  slices: () => true,
  maximumStateBytes: (problem) => largestStateBytes(problem.view, relaxed(problem)),
  init(problem) {
    const relaxation = relaxed(problem);
    return {
      isPending: false,
      stage: 0,
      epoch: 0,
      total: 0,
      weights: null,
      left: allLeft(relaxation),
      logits: bytesOfNumbers(new Float64Array(relaxation.size)),
      accepted: null,
      ranking: null,
      eigenvalues: [],
      end: null,
      isEvaluated: false,
    };
  },
  propose(problem, state) {
    if (state.isPending) return { state, action: { kind: 'wait' } };
    if (state.isEvaluated) return { state, action: { kind: 'done' } };
    const { end } = state;
    return {
      state: { ...state, isPending: true },
      action:
        end === null
          ? trialOf(state, derivedNow(problem, state), mixSlice(problem, state))
          : trialOf(state, end.genome, lastSlice(problem, state, end)),
    };
  },
  tell: (problem, state, told) => told.reduce((before, one) => tellOne(problem, before, one), state),
  readState: (problem, value) => readDartsState(problem.view, relaxed(problem), value),
  describe: described,
};

function relaxed({ view, config }: Problem): Relaxation {
  return relaxationOf(view, config.none);
}

function mixtureOf(problem: Problem, { logits, left }: Pick<DartsState, 'logits' | 'left'>): Mixture {
  const relaxation = relaxed(problem);
  return { relaxation, logits: numbersOfBytes(logits, relaxation.size, 'the logits of the mixture'), left };
}

function rolesOf(problem: Problem): readonly (RowRole | null)[] {
  return rolesOfRows(relaxed(problem), problem.config.operations);
}

/** The architecture that the logits stand for now. */
function derivedNow(problem: Problem, state: Pick<DartsState, 'logits' | 'left'>): Genome {
  const { view, config } = problem;
  const mixture = mixtureOf(problem, state);
  if (config.maximumSkips === null) return derivedGenome(view, mixture);
  const roles = rolesOf(problem);
  return derivedWithFewSkips(view, mixture, (made) => countedSkips(roles, made), config.maximumSkips);
}

function stageAt({ stages }: DartsConfig, place: number): PlannedStage {
  const stage = stages[place];
  if (stage === undefined) throw new AlgorithmError(`${name} has no stage ${place + 1}`);
  return stage;
}

function epochsIn({ stages }: DartsConfig): number {
  return stages.reduce((sum, { epochs }) => sum + epochs, 0);
}

function trialOf(
  { weights }: DartsState,
  genome: Genome,
  slice: MixSlice | EvaluateSlice,
): Extract<Action, { kind: 'trial' }> {
  return {
    kind: 'trial',
    proposal: { genome, slice, ...(weights === null ? {} : { continues: weights }) },
  };
}

function mixSlice(problem: Problem, state: DartsState): MixSlice {
  const { config } = problem;
  const all = epochsIn(config);
  const epoch = state.total + 1;
  const stage = stageOf(config, state);
  return {
    kind: 'mix',
    epoch,
    stage,
    alphaSteps: stage.epoch >= stage.alphaFrom,
    values: relaxed(problem).size + Number(stage.eigenvalue),
    // The last epoch is over when the architecture that it leads to is evaluated.
    ...(epoch < all ? { cost: 1 } : {}),
    label: `epoch ${epoch} of ${all}: ${labelOf(problem, state, stage)}`,
  };
}

function labelOf(problem: Problem, state: DartsState, { stage, epoch, alphaFrom }: MixtureStage): string {
  const where = problem.config.stages.length === 1 ? '' : `stage ${stage}, `;
  const what = epoch < alphaFrom ? 'train weights' : 'train weights and mixture';
  return `${where}${what}, entropy ${meanEntropy(mixtureOf(problem, state)).toFixed(3)}`;
}

/** What the next epoch's slice says of its mixture. */
function stageOf(config: DartsConfig, { stage, epoch, left }: DartsState): MixtureStage {
  const { epochs, alphaFrom, skipDropout, network } = stageAt(config, stage);
  const { none, alpha, order, temperature, auxiliarySkip, stop } = config;
  // Epochs of the stage that are over, as a share of those that lie between the first and the last.
  const progress = epochs === 1 ? 0 : epoch / (epochs - 1);
  const isAll = stage === 0 || config.stages.slice(0, stage).every(({ keep }) => keep === null);
  return {
    stage: stage + 1,
    epoch: epoch + 1,
    epochs,
    alphaFrom,
    none,
    left: isAll ? null : left,
    alpha,
    order,
    temperature:
      temperature === null ? null : temperature.first + (temperature.last - temperature.first) * progress,
    skipDropout: skipDropout === null ? null : skipDropoutAt(skipDropout, epoch, epochs, alphaFrom - 1),
    auxiliarySkip: auxiliarySkip === null ? null : auxiliarySkip * (1 - epoch / epochs),
    eigenvalue: stop.eigenvalue !== null && epoch + 1 >= alphaFrom && (epoch + 1) % eigenvalueEvery === 0,
    network,
  };
}

/** The rate falls in a line while the mixture is frozen, and then by a fifth of a power of e in each epoch (P-DARTS). */
function skipDropoutAt(first: number, epoch: number, epochs: number, frozen: number): number {
  return epoch < frozen ? (first * (epochs - 1 - epoch)) / epochs : first * dexp(-0.2 * (epoch - frozen));
}

/** The evaluation of the architecture that the search returns, under the last weights. */
function lastSlice({ config }: Problem, state: DartsState, end: DartsEnd): EvaluateSlice {
  const all = epochsIn(config);
  return {
    kind: 'evaluate',
    stage: stageOf(config, { ...state, epoch: state.epoch - 1 }),
    // An epoch that a rule made the last one has declared its cost already.
    ...(state.total < all ? {} : { cost: 1 }),
    label: `evaluate the architecture of epoch ${end.epoch}${endText(end)}`,
  };
}

function endText({ by }: DartsEnd): string {
  switch (by) {
    case 'epochs':
      return '';
    case 'skips':
      return ', because the next ones had more skips than the rule allows';
    case 'ranking':
      return ', because the ranking of operations changes no more';
    case 'eigenvalue':
      return ', because the largest eigenvalue rises';
    default:
      return unreachable(by, 'end of a search');
  }
}

function tellOne(problem: Problem, state: DartsState, { trial, outcome }: ToldTrial): DartsState {
  const { slice } = trial;
  const free = { ...state, isPending: false };
  switch (slice?.kind) {
    // Without its weights, an epoch has not been: it is repeated from the ones before.
    case 'mix':
      return outcome.kind === 'scored'
        ? afterEpoch(problem, free, trial.index, slice, outcome.values ?? [])
        : free;
    case 'evaluate':
      return { ...free, isEvaluated: outcome.kind !== 'cancelled' };
    // No search lets people enqueue points among slices, and the algorithm proposes no other slice.
    case undefined:
    case 'train':
    case 'score':
    case 'embed':
      return state;
    default:
      return unreachable(slice, 'slice');
  }
}

function afterEpoch(
  problem: Problem,
  before: DartsState,
  index: number,
  slice: MixSlice,
  values: readonly number[],
): DartsState {
  const { config } = problem;
  const { size } = relaxed(problem);
  if (values.length !== (slice.values ?? size)) {
    throw new AlgorithmError(
      `${name} needs ${slice.values ?? size} values of trial ${index}, and was told ${values.length}`,
    );
  }
  const logits = bytesOfNumbers(Float64Array.from(values.slice(0, size)));
  const moved = { ...before, weights: index, epoch: before.epoch + 1, total: before.total + 1, logits };
  const watched = slice.alphaSteps ? watch(problem, moved, values[size] ?? null) : moved;
  const { epochs, keep } = stageAt(config, watched.stage);
  if (watched.end !== null || watched.epoch < epochs) return watched;
  if (watched.stage + 1 === config.stages.length) {
    return { ...watched, end: { by: 'epochs', epoch: watched.total, genome: derivedNow(problem, watched) } };
  }
  return {
    ...watched,
    stage: watched.stage + 1,
    epoch: 0,
    left: keep === null ? watched.left : heaviestLeft(mixtureOf(problem, watched), keep),
    // New weights and logits: what was seen of the ones before says nothing of them.
    accepted: null,
    ranking: null,
    eigenvalues: [],
  };
}

/** The state after the rules have looked at an epoch that trained the mixture. */
function watch(problem: Problem, state: DartsState, eigenvalue: number | null): DartsState {
  const { stop } = problem.config;
  const mixture = mixtureOf(problem, state);
  const roles = rolesOf(problem);
  const epoch = state.total;
  const genome = derivedNow(problem, state);
  const eigenvalues =
    stop.eigenvalue === null || eigenvalue === null
      ? state.eigenvalues
      : [...state.eigenvalues, { epoch, value: eigenvalue, genome }].slice(-keptMeasurements);
  const ranking = stop.ranking === null ? null : nextRanking(state.ranking, mixture, roles);
  const skips = skipsIn(problem, mixture);
  const hasFew = stop.skips === null || skips <= stop.skips;
  const watched = { ...state, eigenvalues, ranking, accepted: hasFew ? { epoch, genome } : state.accepted };
  if (!hasFew && state.accepted !== null) return { ...watched, end: { by: 'skips', ...state.accepted } };
  const back =
    stop.eigenvalue === null || eigenvalue === null ? null : eigenvalueStop(eigenvalues, stop.eigenvalue);
  if (back !== null) return { ...watched, end: { by: 'eigenvalue', epoch: back.epoch, genome: back.genome } };
  if (stop.ranking !== null && ranking !== null && ranking.unchanged >= stop.ranking)
    return { ...watched, end: { by: 'ranking', epoch, genome } };
  return watched;
}

/** Counted skips of the architecture that a mixture stands for while nothing limits them. */
function skipsIn(problem: Problem, mixture: Mixture): number {
  const made = choicesMade(mixture.relaxation, derivedGenome(problem.view, mixture));
  return countedSkips(rolesOf(problem), made).length;
}

function described(problem: Problem, state: DartsState): AlgorithmDescription {
  const { config } = problem;
  const mixture = mixtureOf(problem, state);
  const { rows, none } = mixture.relaxation;
  const weights = rows.map((_row, row) => weightsOf(mixture, row));
  const zeros = weights.map((own, row) => own[rows[row]?.of ?? 0] ?? 0);
  return {
    figures: [
      { name: 'epoch', value: state.total },
      { name: 'epochs', value: epochsIn(config) },
      { name: 'stage', value: state.stage + 1 },
      { name: 'stages', value: config.stages.length },
      { name: 'options left', value: state.left.reduce((sum, options) => sum + options.length, 0) },
      { name: 'mean entropy of the choices', value: meanEntropy(mixture) },
      ...(none
        ? [{ name: 'mean weight of zero', value: zeros.reduce((sum, own) => sum + own / zeros.length, 0) }]
        : []),
      ...(config.operations.length === 0 ? [] : [{ name: 'skips', value: skipsIn(problem, mixture) }]),
      ...(config.stop.eigenvalue === null
        ? []
        : [{ name: 'largest eigenvalue', value: state.eigenvalues.at(-1)?.value ?? null }]),
      ...(config.stop.ranking === null
        ? []
        : [{ name: 'epochs with one ranking', value: state.ranking?.unchanged ?? null }]),
    ],
    groups: [
      { name: 'mixture', figures: [], decisions: rows.map((row, i) => decisionOf(row, weights[i] ?? [])) },
    ],
    warning:
      state.end === null || state.end.by === 'epochs'
        ? null
        : `The search stopped after epoch ${state.total} and returns the architecture of epoch ${state.end.epoch}${endText(state.end)}.`,
  };
}

/** The weights of a row without that of zero. */
function decisionOf(
  { id, node, of }: Relaxation['rows'][number],
  weights: readonly number[],
): DescribedDecision {
  const own = weights.slice(0, of);
  const total = own.reduce((sum, weight) => sum + weight, 0);
  return {
    id,
    node,
    options: own.map((_weight, option) => [option]),
    // Beside a zero that has all the weight, nothing is known of the others.
    probabilities: own.map((weight) => (total > 0 ? weight / total : 1 / of)),
  };
}
