import { unreachable } from '../../foundation/errors/index.js';
import { dexp } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/views/index.js';
import type { Action, Algorithm, SearchProblem, UpdateResult } from '../contract/algorithm.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import type { AlgorithmReference } from '../contract/algorithm-reference.js';
import { plainConfig } from '../contract/configuration.js';
import type { AlgorithmDescription, DescribedDecision } from '../contract/description.js';
import type { MixtureStage } from '../contract/mixture-stage.js';
import { bytesOfNumbers, numbersOfBytes } from '../contract/number-bytes.js';
import { choicesMade, relaxationOf, type Relaxation } from '../contract/relaxation.js';
import type { EmbedSlice, EvaluateSlice, MixSlice } from '../contract/slice.js';
import { isBytes } from '../contract/state-codec.js';
import { readBulkName, readFields, readGenome, readInteger } from '../contract/state-shape.js';
import type { StateValue } from '../contract/state-value.js';
import { embeddingValueCount, readTaskEmbedding } from '../contract/task-embedding.js';
import type { ToldTrial } from '../contract/trial.js';
import {
  chosenRecord,
  readSnapshot,
  selectionText,
  selectSource,
  warmStartLibrary,
  warmStartOption,
  type WarmStartConfig,
} from '../warm-start/index.js';
import {
  largestStateBytes,
  readDartsState,
  readLeft,
  type DartsEnd,
  type DartsState,
} from './darts-state.js';
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
import { fitsRelaxation, takenOver, warmStages } from './warm-start-plan.js';
import { keptDistances, readSelection } from './warm-start-state.js';

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
  const { warmStart, ...cold } = options;
  const config = warmStart === undefined ? cold : { ...cold, warmStart: warmStartOption(warmStart) };
  return { name, version, config: plainConfig(name, config) };
}

export const dartsAlgorithm: Algorithm<DartsConfig, DartsState> = {
  name,
  version,
  orders: ['in-order', 'as-completed'],
  objectives: 'any',
  configure: (config, view) => readOptions(name, config, view),
  endsByItself: () => true,
  slices: () => true,
  library: warmStartLibrary,
  maximumStateBytes: (problem) =>
    largestStateBytes(problem.view, relaxed(problem), problem.config.warmStart !== null),
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
      ...(problem.config.warmStart === null
        ? {}
        : { warm: { kind: 'embed', ...(problem.config.tasks > 1 ? { embedded: 0 } : {}) } }),
      ...(problem.config.tasks > 1 ? { task: 0 } : {}),
    };
  },
  propose(problem, state) {
    if (state.isPending) return { state, action: { kind: 'wait' } };
    if (state.isEvaluated) return { state, action: { kind: 'done' } };
    const { end, warm } = state;
    const { warmStart } = problem.config;
    if (warmStart !== null && warm?.kind === 'embed') {
      return {
        state: { ...state, isPending: true },
        action: trialOf(state, derivedNow(problem, state), embedSlice(warmStart, warm.embedded)),
      };
    }
    if (warmStart !== null && warm?.kind === 'select') {
      const { embedding, fingerprint } = warm;
      const request = { bulk: warmStart.snapshot.hash, input: { embedding, fingerprint } };
      return { state, action: { kind: 'update', request } };
    }
    return {
      state: { ...state, isPending: true },
      action:
        end === null
          ? trialOf(state, genotypeOf(state) ?? derivedNow(problem, state), mixSlice(problem, state))
          : trialOf(state, end.genome, lastSlice(problem, state, end)),
    };
  },
  tell: (problem, state, told) => told.reduce((before, one) => tellOne(problem, before, one), state),
  readState: (problem, value) => {
    const { warmStart, tasks } = problem.config;
    const form = { filters: warmStart?.probe.filters ?? null, hasTasks: tasks > 1 };
    return readDartsState(problem.view, relaxed(problem), form, value);
  },
  update: { compute: select, apply: afterSelection },
  describe: described,
};

/** An update `select`: the bulk is the snapshot of the library, the input the embedding; see `selectSource`. */
function select(
  problem: Problem,
  bulk: Uint8Array | null,
  input: StateValue,
): { readonly bulk: Uint8Array | null; readonly output: StateValue } {
  const warmStart = warmStartOf(problem);
  const relaxation = relaxed(problem);
  const { embedding, fingerprint } = readFields(input, 'input', ['embedding', 'fingerprint']);
  const numbers: readonly StateValue[] = Array.isArray(embedding) ? embedding : [];
  const target = {
    embedding: numbers.flatMap((one) => (typeof one === 'number' ? [one] : [])),
    fingerprint: typeof fingerprint === 'string' ? fingerprint : '',
  };
  const records = bulk === null ? [] : readSnapshot(bulk);
  const selection = selectSource(records, target, {
    space: warmStart.snapshot.space,
    none: problem.config.none,
    probe: warmStart.probe.hash,
    threshold: warmStart.threshold,
    modes: warmStart.modes,
    fits: (record) => fitsRelaxation(relaxation, record),
  });
  const { choice, distances } = selection;
  const taken =
    choice === null
      ? null
      : takenOver(
          ...([relaxation, chosenRecord(records, choice.hash), choice.mode, warmStart] as const),
          warmStart.addSkips ? rolesOf(problem).map((role) => role?.skip ?? []) : [],
        );
  const logits = taken?.logits ?? null;
  return {
    bulk: logits === null ? null : bytesOfNumbers(logits),
    output: {
      selection: { ...selection, distances: distances.slice(0, keptDistances) },
      more: Math.max(0, distances.length - keptDistances),
      logits: logits === null ? null : bytesOfNumbers(logits),
      left: taken?.left ?? null,
      weights: taken?.weights ?? null,
      genotype: taken?.genotype ?? null,
    },
  };
}

function afterSelection(problem: Problem, state: DartsState, { bulk, output }: UpdateResult): DartsState {
  if (state.warm?.kind !== 'select') throw new AlgorithmError(`${name} has no source to select now`);
  const relaxation = relaxed(problem);
  const fields = readFields(output, 'output', [
    ...(['selection', 'more', 'logits', 'left', 'weights', 'genotype'] as const),
  ]);
  const { logits = null, left = null, genotype = null } = fields;
  if (logits !== null && !isBytes(logits)) throw new AlgorithmError('output.logits must be bytes or null');
  if (logits !== null) numbersOfBytes(logits, relaxation.size, 'output.logits');
  return {
    ...state,
    logits: logits ?? state.logits,
    left: left === null ? state.left : readLeft(relaxation, left),
    warm: {
      kind: 'selected',
      selection: readSelection(fields.selection, 'output.selection'),
      more: readInteger(fields.more, 'output.more'),
      logits: logits === null ? null : readBulkName(bulk),
      weights: readBulkName(fields.weights ?? null),
      genotype: genotype === null ? null : readGenome(problem.view, genotype, 'output.genotype'),
      isMasked: left !== null,
    },
  };
}

function warmStartOf({ config }: Problem): WarmStartConfig {
  if (config.warmStart === null)
    throw new AlgorithmError(`${name} has no source to select without 'warmStart'`);
  return config.warmStart;
}

/** The configuration with the stages that the search runs: a warm start makes them fewer. */
function running({ config }: Problem, { warm }: Pick<DartsState, 'warm'>): DartsConfig {
  const { warmStart } = config;
  const choice = warm?.kind === 'selected' ? warm.selection.choice : null;
  if (warmStart === null || choice === null) return config;
  return { ...config, stages: warmStages(config.stages, choice.mode, warmStart.epochs) };
}

/** The architecture that a search returns without looking for one; null: it searches. */
function genotypeOf({ warm }: Pick<DartsState, 'warm'>): Genome | null {
  return warm?.kind === 'selected' ? warm.genotype : null;
}

/** `embedded` are the tasks that were embedded before, in a search over several. */
function embedSlice({ probe }: WarmStartConfig, embedded: number | undefined): EmbedSlice {
  const what = embedded === undefined ? 'the data' : `the data of task ${embedded + 1}`;
  return {
    kind: 'embed',
    probe: probe.hash,
    ...(embedded === undefined ? {} : { task: embedded + 1 }),
    values: embeddingValueCount(probe.filters),
    label: `embed ${what} by the probe ${probe.hash.slice(0, 12)}`,
  };
}

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

function epochsIn({ stages, tasks }: DartsConfig): number {
  return tasks * stages.reduce((sum, { epochs }) => sum + epochs, 0);
}

function trialOf(
  { weights }: DartsState,
  genome: Genome,
  slice: EmbedSlice | MixSlice | EvaluateSlice,
): Extract<Action, { kind: 'trial' }> {
  return {
    kind: 'trial',
    proposal: { genome, slice, ...(weights === null ? {} : { continues: weights }) },
  };
}

function mixSlice(problem: Problem, state: DartsState): MixSlice {
  const config = running(problem, state);
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
    label: `epoch ${epoch} of ${all}: ${labelOf(problem, state, stage)}${sourceText(state)}`,
  };
}

function labelOf(problem: Problem, state: DartsState, { stage, epoch, alphaFrom }: MixtureStage): string {
  const where =
    (running(problem, state).stages.length === 1 ? '' : `stage ${stage}, `) +
    (state.task === undefined ? '' : `task ${state.task + 1} of ${problem.config.tasks}, `);
  const what = epoch < alphaFrom ? 'train weights' : 'train weights and mixture';
  return `${where}${what}, entropy ${meanEntropy(mixtureOf(problem, state)).toFixed(3)}`;
}

/** From where the first epoch of a warm search starts. */
function sourceText({ warm, total }: DartsState): string {
  if (warm?.kind !== 'selected' || total > 0) return '';
  const { choice } = warm.selection;
  return choice === null ? ', cold' : `, ${choice.mode} of record ${choice.hash.slice(0, 12)}`;
}

/** What the next epoch's slice says of its mixture. */
function stageOf(config: DartsConfig, { stage, epoch, left, warm, task }: DartsState): MixtureStage {
  const { epochs, alphaFrom, skipDropout, network } = stageAt(config, stage);
  const { none, alpha, order, temperature, auxiliarySkip, stop } = config;
  // Epochs of the stage that are over, as a share of those that lie between the first and the last.
  const progress = epochs === 1 ? 0 : epoch / (epochs - 1);
  const { logits = null, weights = null, isMasked = false } = warm?.kind === 'selected' ? warm : {};
  const isAll =
    !isMasked && (stage === 0 || config.stages.slice(0, stage).every(({ keep }) => keep === null));
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
    // Later stages begin anew in any case.
    ...(stage > 0 || (logits === null && weights === null) ? {} : { start: { logits, weights } }),
    ...(task === undefined ? {} : { task: task + 1 }),
  };
}

/** The rate falls in a line while the mixture is frozen, and then by a fifth of a power of e in each epoch (P-DARTS). */
function skipDropoutAt(first: number, epoch: number, epochs: number, frozen: number): number {
  return epoch < frozen ? (first * (epochs - 1 - epoch)) / epochs : first * dexp(-0.2 * (epoch - frozen));
}

/** The evaluation of the architecture that the search returns, under the last weights. */
function lastSlice(problem: Problem, state: DartsState, end: DartsEnd): EvaluateSlice {
  const config = running(problem, state);
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
    case 'embed':
      return outcome.kind === 'scored' ? afterEmbedding(problem, free, outcome.values ?? []) : free;
    // No search lets people enqueue points among slices, and the algorithm proposes no other slice.
    case undefined:
    case 'train':
    case 'score':
      return state;
    default:
      return unreachable(slice, 'slice');
  }
}

/** Of several tasks the source is selected once the last one is embedded. */
function afterEmbedding(
  { config: { tasks } }: Problem,
  state: DartsState,
  values: readonly number[],
): DartsState {
  const embedding = readTaskEmbedding(values);
  const { warm } = state;
  const embedded = warm?.kind === 'embed' && warm.embedded !== undefined ? warm.embedded + 1 : tasks;
  return {
    ...state,
    warm: embedded < tasks ? { kind: 'embed', embedded } : { kind: 'select', ...embedding },
  };
}

function afterEpoch(
  problem: Problem,
  before: DartsState,
  index: number,
  slice: MixSlice,
  values: readonly number[],
): DartsState {
  const config = running(problem, before);
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
  if (watched.task !== undefined && watched.task + 1 < config.tasks)
    return { ...watched, task: watched.task + 1, epoch: 0 };
  if (watched.stage + 1 === config.stages.length) {
    const genome = genotypeOf(watched) ?? derivedNow(problem, watched);
    return { ...watched, end: { by: 'epochs', epoch: watched.total, genome } };
  }
  return {
    ...watched,
    stage: watched.stage + 1,
    epoch: 0,
    ...(watched.task === undefined ? {} : { task: 0 }),
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
  const free = derivedGenome(problem.view, mixture);
  const skips = countedSkips(roles, choicesMade(mixture.relaxation, free)).length;
  const { maximumSkips } = problem.config;
  const genome = maximumSkips === null || skips <= maximumSkips ? free : derivedNow(problem, state);
  const eigenvalues =
    stop.eigenvalue === null || eigenvalue === null
      ? state.eigenvalues
      : [...state.eigenvalues, { epoch, value: eigenvalue, genome }].slice(-keptMeasurements);
  const ranking = stop.ranking === null ? null : nextRanking(state.ranking, mixture, roles);
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
  const config = running(problem, state);
  const { warm } = state;
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
      ...(state.task === undefined
        ? []
        : [
            { name: 'task', value: state.task + 1 },
            { name: 'tasks', value: config.tasks },
          ]),
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
    ...(warm?.kind === 'selected' ? { notes: [selectionText(warm.selection)] } : {}),
    groups: [
      ...(warm?.kind === 'selected' && warm.selection.distances.length > 0
        ? [{ name: 'distances to the tasks of the library', figures: distancesOf(warm), decisions: [] }]
        : []),
      { name: 'mixture', figures: [], decisions: rows.map((row, i) => decisionOf(row, weights[i] ?? [])) },
    ],
    warning:
      state.end === null || state.end.by === 'epochs'
        ? null
        : `The search stopped after epoch ${state.total} and returns the architecture of epoch ${state.end.epoch}${endText(state.end)}.`,
  };
}

function distancesOf({
  selection: { distances, threshold },
  more,
}: Extract<DartsState['warm'], { readonly kind: 'selected' }>): AlgorithmDescription['figures'] {
  return [
    ...distances.map(({ hash, task, distance }) => ({
      name: `${task} (${hash.slice(0, 12)})`,
      value: distance,
    })),
    { name: 'threshold', value: threshold },
    ...(more === 0 ? [] : [{ name: 'further ones', value: more }]),
  ];
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
