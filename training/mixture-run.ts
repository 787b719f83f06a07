import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { AlgorithmError, readMixtureStage, relaxationOf } from '../algorithms/contract/index.js';
import type { MixtureStage, Relaxation, Slice } from '../algorithms/contract/index.js';
import type { Json } from '../foundation/json/index.js';
import { fork, hashJson, RandomStream, rngFromSeed } from '../foundation/numbers/index.js';
import type { Rng } from '../foundation/numbers/index.js';
import { initialValues } from '../networks/index.js';
import { networkCost } from '../networks/network-graph/index.js';
import {
  activeChoices,
  childNetwork,
  choicesOf,
  isChoice,
  nodesWithConditions,
  pathOf,
  restrict,
  supernetworkParameters,
  withAllPicks,
} from '../networks/supernetwork/index.js';
import type { Supernetwork } from '../networks/supernetwork/index.js';
import { settingOf, view } from '../search-spaces/index.js';
import type { Genome, Space } from '../search-spaces/index.js';
import type { AugmentationPolicy } from './augmentation/augmentation-policy.js';
import type { TrainClassifierOptions } from './classifier-options.js';
import type { TrainingData } from './data/data-set.js';
import { normalQuantile } from './data/normal-quantile.js';
import { shuffled } from './data/split.js';
import type { Split } from './data/split.js';
import { keptMixture, keptSampledNetwork, keptSupernetwork } from './kept-trainings.js';
import type { SharedNetwork } from './kept-trainings.js';
import { largestEigenvalue } from './largest-eigenvalue.js';
import { beyondLimit } from './metric-limits.js';
import { learningRateAt } from './schedules.js';
import { carriedState, startedState } from './mixture-start.js';
import { SampledMixture } from './sampled-mixture.js';
import type { MixtureSteps } from './sampled-mixture.js';
import { checkSharedLoss, kindOfProcess, scoreUnderSharedWeights } from './shared-measurement.js';
import type { SharedMetrics } from './shared-training.js';
import type { SliceTrial } from './slice-trial.js';
import type { StepNumbers } from './step/optimizers.js';
import type { TrainingState } from './step/training-step.js';
import type { CompiledMixture, CompiledSupernetwork } from './supernet/index.js';
import { logitsName } from './supernet/logit-packs.js';
import type { SettledComputation } from './tensorflow.js';
import type { Score, TrainingSettings } from './trainer.js';
import { decodeCheckpoint, encodeCheckpoint, hashState } from './training-checkpoint.js';
import type { TrainingCheckpoint } from './training-checkpoint.js';
import { TrainingError } from './training-error.js';

/** Everything that the slices of one mixture have in common. */
export interface MixtureTraining {
  /** The supernetwork of the whole space. */
  readonly network: SharedNetwork;
  readonly space: Space;
  readonly data: TrainingData;
  readonly split: Split;
  readonly settings: TrainingSettings;
  readonly augmentation: AugmentationPolicy;
  readonly computation: SettledComputation;
  readonly costs: TrainClassifierOptions['costs'];
}

type MixSlice = Extract<Slice, { readonly kind: 'mix' }>;

const checkpointMs = 30_000;
const turnMs = 20;

// The state that the compiled mixture of this process holds, as the name of the checkpoint that has it.
const held = new WeakMap<CompiledMixture | CompiledSupernetwork, string>();

/** The stage that a slice speaks of. Throws `TrainingError` where it is none. */
export function stageOf(stage: unknown): MixtureStage {
  try {
    return readMixtureStage(stage);
  } catch (error) {
    if (error instanceof AlgorithmError) throw new TrainingError('BadInput', `${error.message}.`);
    throw error;
  }
}

/** Does one slice of the training of a mixture (DARTS, Liu, Simonyan and Yang, ICLR 2019, algorithm 1). */
export class MixtureRun {
  private readonly rng: Rng;
  private readonly relaxation: Relaxation;
  private readonly restricted: Pick<SharedNetwork, 'supernetwork' | 'hash'>;
  private readonly content: string;
  /** Examples for steps of the weights, and those for steps of the logits. */
  private readonly halves: { readonly weights: Int32Array; readonly logits: Int32Array };
  private readonly perEpoch: number;

  constructor(
    private readonly shared: MixtureTraining,
    private readonly stage: MixtureStage,
    private readonly trial: SliceTrial,
    private readonly parameters: Json,
  ) {
    const { network, space, data, split, settings } = shared;
    this.rng = fork(rngFromSeed(trial.seed), 'training');
    this.relaxation = relaxationOf(view(space), stage.none);
    this.restricted = restrictedTo(network, this.relaxation, stage.left);
    const { restricted } = this;
    const order = shuffled(split.training, fork(this.rng, 'halves'));
    const half = Math.ceil(order.length / 2);
    this.halves = { weights: order.slice(0, half), logits: order.slice(half) };
    if (this.halves.logits.length === 0)
      throw new TrainingError(
        'BadInput',
        'A mixture is trained on two halves: give it at least two examples.',
      );
    this.content = hashJson([
      ...['mixture', restricted.hash, stage.stage, data.hash, settings.optimizer.kind],
      ...[settings.batchSize, split.training.length, split.validation.length],
      ...[stage.none, JSON.stringify(stage.left)],
      ...(stage.start === undefined ? [] : [JSON.stringify(stage.start)]),
      ...(stage.task === undefined ? [] : [`task ${stage.task}`]),
    ]);
    this.perEpoch = Math.ceil(half / settings.batchSize);
  }

  /** One epoch of the mixture; hands back its logits, and the eigenvalue where the stage asks for that. */
  async mix({ alphaSteps, epoch }: MixSlice, genome: Genome): Promise<SharedMetrics> {
    const { shared, trial, stage, perEpoch } = this;
    const { settings, split } = shared;
    const mixed = this.mixed();
    const { steps: mixture } = mixed;
    const begin = (stage.epoch - 1) * perEpoch;
    const checkpoint = await this.load(mixed);
    let { step, lossSum } = checkpoint;
    if (step < begin || step > begin + perEpoch) {
      throw new TrainingError(
        'BadInput',
        `Epoch ${stage.epoch} of stage ${stage.stage} begins at step ${begin}, and the weights that it continues are those of step ${step}: the batch size or the data were changed.`,
      );
    }
    if (step === begin) lossSum = 0;
    held.delete(mixed.holder);
    const weightOrder = shuffled(this.halves.weights, fork(this.rng, `epoch:${epoch - 1}`));
    const logitOrder = shuffled(this.halves.logits, fork(this.rng, `mixture epoch:${epoch - 1}`));
    const batchAt = (order: Int32Array, place: number): Int32Array => {
      const start = place * settings.batchSize;
      return order.slice(start, start + settings.batchSize);
    };
    let savedAt = performance.now();
    let turnAt = savedAt;
    const save = async (): Promise<void> => {
      await this.save({ ...checkpoint, step, lossSum }, mixture.read());
      savedAt = performance.now();
    };
    while (step < begin + perEpoch) {
      if (trial.signal.aborted) {
        await save();
        throw trial.signal.reason;
      }
      const place = step - begin;
      const batch = batchAt(weightOrder, place);
      // The second half may have one batch less.
      const own = batchAt(logitOrder, place);
      const validation = own.length > 0 ? own : batchAt(logitOrder, 0);
      if (alphaSteps) await mixture.prepare(validation, batch);
      await mixture.prepare(batch, batchAt(weightOrder, place + 1));
      const numbers = this.weightNumbers(step);
      if (alphaSteps) this.moveLogits(mixed, { training: batch, validation }, numbers, step);
      const loss = mixture.trainWeights(batch, numbers, step + 1, this.seedsOf('use'));
      step++;
      lossSum += loss;
      checkSharedLoss('training', loss, `step ${step} of stage ${stage.stage} (epoch ${epoch})`);
      if (performance.now() - turnAt > turnMs) {
        await setImmediate();
        turnAt = performance.now();
        if (turnAt - savedAt > checkpointMs) await save();
      }
    }
    const whole =
      mixed.kind === 'sampled'
        ? null
        : scoreUnderSharedWeights(split.validation, (indices) => mixed.holder.evaluate(indices));
    const state = mixture.read();
    const child = this.score(genome, state);
    const measured =
      stage.eigenvalue && mixed.kind === 'mixture' ? [await this.eigenvalue(mixed.holder)] : [];
    trial.values([...this.logitsIn(state), ...measured]);
    await this.save({ ...checkpoint, step, lossSum }, state);
    held.set(mixed.holder, this.weightsName(trial.index, step));
    return {
      ...child,
      trainingLoss: lossSum / perEpoch,
      ...(whole === null ? {} : { mixtureLoss: whole.loss, mixtureAccuracy: whole.accuracy }),
      operationEvaluations: this.operationEvaluations(alphaSteps),
    };
  }

  /** The metrics of the trial's own genome under the weights that the mixture left. */
  async evaluate(
    genome: Genome,
  ): Promise<SharedMetrics | { readonly infeasible: string; readonly metrics: SharedMetrics }> {
    const { trial, shared } = this;
    const { supernetwork, net } = shared.network;
    const child = childNetwork(supernetwork, pathOf(choicesOf(supernetwork), settingOf(net, genome)));
    const cost = networkCost(child);
    const costs = {
      ...{ parameters: cost.parameters, multiplyAdds: cost.multiplyAdds },
      ...shared.costs?.(child, this.parameters, trial.context),
    };
    const beyond = beyondLimit(trial.limits, costs);
    if (beyond !== null)
      return { infeasible: `The architecture was not evaluated: ${beyond}.`, metrics: costs };
    const latest = await trial.checkpoint.latest();
    if (latest === null)
      throw new TrainingError(
        'BadInput',
        'There are no weights of a mixture to evaluate the architecture with.',
      );
    return { ...costs, ...this.score(genome, this.checkpointAt(latest.path).state) };
  }

  private mixed(): Mixed {
    const { shared, stage, restricted } = this;
    if (stage.temperature === null) {
      const holder = this.compiled();
      return { kind: 'mixture', holder, steps: holder };
    }
    if (stage.none) {
      throw new TrainingError(
        'BadInput',
        'Single paths are sampled from the options of the space, which have no branch of zero beside them: give the stage none: false.',
      );
    }
    const { data, settings, augmentation, computation } = shared;
    const { beta1, beta2, clipNorm } = stage.alpha;
    const architecture = {
      optimizer: { kind: 'adam', beta1, beta2 },
      clips: clipNorm !== null,
    } as const;
    const opened = {
      supernetwork: withAllPicks(restricted.supernetwork),
      hash: hashJson(['all picks', restricted.hash]),
    };
    const holder = keptSampledNetwork(opened, architecture, data, settings, augmentation, computation);
    const steps = new SampledMixture(holder, stage.temperature, fork(this.rng, `samples:${stage.stage}`));
    return { kind: 'sampled', holder, steps };
  }

  private compiled(): CompiledMixture {
    const { shared, stage, relaxation, restricted } = this;
    const { data, settings, augmentation, computation } = shared;
    const { beta1, beta2, clipNorm } = stage.alpha;
    const withoutNone = new Set(
      relaxation.rows.flatMap(({ id, of }, row) => (stage.left?.[row]?.includes(of) === false ? [id] : [])),
    );
    const kind = {
      architectureOptimizer: { kind: 'adam', beta1, beta2 },
      none: stage.none,
      withoutNone,
      clipsArchitecture: clipNorm !== null,
      skipDropout: stage.skipDropout !== null,
      auxiliarySkip: stage.auxiliarySkip !== null,
      secondOrder: stage.order === 2,
    } as const;
    const mixture = keptMixture(restricted, kind, data, settings, augmentation, computation);
    mixture.treatSkips({ dropout: stage.skipDropout ?? 0, auxiliary: stage.auxiliarySkip ?? 0 });
    return mixture;
  }

  private weightNumbers(step: number): StepNumbers {
    const { settings } = this.shared;
    const total = this.perEpoch * this.stage.epochs;
    return {
      learningRate: learningRateAt(settings.schedule, settings.learningRate, step + 1, total),
      weightDecay: settings.weightDecay,
      labelSmoothing: settings.labelSmoothing,
      clipNorm: settings.clipNorm ?? 0,
    };
  }

  /** A step of the logits, before the step of the weights with this number from 0. */
  private moveLogits(
    mixed: Mixed,
    batches: { readonly training: Int32Array; readonly validation: Int32Array },
    weights: StepNumbers,
    step: number,
  ): void {
    const { stage, shared, perEpoch } = this;
    const { learningRate, weightDecay, clipNorm } = stage.alpha;
    const { labelSmoothing } = shared.settings;
    const architecture = { learningRate, weightDecay, labelSmoothing, clipNorm: clipNorm ?? 0 };
    // Adam counts its own steps, which began later where the weights were warmed up.
    const own = step - (stage.alphaFrom - 1) * perEpoch + 1;
    const seeds = this.seedsOf('mixture use');
    const loss =
      stage.order === 1 || mixed.kind === 'sampled'
        ? mixed.steps.trainArchitecture(batches.validation, architecture, own, seeds)
        : mixed.holder.trainArchitectureAhead(
            batches,
            { weights, architecture },
            { weights: step + 1, architecture: own },
            seeds,
          );
    checkSharedLoss('validation', loss, `step ${own} of the mixture`);
  }

  private seedsOf(purpose: string): (use: string) => number {
    return (use) => fork(this.rng, `${purpose}:${use}`).key[0] | 0;
  }

  /** The largest eigenvalue of the Hessian of the loss of one batch of the second half by the logits. */
  private async eigenvalue(mixture: CompiledMixture): Promise<number> {
    const batch = this.halves.logits.slice(0, this.shared.settings.batchSize);
    await mixture.prepare(batch, new Int32Array(0));
    const logits = mixture.readLogits();
    const seeds = this.seedsOf('eigenvalue');
    const measured = largestEigenvalue(logits.length, (shift) => {
      mixture.writeLogits(logits.map((logit, i) => logit + (shift[i] ?? 0)));
      return mixture.slopes(batch, 1, seeds);
    });
    mixture.writeLogits(logits);
    return measured;
  }

  /** The logits of all rows, in their order; those of a choice that no child has any more are 0. */
  private logitsIn(state: TrainingState): readonly number[] {
    return this.relaxation.rows.flatMap(({ id, length }) => [
      ...(state.get(logitsName(id)) ?? new Float32Array(length)),
    ]);
  }

  /**
   * How often a branch of a choice was run forwards and backwards in this epoch: an operation of zero is none, a sampled
   * path has one of each choice (of nested ones at most), and a look ahead runs all branches four times.
   */
  private operationEvaluations(alphaSteps: boolean): number {
    const { stage, restricted } = this;
    const branches = [...nodesWithConditions(restricted.supernetwork.nodes)].reduce((sum, { node }) => {
      if (!isChoice(node) || node.op !== 'choice') return sum;
      return sum + (stage.temperature === null ? node.branches.length : 1);
    }, 0);
    const passes = 1 + (alphaSteps ? (this.stage.order === 1 ? 1 : 4) : 0);
    return branches * this.perEpoch * passes;
  }

  /** Loss and accuracy of a child with the weights that it has in the mixture. */
  private score(genome: Genome, state: TrainingState): Score {
    const { network, data, split, settings, augmentation, computation } = this.shared;
    const whole = this.restricted.supernetwork;
    const choices = choicesOf(whole);
    const path = pathOf(choices, settingOf(network.net, genome));
    const active = activeChoices(choices, path);
    const outcomes = choices.flatMap(({ name }, i) =>
      active[i] === true ? [[name, [path[i] ?? 0]] as const] : [],
    );
    const supernetwork = restrict(whole, Object.fromEntries(outcomes));
    const hash = hashJson(JSON.stringify(supernetwork));
    const child = keptSupernetwork({ supernetwork, hash }, data, settings, augmentation, computation);
    child.write(state);
    const own = pathOf(child.choices, settingOf(network.net, genome));
    return scoreUnderSharedWeights(split.validation, (batch) => child.evaluate(batch, own));
  }

  /** Brings the state that the slice goes on from into the mixture, unless it holds it already. */
  private async load({
    steps: mixture,
    holder,
  }: Mixed): Promise<Pick<TrainingCheckpoint, 'seed' | 'step' | 'lossSum' | 'kinds'>> {
    const { shared, trial, stage } = this;
    const kind = kindOfProcess(shared.computation);
    const latest = await trial.checkpoint.latest();
    // A stage begins anew, whatever weights its first slice continues.
    if (latest === null || (stage.epoch === 1 && latest.trial !== trial.index)) {
      mixture.write(await this.firstState(mixture, latest?.path ?? null));
      return { seed: trial.seed, step: 0, lossSum: 0, kinds: [kind] };
    }
    const checkpoint = this.checkpointAt(latest.path);
    if (held.get(holder) !== this.weightsName(latest.trial, checkpoint.step)) mixture.write(checkpoint.state);
    const { seed, step, lossSum, kinds } = checkpoint;
    return { seed, step, lossSum, kinds: [...new Set([...kinds, kind])] };
  }

  private checkpointAt(path: string): TrainingCheckpoint {
    const checkpoint = decodeCheckpoint(readFileSync(path));
    if (checkpoint.content === this.content) return checkpoint;
    throw new TrainingError(
      'BadInput',
      'The weights of the mixture to go on from do not fit: they are of another space, network, stage, data set, split, batch size or optimizer than this search file has now.',
    );
  }

  /** The state that a stage begins with, of a warm search what its source left, of a further task what that before left. */
  private async firstState(mixture: MixtureSteps, before: string | null): Promise<TrainingState> {
    const { stage, trial, relaxation, restricted } = this;
    const initial = this.initialState(mixture);
    if (stage.task !== undefined && stage.task > 1 && before !== null) {
      const { state } = decodeCheckpoint(readFileSync(before));
      return carriedState(initial, state, relaxation, restricted.supernetwork);
    }
    if (stage.start === undefined) return initial;
    return startedState(initial, stage.start, relaxation, restricted.supernetwork, (hash) =>
      trial.artifact(hash),
    );
  }

  private initialState(mixture: MixtureSteps): TrainingState {
    const { trial, stage, restricted, relaxation } = this;
    const ofStage = stage.stage === 1 ? 'initial' : `initial:${stage.stage}`;
    const ofTask = stage.task === undefined ? ofStage : `${ofStage}:task ${stage.task}`;
    const root = fork(rngFromSeed(trial.seed), ofTask);
    const parameters = supernetworkParameters(restricted.supernetwork).map(({ parameter }) => parameter);
    const weights = initialValues(parameters, root);
    const logits = new Map(
      relaxation.rows.map(({ id, length }) => {
        const stream = new RandomStream(fork(root, logitsName(id)));
        const draw = (): number =>
          stage.alpha.deviation * normalQuantile((stream.word() + 0.5) / 0x1_0000_0000);
        return [logitsName(id), Float32Array.from({ length }, draw)] as const;
      }),
    );
    return new Map(
      [...mixture.stateSizes].map(([name, size]) => [
        name,
        weights.get(name) ?? logits.get(name) ?? new Float32Array(size),
      ]),
    );
  }

  private async save(
    checkpoint: Omit<TrainingCheckpoint, 'content' | 'state'>,
    state: TrainingState,
  ): Promise<void> {
    const { shared, trial, content } = this;
    await trial.checkpoint.save(encodeCheckpoint({ ...checkpoint, content, state }), checkpoint.step);
    const { mode } = shared.computation;
    trial.setAttribute('training', { kinds: checkpoint.kinds, mode, weights: hashState(state) });
  }

  // Two searches of one file have the same seed, and other settings other weights.
  private weightsName(trial: number, step: number): string {
    const { settings } = this.shared;
    return hashJson([this.trial.seed, this.content, JSON.stringify(settings), trial, step]);
  }
}

/** A compiled mixture, and how an epoch trains it. */
type Mixed =
  | { readonly kind: 'mixture'; readonly holder: CompiledMixture; readonly steps: MixtureSteps }
  | { readonly kind: 'sampled'; readonly holder: CompiledSupernetwork; readonly steps: MixtureSteps };

/** The supernetwork of the options that are left. */
function restrictedTo(
  { supernetwork, hash }: SharedNetwork,
  { rows }: Relaxation,
  left: MixtureStage['left'],
): { readonly supernetwork: Supernetwork; readonly hash: string } {
  if (left !== null && left.length !== rows.length) {
    throw new TrainingError(
      'BadInput',
      `The stage says what is left of ${left.length} choices, and the space has ${rows.length}: it is of another space.`,
    );
  }
  if (left === null) return { supernetwork, hash };
  const mask = rows.map(
    ({ id, of }, row) => [id, (left[row] ?? []).filter((option) => option < of)] as const,
  );
  const restricted = restrict(supernetwork, Object.fromEntries(mask));
  return { supernetwork: restricted, hash: hashJson(JSON.stringify(restricted)) };
}
